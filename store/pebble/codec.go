package pebble

import (
	"encoding/binary"
	"fmt"
	"time"

	"guildhall/store/id"

	"github.com/fxamacker/cbor/v2"
)

// Records are structs of their own, one for each domain type that is stored (see the files of the features), so that a change to a domain type never
// changes what is stored by accident. A field's number is for ever: a field that is not needed any more leaves a gap, and a new
// one takes a new number. Zero values are not written.

// encoding writes records. Texts that are not valid UTF-8 are kept as they are: what was taken in must come out again.
var encoding = must(cbor.EncOptions{}.EncMode())

// decoding reads records; it passes over fields that it does not know.
var decoding = must(cbor.DecOptions{UTF8: cbor.UTF8DecodeInvalid}.DecMode())

func must[M any](mode M, err error) M {
	if err != nil {
		panic(err) // the options above are constant: any test would show it
	}
	return mode
}

// CorruptError says that a stored value cannot be what was written.
type CorruptError struct {
	// Kind names what the key is about, as in the key map.
	Kind string
	// Key is the whole key.
	Key []byte
	Err error
}

func (e *CorruptError) Error() string {
	return fmt.Sprintf("the stored %s (key %x) is corrupt: %v", e.Kind, e.Key, e.Err)
}

// Unwrap gives what is wrong with the value.
func (e *CorruptError) Unwrap() error { return e.Err }

func corrupt(key []byte, err error) error {
	corrupted := &CorruptError{Kind: kind(0).String(), Key: append([]byte(nil), key...), Err: err}
	if len(key) > 0 {
		corrupted.Kind = kind(key[0]).String()
	}
	return corrupted
}

// decode reads the record that stands at key.
func decode[R any](key, value []byte) (R, error) {
	var record R
	if err := decoding.Unmarshal(value, &record); err != nil {
		return record, corrupt(key, err)
	}
	return record, nil
}

// decodeID reads the id that stands at key.
func decodeID(key, value []byte) (id.ID, error) {
	number, err := decodeNumber(key, value)
	return id.ID(number), err
}

// decodeNumber reads the 8-byte number that stands at key.
func decodeNumber(key, value []byte) (uint64, error) {
	if len(value) != idBytes {
		return 0, corrupt(key, fmt.Errorf("%d bytes instead of %d", len(value), idBytes))
	}
	return binary.BigEndian.Uint64(value), nil
}

// checkKey makes sure that a key that was found has the length that its ids need, before they are read from it.
func checkKey(key []byte, ids int) error {
	if len(key) < 1+ids*idBytes {
		return corrupt(key, fmt.Errorf("the key has %d bytes, %d ids need more", len(key), ids))
	}
	return nil
}

// moment is a time in a record: milliseconds since the zero time.Time, so that the zero time is zero and is not written.
type moment int64

var zeroMillis = time.Time{}.UnixMilli()

func toMoment(t time.Time) moment { return moment(t.UnixMilli() - zeroMillis) }

func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m) + zeroMillis).UTC()
}
