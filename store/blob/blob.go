// Package blob is the port for files: immutable bytes under a key.
package blob

import (
	"context"
	"errors"
	"io"
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

// ValidKey tells whether a key is well formed: 1 to 512 bytes of lower-case letters, digits, '-', '_', '.' and '/' as separator, with no empty segment and none
// that begins with a dot.
func ValidKey(key string) bool {
	if len(key) == 0 || len(key) > 512 {
		return false
	}
	previous := byte('/')
	for i := range len(key) {
		c := key[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_':
		case c == '.', c == '/':
			if previous == '/' {
				return false
			}
		default:
			return false
		}
		previous = c
	}
	return previous != '/'
}
