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

// CommandDBCensus names the command that counts what is kept.
const CommandDBCensus = "db.census"

// DBCensus is how much is kept: records by kind, files by what they are for.
type DBCensus struct {
	Records map[string]int `json:"records"`
	Files   map[string]int `json:"files"`
}

func (h *hallCommands) dbCensus(ctx context.Context, _ struct{}) (DBCensus, error) {
	census, err := h.Files.Census(ctx, console)
	return DBCensus(census), err
}

func (h *hallCommands) dbCheck(ctx context.Context, _ struct{}) (DBCheck, error) {
	problems, err := h.Files.Check(ctx, console)
	if problems == nil {
		problems = []store.Problem{}
	}
	return DBCheck{problems}, err
}
