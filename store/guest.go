package store

import (
	"context"

	"guildhall/store/id"
)

// Guests finds the accounts of guests: of people who came in by an invite with nothing but a name (see User.Guest).
type Guests interface {
	// Guests gives guests in ascending order of id, those after a given one (zero: from the start), at most limit.
	Guests(ctx context.Context, after id.ID, limit int) ([]User, error)
}
