// Package blob is the port for files: immutable bytes under a key.
package blob

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
)

// ErrNotFound says that there is no blob under a key.
var ErrNotFound = errors.New("no such blob")

// ErrKey says that a key is not of the form that ValidKey tells.
var ErrKey = errors.New("not a blob key")

// Info is what is known of a blob without reading it.
type Info struct {
	Key string
	// Size is in bytes.
	Size int64
	// ModifiedAt is when it was put, in UTC.
	ModifiedAt time.Time
}

// Blob is an open blob. The caller closes it.
type Blob interface {
	io.ReadSeekCloser
	Info() Info
}

// Store keeps blobs. It is safe for concurrent use.
type Store interface {
	// Put reads until EOF and stores the bytes under a key, in place of what was there. When it returns nil the blob is durable and whole; when it returns an error
	// (reading failed, the context ended, …) what was there before is untouched. Readers see the old bytes or the new ones, never a mixture.
	Put(ctx context.Context, key string, content io.Reader) (Info, error)
	// Open gives a blob for reading, at any offset. It stays readable until it is closed, even when it is deleted meanwhile.
	Open(ctx context.Context, key string) (Blob, error)
	Stat(ctx context.Context, key string) (Info, error)
	// Delete removes a blob; one that is not there is no error.
	Delete(ctx context.Context, key string) error
	// List calls visit for each blob whose key begins with prefix, in ascending order of keys, until visit returns an error, which List returns.
	List(ctx context.Context, prefix string, visit func(Info) error) error
}

// Bounds of a key's parts, in bytes.
const (
	maxKindBytes = 32
	minNameBytes = 8
	maxNameBytes = 200
)

// ValidKey tells whether a key is well formed: "kind/name", where the kind is 1 to 32 lower-case letters and the name 8 to 200 lower-case letters, digits, '-' and '_'.
// All keys having the same depth, none can be in another's way, and no name is one that a file system keeps for itself.
func ValidKey(key string) bool {
	kind, name, found := strings.Cut(key, "/")
	if !found || kind == "" || len(kind) > maxKindBytes || len(name) < minNameBytes || len(name) > maxNameBytes {
		return false
	}
	letter := func(c rune) bool { return c >= 'a' && c <= 'z' }
	return !strings.ContainsFunc(kind, func(c rune) bool { return !letter(c) }) &&
		!strings.ContainsFunc(name, func(c rune) bool { return !letter(c) && (c < '0' || c > '9') && c != '-' && c != '_' })
}
