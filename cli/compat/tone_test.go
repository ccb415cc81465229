package compat

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// tones makes tones and recognises them: it is a process with a real Opus library in it.
type tones struct {
	t      *testing.T
	mu     sync.Mutex
	input  io.WriteCloser
	output *bufio.Scanner
}

func newTones(t *testing.T) *tones {
	t.Helper()
	command := inNode(t, "tone.mjs")
	command.Stderr = os.Stderr
	input, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	made := &tones{t: t, input: input, output: bufio.NewScanner(output)}
	made.output.Buffer(nil, 1<<20)
	t.Cleanup(func() {
		input.Close()
		if err := command.Wait(); err != nil {
			t.Error(err)
		}
	})
	return made
}

// ask has the process answer something.
func (o *tones) ask(question map[string]any, answer any) {
	o.t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := json.NewEncoder(o.input).Encode(question); err != nil {
		o.t.Fatal(err)
	}
	if !o.output.Scan() {
		o.t.Fatalf("tone.mjs ended: %v", o.output.Err())
	}
	if err := json.Unmarshal(o.output.Bytes(), answer); err != nil {
		o.t.Fatal(err)
	}
}

// toneFrames is how long tones are: two seconds, in frames of 20 ms.
const toneFrames = 100

// of gives a tone.
func (o *tones) of(hz int) (frames [][]byte) {
	o.t.Helper()
	var made struct{ Frames [][]byte }
	o.ask(map[string]any{"hz": hz, "frames": toneFrames}, &made)
	return made.Frames
}

// file gives a tone in an Ogg file.
func (o *tones) file(hz int) (path string) {
	o.t.Helper()
	path = filepath.Join(o.t.TempDir(), "tone.ogg")
	o.ask(map[string]any{"hz": hz, "frames": toneFrames, "file": path}, &struct{}{})
	return path
}

// isTone tells whether frames, in base64, are a tone of a frequency.
func (o *tones) isTone(frames []any, hz int) bool {
	o.t.Helper()
	var heard struct {
		Hz    int
		Level float64
	}
	o.ask(map[string]any{"opus": frames}, &heard)
	return math.Abs(float64(heard.Hz-hz)) <= 5 && heard.Level > 0.05
}

func TestTonesAreToldApart(t *testing.T) {
	sounds := newTones(t)
	var frames, silence []any
	for _, frame := range sounds.of(440) {
		frames = append(frames, base64.StdEncoding.EncodeToString(frame))
		silence = append(silence, base64.StdEncoding.EncodeToString([]byte{0xFC, 0xFF, 0xFE}))
	}
	for hz, want := range map[int]bool{440: true, 430: false, 450: false, 220: false, 880: false} {
		if got := sounds.isTone(frames, hz); got != want {
			t.Errorf("it is a tone of %d Hz: %t", hz, got)
		}
	}
	if sounds.isTone(silence, 440) || sounds.isTone(silence, 100) {
		t.Error("silence is a tone")
	}
}
