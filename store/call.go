package store

import (
	"context"
	"time"

	"guildhall/store/id"
)

// Call is what the message of a call in a conversation tells of it.
type Call struct {
	// Participants are those who have been in the call, ascending.
	Participants []id.ID
	// EndedAt is the moment of the end; zero while the call goes on.
	EndedAt time.Time
}

// Calls finds calls. They are parts of messages, and change with them (Messages.UpdateMessage).
type Calls interface {
	// OpenCalls gives where the messages of calls are that have not ended, at most limit, in no particular order.
	OpenCalls(ctx context.Context, limit int) ([]MessagePlace, error)
}
