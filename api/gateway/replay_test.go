package gateway

import (
	"fmt"
	"testing"
)

func numbered(n int) *body { return &body{text: fmt.Append(nil, n)} }

func TestTheReplayBufferKeepsTheLatest(t *testing.T) {
	var r replay
	if !r.has(0) || r.has(1) || r.has(-1) {
		t.Error("an empty one begins at nothing")
	}
	for n := 1; n <= 3*replaySize; n++ {
		if given := r.add(numbered(n)); given != int64(n) {
			t.Fatalf("number %d was given to dispatch %d", given, n)
		}
		if r.kept > replaySize || r.last-r.first()+1 != int64(r.kept) {
			t.Fatalf("%d are kept, from %d to %d", r.kept, r.first(), r.last)
		}
		for _, kept := range []int64{r.first(), (r.first() + r.last) / 2, r.last} {
			if text := string(r.slot(kept).text); text != fmt.Sprint(kept) {
				t.Fatalf("number %d is %s", kept, text)
			}
		}
	}
	if r.first() != 2*replaySize+1 {
		t.Errorf("it begins at %d", r.first())
	}
	if !r.has(2*replaySize) || r.has(2*replaySize-1) || !r.has(3*replaySize) || r.has(3*replaySize+1) {
		t.Error("it resumes where it cannot, or cannot where it could")
	}
}

func TestTheReplayBufferBoundsWhatIsForOneSessionAlone(t *testing.T) {
	var r replay
	large := &body{text: make([]byte, replayAlone/4), alone: true}
	for range 20 {
		r.add(large)
		r.trim(r.last)
		if r.alone > replayAlone {
			t.Fatalf("%d bytes are kept", r.alone)
		}
	}
	if r.kept != 4 {
		t.Errorf("%d are kept", r.kept)
	}
	// What was not written is not dropped.
	before := r.kept
	for range 20 {
		r.add(large)
		r.trim(20)
	}
	if r.first() != 21 || r.kept != before+20-4 {
		t.Errorf("%d are kept from %d", r.kept, r.first())
	}
	small := numbered(0)
	for range replaySize {
		r.add(small)
	}
	if r.alone != 0 {
		t.Errorf("%d bytes are counted of bodies that are gone", r.alone)
	}
}

func TestWhatWasWrittenAndIsOfNoUseIsLetGo(t *testing.T) {
	var r replay
	r.add(&body{text: []byte("READY"), opening: true, alone: true})
	r.add(&body{text: []byte("GUILD_CREATE"), snapshotOf: 7, alone: true})
	r.add(numbered(3))
	r.wrote(1)
	r.wrote(2)
	r.wrote(17) // never given
	if r.has(0) || !r.has(1) || r.alone != 0 {
		t.Errorf("%d bytes from %d", r.alone, r.first())
	}
	if b := r.slot(2); b.text != nil || b.snapshotOf != 7 {
		t.Errorf("%+v", b)
	}
}

func TestACrowdIsNoticedWhenItHasComeIn(t *testing.T) {
	var c crowd
	for _, step := range []struct {
		begun uint64
		want  bool
	}{{0, false}, {10, false}, {10, false}, {300, false}, {400, false}, {400, true}, {400, false}, {500, false}, {500, false}, {700, false}, {700, true}} {
		if got := c.cameIn(step.begun); got != step.want {
			t.Errorf("at %d: %t", step.begun, got)
		}
	}
}
