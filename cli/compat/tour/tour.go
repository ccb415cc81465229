// Package tour is what the tours with libraries in Go have in common: a tour goes through the features one by one, and says on standard output which were as they should be, and why another was
// not, one JSON object a line. They are processes of their own: the libraries keep their settings in package variables, and have data races of their own.
package tour

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"
)

// The place of the tour, and who is there: API is the address that the library is pointed at, Hall that of the hall itself; Person and Bob are Authorization headers of people.
var (
	API     = os.Getenv("API")
	Hall    = os.Getenv("HALL")
	Token   = os.Getenv("TOKEN")
	Guild   = os.Getenv("GUILD")
	Channel = os.Getenv("CHANNEL")
	Invite  = os.Getenv("INVITE")
	Person  = os.Getenv("PERSON")
	Bob     = os.Getenv("BOB")
	BobID   = os.Getenv("BOB_ID")
	BotID   = os.Getenv("BOT_ID")
)

// Still is a PNG of two by two pixels.
var Still = string(Must(base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAAAAABX3VL4AAAADElEQVR4nGNg+A+EAAYAAf+T0eSJAAAAAElFTkSuQmCC")))

// patience bounds every wait.
const patience = time.Minute

// Tell tells of an event, with details.
func Tell(event string, details map[string]any) {
	line := map[string]any{"event": event}
	for key, value := range details {
		line[key] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
}

// Events hands the library's events to those who wait for them.
type Events struct {
	mu      sync.Mutex
	waiting []*waiter
}

type waiter struct {
	accepts func(any) bool
	heard   chan any
}

// Take takes an event.
func (e *Events) Take(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.waiting = slices.DeleteFunc(e.waiting, func(w *waiter) bool {
		accepted := w.accepts(event)
		if accepted {
			w.heard <- event
		}
		return accepted
	})
}

// Hear begins to wait for an event of a type that is as it should be; accepts may be nil. The function that it gives returns the event, and panics when none comes.
func Hear[E any](e *Events, accepts func(E) bool) (wait func() E) {
	w := &waiter{heard: make(chan any, 1), accepts: func(event any) bool {
		one, ok := event.(E)
		return ok && (accepts == nil || accepts(one))
	}}
	e.mu.Lock()
	e.waiting = append(e.waiting, w)
	e.mu.Unlock()
	return func() E {
		select {
		case event := <-w.heard:
			return event.(E)
		case <-time.After(patience):
			panic(fmt.Sprintf("no %T was heard", *new(E)))
		}
	}
}

// OK panics for an error.
func OK(err error) {
	if err != nil {
		panic(err)
	}
}

// Must gives a value that came without an error.
func Must[T any](value T, err error) T {
	OK(err)
	return value
}

// Same panics when something is not as it should be.
func Same[T comparable](what string, got, want T) {
	if got != want {
		panic(fmt.Sprintf("%s is %v, not %v", what, got, want))
	}
}

// Ask does something over HTTP as a person does, and gives the answer.
func Ask(authorization, method, path string, body any) (answer map[string]any, err error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, Hall+"/api/v10"+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	read, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode >= http.StatusMultipleChoices:
		return nil, fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, read)
	case len(read) == 0:
		return nil, nil
	}
	return answer, json.Unmarshal(read, &answer)
}

// Fetch gives what is at an address, and of which type.
func Fetch(address string) (content, contentType string) {
	response, err := http.Get(address)
	OK(err)
	defer response.Body.Close()
	Same("the answer to "+address, response.StatusCode, http.StatusOK)
	return string(Must(io.ReadAll(response.Body))), response.Header.Get("Content-Type")
}

// Feature is a feature of the tour.
type Feature struct {
	Name string
	Run  func()
}

// Go takes the tour, waits for a signal to end, and ends the client with end.
func Go(end func(), features ...Feature) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	for _, feature := range features {
		if err := try(feature.Run); err != nil {
			Tell("failed", map[string]any{"feature": feature.Name, "message": err.Error()})
			continue
		}
		Tell("proven", map[string]any{"feature": feature.Name})
	}
	Tell("toured", nil)
	<-signals
	end()
	Tell("closed", nil)
}

// Try does something, and tells of it when it fails.
func Try(run func()) {
	if err := try(run); err != nil {
		Tell("failed", map[string]any{"message": err.Error()})
	}
}

// Wait waits for a signal to end, and ends the client with end.
func Wait(end func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	<-signals
	end()
	Tell("closed", nil)
}

func try(run func()) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			cause, ok := reason.(error)
			if !ok {
				cause = errors.New(fmt.Sprint(reason))
			}
			err = fmt.Errorf("%w\n%s", cause, debug.Stack())
		}
	}()
	run()
	return nil
}
