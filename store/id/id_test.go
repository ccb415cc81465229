package id

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseTakesPlainDecimalsBelowTwoToThe63(t *testing.T) {
	for text, want := range map[string]ID{"1": 1, "175928847299117063": 175928847299117063, "9223372036854775807": math.MaxInt64} {
		if got, err := Parse(text); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v", text, got, err)
		}
	}
	for _, text := range []string{
		"", "0", "00", "01", "-1", "+1", " 1", "1 ", "1\n", "1.0", "1e3", "0x1", "1_000", "abc", "१", "9223372036854775808", "18446744073709551615",
		"99999999999999999999", strings.Repeat("1", 10_000), "null", "\x00", "1\x00",
	} {
		if got, err := Parse(text); !errors.Is(err, ErrSyntax) || got != 0 {
			t.Errorf("Parse(%q) = %d, %v", text, got, err)
		}
	}
}

func TestJSONHasIdsAsStringsAndAsKeys(t *testing.T) {
	type object struct {
		ID   ID        `json:"id"`
		None ID        `json:"none"`
		By   map[ID]ID `json:"by"`
	}
	const text = `{"id":"9223372036854775807","none":"0","by":{"12":"34"}}`
	encoded, err := json.Marshal(object{ID: math.MaxInt64, By: map[ID]ID{12: 34}})
	if err != nil || string(encoded) != text {
		t.Fatalf("encoded %s, %v", encoded, err)
	}
	var decoded object
	if err := json.Unmarshal([]byte(text), &decoded); err != nil || decoded.ID != math.MaxInt64 || decoded.None != 0 || decoded.By[12] != 34 {
		t.Fatalf("decoded %+v, %v", decoded, err)
	}
	for _, wrong := range []string{`{"id":""}`, `{"id":"-1"}`, `{"id":"18446744073709551615"}`, `{"id":"` + strings.Repeat("9", 5000) + `"}`} {
		err := json.Unmarshal([]byte(wrong), &decoded)
		if !errors.Is(err, ErrSyntax) || len(err.Error()) > 200 {
			t.Errorf("%.40s: %.300v", wrong, err)
		}
	}
}

func TestAnIdTellsWhenItWasMade(t *testing.T) {
	// The example of https://discord.com/developers/docs/reference#snowflakes.
	if got, want := ID(175928847299117063).Time(), time.UnixMilli(1462015105796).UTC(); got != want || got.Location() != time.UTC {
		t.Errorf("made at %v, want %v", got, want)
	}
	if got := ID(0).Time(); got != time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC) {
		t.Errorf("the epoch is %v", got)
	}
	if got := At(time.UnixMilli(EpochMillis - 1)); got != 0 {
		t.Errorf("before the epoch: %d", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		moment := time.UnixMilli(rapid.Int64Range(EpochMillis, EpochMillis+1<<41-1).Draw(t, "milliseconds")).UTC()
		first := At(moment)
		if first.Time() != moment {
			t.Fatalf("At(%v).Time() = %v", moment, first.Time())
		}
		if first > 0 && (first - 1).Time().Equal(moment) {
			t.Fatalf("%d is not the first id of %v", first, moment)
		}
		last := first | (1<<timeShift - 1)
		if last.Time() != moment || last > math.MaxInt64 {
			t.Fatalf("%d is of %v, not of %v", last, last.Time(), moment)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1", "0", "", "9223372036854775807", "9223372036854775808", "007", "+1", "१"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Parse(text)
		if err != nil {
			if got != 0 {
				t.Errorf("an id beside the error %v", err)
			}
			return
		}
		// There is exactly one text for each id.
		if got == 0 || got > math.MaxInt64 || got.String() != text {
			t.Errorf("Parse(%q) = %d", text, got)
		}
	})
}

func TestAnIDIsReadFromAStringOrANumber(t *testing.T) {
	for text, want := range map[string]ID{
		`"1234567890123456789"`: 1234567890123456789, `1234567890123456789`: 1234567890123456789, `"0"`: 0, `0`: 0, `null`: 0, `9223372036854775807`: math.MaxInt64,
	} {
		var got ID
		if err := json.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("%s is read as %d, %v", text, got, err)
		}
	}
	for _, text := range []string{`""`, `"abc"`, `-1`, `1.5`, `1e3`, `true`, `[]`, `{}`, `9223372036854775808`, `"01"`, `"1"x`} {
		got := ID(7)
		if err := json.Unmarshal([]byte(text), &got); err == nil || got != 7 {
			t.Errorf("%s is read as %d, %v", text, got, err)
		}
	}
	out, err := json.Marshal([]ID{5, 0})
	if err != nil || string(out) != `["5","0"]` {
		t.Errorf("ids are written as %s, %v", out, err)
	}
}
