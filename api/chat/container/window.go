package container

import (
	"errors"
	"io"
)

// windowBytes is how much of a file is in memory at a time.
const windowBytes = 32 << 10

// window reads parts of a file, of which most are near each other.
type window struct {
	source io.ReadSeeker
	size   int64
	at     int64
	held   []byte
	buffer [windowBytes]byte
}

// bytes gives n bytes from a place, which are good until the next call; n is at most windowBytes.
func (w *window) bytes(at int64, n int) ([]byte, error) {
	if at < 0 || at+int64(n) > w.size {
		return nil, broken("it ends too soon")
	}
	if at < w.at || at+int64(n) > w.at+int64(len(w.held)) {
		if _, err := w.source.Seek(at, io.SeekStart); err != nil {
			return nil, err
		}
		read, err := io.ReadFull(w.source, w.buffer[:min(windowBytes, w.size-at)])
		if err != nil && (!errors.Is(err, io.ErrUnexpectedEOF) || read < n) {
			return nil, err
		}
		w.at, w.held = at, w.buffer[:read]
	}
	return w.held[at-w.at:][:n], nil
}

// zeros tells whether a part of the file is nothing but zeros.
func (w *window) zeros(what span) (bool, error) {
	for at := what.from; at < what.to; {
		n := min(what.to-at, windowBytes)
		part, err := w.bytes(at, int(n))
		if err != nil {
			return false, err
		}
		for _, one := range part {
			if one != 0 {
				return false, nil
			}
		}
		at += n
	}
	return true, nil
}

// fields reads numbers one after the other.
type fields struct {
	window *window
	at     span
}

// number reads a number of 0, 1, 2, 4 or 8 bytes, big-endian.
func (f *fields) number(size int) (uint64, error) {
	if f.at.to-f.at.from < int64(size) {
		return 0, broken("a table ends too soon")
	}
	if size == 0 {
		return 0, nil
	}
	read, err := f.window.bytes(f.at.from, size)
	if err != nil {
		return 0, err
	}
	f.at.from += int64(size)
	var value uint64
	for _, one := range read {
		value = value<<8 | uint64(one)
	}
	return value, nil
}

// numbers reads several numbers of the same size into what is pointed to.
func (f *fields) numbers(size int, into ...*uint64) (err error) {
	for _, one := range into {
		if *one, err = f.number(size); err != nil {
			return err
		}
	}
	return nil
}
