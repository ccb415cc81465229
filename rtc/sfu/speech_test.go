package sfu

import (
	"testing"
	"time"
)

func TestSpeech(t *testing.T) {
	const frame = 20 * time.Millisecond
	for name, test := range map[string]struct {
		levels []uint8
		want   bool
	}{
		"nothing":                           {nil, false},
		"silence":                           {[]uint8{127, 127, 127}, false},
		"one click":                         {[]uint8{20, 127, 127}, false},
		"two clicks apart":                  {[]uint8{20, 127, 20, 127}, false},
		"a voice":                           {[]uint8{40, 40}, true},
		"a voice that is too soft to begin": {[]uint8{50, 50, 50, 50}, false},
		"a voice that has become softer":    {append([]uint8{40, 40}, repeat(50, 100)...), true},
		"a pause in a voice":                {append([]uint8{40, 40}, repeat(127, 19)...), true},
		"a voice that has ended":            {append([]uint8{40, 40}, repeat(127, 21)...), false},
		"a voice that has ended, and then a click": {append(append([]uint8{40, 40}, repeat(127, 30)...), 30), false},
	} {
		var s speech
		now := time.Unix(0, 0)
		told := false
		for _, level := range test.levels {
			if s.hear(level, now) {
				told = !told
			}
			now = now.Add(frame)
		}
		if s.speaking != test.want || told != test.want {
			t.Errorf("%s: speaking is %t, and %t was told", name, s.speaking, told)
		}
	}
}

func repeat(level uint8, count int) []uint8 {
	levels := make([]uint8, count)
	for i := range levels {
		levels[i] = level
	}
	return levels
}

func TestSpeechEndsWhenNothingComes(t *testing.T) {
	var s speech
	now := time.Unix(0, 0)
	s.hear(10, now)
	s.hear(10, now)
	if s.expire(now.Add(speechHold - 1)) {
		t.Error("it ended too early")
	}
	if !s.expire(now.Add(speechHold)) || s.speaking {
		t.Error("it did not end")
	}
	if s.expire(now.Add(time.Hour)) || s.cease() {
		t.Error("it ended twice")
	}
}
