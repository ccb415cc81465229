package ops

import (
	"context"

	"guildhall/store"
)

// CommandDBCheck names the command that looks through the whole store and all files.
const CommandDBCheck = "db.check"

// DBCheck is what a check found; nothing when all is well.
type DBCheck struct {
	Problems []store.Problem `json:"problems"`
}

func (h *hallCommands) dbCheck(ctx context.Context, _ struct{}) (DBCheck, error) {
	problems, err := h.Files.Check(ctx, console)
	if problems == nil {
		problems = []store.Problem{}
	}
	return DBCheck{problems}, err
}
