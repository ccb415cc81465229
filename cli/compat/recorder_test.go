package compat

import (
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"
)

// patience bounds every wait. Libraries back off for many seconds between their attempts to reconnect.
const patience = 90 * time.Second

// recorder keeps what a bot has told, until the test asks for it.
type recorder struct {
	mu   sync.Mutex
	told map[string][]map[string]any
	log  []string
	// history is all that was told.
	history []map[string]any
	change  chan struct{}
	// over is closed when nothing more can be told.
	over chan struct{}
}

func newRecorder() *recorder {
	return &recorder{told: make(map[string][]map[string]any), change: make(chan struct{}), over: make(chan struct{})}
}

func (r *recorder) tell(event string, details map[string]any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told[event] = append(r.told[event], details)
	kept := maps.Clone(details)
	if kept == nil {
		kept = make(map[string]any)
	}
	kept["event"] = event
	r.history = append(r.history, kept)
	r.log = append(r.log, fmt.Sprint(event, " ", details))
	close(r.change)
	r.change = make(chan struct{})
}

func (r *recorder) take(event string) (details map[string]any, change <-chan struct{}, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if waiting := r.told[event]; len(waiting) > 0 {
		r.told[event] = waiting[1:]
		return waiting[0], nil, true
	}
	return nil, r.change, false
}

func (r *recorder) wait(t *testing.T, event string) map[string]any {
	t.Helper()
	deadline := time.After(patience)
	for {
		details, change, ok := r.take(event)
		if ok {
			return details
		}
		select {
		case <-change:
			continue
		case <-r.over:
			if details, _, ok := r.take(event); ok {
				return details // the last that it told
			}
		case <-deadline:
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		t.Fatalf("the bot never told %q; it told:\n%s", event, r.log)
	}
}

// all gives every time that the bot has told of an event so far, those included that were waited for.
func (r *recorder) all(event string) []map[string]any {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []map[string]any
	for _, one := range r.history {
		if one["event"] == event {
			all = append(all, one)
		}
	}
	return all
}
