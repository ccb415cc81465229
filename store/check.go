package store

import "context"

// Problem is something in a store that should not be, in words for whoever looks after the hall.
type Problem string

// MaxProblems is how many problems one check looks for.
const MaxProblems = 1000

// Checks finds out whether a store is sound.
type Checks interface {
	// Check reads all that is stored, as it is at one moment, and gives what does not agree: what refers to something that is not there, and what is counted wrongly; about MaxProblems
	// at most. Authors and others who gave something may be gone (see Deletions), and what a deleted channel left may still be on its way out. It may run beside everything else.
	Check(ctx context.Context) ([]Problem, error)
	// Census counts what is stored, as it is at one moment: how many records there are of each kind, under the adapter's own names for the kinds, those that there are none of included. It
	// reads all that is stored, beside everything else.
	Census(ctx context.Context) (map[string]int, error)
	// NamedBlobs gives the keys of blobs that something names, in ascending order of their bytes, after a given one, at most limit.
	NamedBlobs(ctx context.Context, after string, limit int) ([]string, error)
}
