// Package ops is what the people who run a hall talk to: health and readiness, figures, profiles, and the admin socket of the command line.
package ops

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"guildhall/api/chat"
	"guildhall/api/wire"
)

// Outcome classifies how an administrative command ended; the command line makes it the exit code.
type Outcome string

// The outcomes.
const (
	Done        Outcome = "done"
	Failed      Outcome = "failed"
	WrongUsage  Outcome = "usage"
	NotFound    Outcome = "not_found"
	Refused     Outcome = "refused"
	Unreachable Outcome = "unreachable"
)

// CommandError is how an administrative command fails: an outcome, and words that are safe to show.
type CommandError struct {
	Outcome Outcome `json:"outcome"`
	Message string  `json:"message"`
}

func (e *CommandError) Error() string { return e.Message }

// Commands are administrative commands by name. The same table answers the admin socket of a running hall, and the command line itself
// when the hall is stopped, so that a command does and prints the same in both cases.
type Commands struct {
	table map[string]func(ctx context.Context, input []byte) (any, error)
}

// Register adds a command. Input is decoded strictly: a field that the command does not know is wrong usage.
func Register[In, Out any](commands *Commands, name string, run func(ctx context.Context, input In) (Out, error)) {
	if commands.table == nil {
		commands.table = make(map[string]func(context.Context, []byte) (any, error))
	}
	commands.table[name] = func(ctx context.Context, input []byte) (any, error) {
		var in In
		decoder := json.NewDecoder(bytes.NewReader(input))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&in)
		if _, end := decoder.Token(); err == nil && !errors.Is(end, io.EOF) {
			err = errors.New("there is more than one value")
		}
		if err != nil {
			return nil, &CommandError{WrongUsage, fmt.Sprintf("the input of %s is not as it should be: %v", name, err)}
		}
		return run(ctx, in)
	}
}

// Do runs a command. Its error is always a *CommandError.
func (c *Commands) Do(ctx context.Context, name string, input []byte) (json.RawMessage, error) {
	run, ok := c.table[name]
	if !ok {
		return nil, &CommandError{WrongUsage, fmt.Sprintf("this hall does not know the command %q; is it another version?", name)}
	}
	output, err := run(ctx, input)
	if err != nil {
		return nil, commandError(err)
	}
	text, err := json.Marshal(output)
	if err != nil {
		return nil, commandError(err)
	}
	return text, nil
}

// commandError turns the errors of the rules into those of the command line.
func commandError(err error) *CommandError {
	if already, ok := errors.AsType[*CommandError](err); ok {
		return already
	}
	status, shown := wire.NewError(err)
	outcome := Failed
	switch kind := chat.KindOf(err); {
	case kind == chat.Invalid:
		outcome = WrongUsage
	case status == http.StatusNotFound:
		outcome = NotFound
	case status == http.StatusForbidden, status == http.StatusUnauthorized, status == http.StatusTooManyRequests, kind == chat.NotSupported, kind >= chat.MaxGuilds && kind <= chat.LastKind:
		outcome = Refused
	}
	// The administrator of the machine may see causes: they are the one who can mend them. Kinds without words of their own have those of the API.
	if failure, ok := errors.AsType[*chat.Error](err); ok && failure.Message == "" && len(failure.Fields) == 0 && failure.Cause == nil {
		return &CommandError{outcome, shown.Message}
	}
	return &CommandError{outcome, err.Error()}
}
