// Package container takes the metadata out of ISO base media files, which are HEIC and AVIF pictures, MP4 films and sound, and QuickTime films, without moving a byte of what is shown.
//
// Such a file is a tree of boxes (ISO/IEC 14496-12): a length, a name of four characters, content. Tables in some of them say where in the file the rest is, so that nothing can be left out. What
// tells where, when and with what a file was made is blanked in its place instead: a box becomes one of the kind "free", which everybody passes over, and its content, like the data of
// metadata that are kept elsewhere, becomes zeros. Nothing is decoded, and what is remembered of a file is bounded.
package container

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// ErrBroken says that a file is not a whole ISO base media file; the error that is returned says more and wraps it.
var ErrBroken = errors.New("not a whole media file")

func broken(format string, arguments ...any) error {
	return fmt.Errorf("%w: %s", ErrBroken, fmt.Sprintf(format, arguments...))
}

// Bounds of what is looked at. Films of hours have some ten thousand boxes at most.
const (
	maxBoxes = 1 << 17
	// maxPatches bounds the places that are blanked.
	maxPatches = 1 << 18
	// maxItems bounds the items of a picture: large ones have a few hundred tiles.
	maxItems = 1 << 16
)

// HeadBytes is how many of a file's first bytes Detect looks at.
const HeadBytes = 12

// canonRaw is the kind of raw photographs that are made of nothing but what would be taken away: they are what their owner wants to give.
const canonRaw = "crx "

// Detect tells from a file's first bytes whether it is an ISO base media file that can be cleaned. Old QuickTime films begin with any box.
func Detect(head []byte) bool {
	if len(head) < HeadBytes {
		return false
	}
	switch string(head[4:8]) {
	case "ftyp":
		return string(head[8:12]) != canonRaw
	case "moov", "mdat", "wide", "pnot":
		return true
	}
	return false
}

// File is a media file that was examined.
type File struct {
	source io.ReadSeeker
	size   int64
	// zeros are blanked, names stand in for names of boxes and of items; both in ascending order.
	zeros []span
	names []int64
}

// span is a run of bytes of the file.
type span struct{ from, to int64 }

func byPlace(a, b span) int { return cmp.Compare(a.from, b.from) }

// walk goes through a file.
type walk struct {
	file   *File
	window window
	boxes  int
	// data are the places in which metadata of pictures and tracks can be, found those in which they are.
	data, found []span
	// dropped are the tracks that were blanked; fragments are the boxes of the kind moof, which say where more of their data are.
	dropped   map[uint32]bool
	fragments []box
	// still tells that items of a picture were found.
	still bool
}

// Examine walks through a file. The source must stay open and as it is for as long as the file is used; one thing at a time. What is no such file is ErrBroken, other errors are the
// source's own.
func Examine(source io.ReadSeeker) (*File, error) {
	size, err := source.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	w := &walk{file: &File{source: source, size: size}, window: window{source: source, size: size}, dropped: make(map[uint32]bool)}
	if err := w.children(span{0, size}, w.top); err != nil {
		return nil, err
	}
	if w.boxes == 0 {
		return nil, broken("it is empty")
	}
	for _, fragment := range w.fragments {
		if err := w.fragment(fragment); err != nil {
			return nil, err
		}
	}
	if err := w.blankFound(); err != nil {
		return nil, err
	}
	w.file.sort()
	return w.file, nil
}

// top looks at a box of the file itself. What is not known there may be anything, such as a film with metadata of its own behind a photograph.
func (w *walk) top(b box) error {
	switch b.name {
	case "ftyp", "styp", "pdin", "sidx", "ssix", "mfra":
		return nil
	case "mdat", "imda":
		w.data = append(w.data, b.content)
		return nil
	case "moov":
		return w.children(b.content, w.movie)
	case "moof":
		w.fragments = append(w.fragments, b)
		return nil
	case "meta":
		return w.pictureOr(b)
	case "mini":
		return broken("its items are told in the short form") // ISO/IEC 23008-12:2025, which hardly anybody writes yet
	default:
		return w.blank(b)
	}
}

// box is a box of a file.
type box struct {
	// at is where it begins, content what is in it.
	at      int64
	name    string
	content span
	// open tells that it goes on to the end of the file, whatever its length is.
	open bool
}

// children visits the boxes in a part of the file.
func (w *walk) children(in span, visit func(box) error) error {
	for at := in.from; at < in.to; {
		if in.to-at < 8 {
			return w.rest(span{at, in.to})
		}
		b, err := w.box(at, in)
		if err != nil {
			return err
		}
		if b.name == "\x00\x00\x00\x00" && b.open {
			return w.rest(span{at, in.to}) // QuickTime ends some lists with four zeros
		}
		if w.boxes++; w.boxes > maxBoxes {
			return broken("it has too many boxes")
		}
		if err := visit(b); err != nil {
			return err
		}
		at = b.content.to
	}
	return nil
}

// rest takes what is left behind the last box of a part, which is nothing that anybody reads.
func (w *walk) rest(what span) error { return w.zero(what) }

// box reads the head of a box.
func (w *walk) box(at int64, in span) (box, error) {
	head, err := w.window.bytes(at, 8)
	if err != nil {
		return box{}, err
	}
	b := box{at: at, name: string(head[4:8]), content: span{at + 8, at}}
	switch length := int64(binary.BigEndian.Uint32(head)); length {
	case 0:
		b.open, b.content.to = true, in.to
	case 1:
		long, err := w.window.bytes(at+8, 8)
		if err != nil {
			return box{}, err
		}
		value := binary.BigEndian.Uint64(long)
		if value > uint64(in.to-at) {
			return box{}, broken("the box %q is longer than what it is in", b.name)
		}
		b.content.from, b.content.to = at+16, at+int64(value)
	default:
		b.content.to = at + length
	}
	if b.content.to > in.to || b.content.to < b.content.from {
		return box{}, broken("the box %q is not within what it is in", b.name)
	}
	if b.open && in.to != w.file.size && b.name != "\x00\x00\x00\x00" {
		return box{}, broken("the box %q has no end", b.name)
	}
	return b, nil
}

// blank makes a box one that everybody passes over.
func (w *walk) blank(b box) error {
	if b.name != "free" && b.name != "skip" && b.name != "wide" {
		if err := w.rename(b.at + 4); err != nil {
			return err
		}
	}
	return w.zero(b.content)
}

// rename makes a name "free".
func (w *walk) rename(at int64) error {
	if len(w.file.names) == maxPatches {
		return broken("it has too many metadata")
	}
	w.file.names = append(w.file.names, at)
	return nil
}

// zero blanks a part of the file, unless that is what it is.
func (w *walk) zero(what span) error {
	is, err := w.window.zeros(what)
	if err != nil || is {
		return err
	}
	if len(w.file.zeros) == maxPatches {
		return broken("it has too many metadata")
	}
	w.file.zeros = append(w.file.zeros, what)
	return nil
}

// blankFound blanks the data of metadata, which must be among the data of the file: a table could name any place.
func (w *walk) blankFound() error {
	slices.SortFunc(w.data, byPlace)
	slices.SortFunc(w.found, byPlace)
	blanked := int64(0) // so that nothing is looked at twice, however often it is named
	for _, what := range w.found {
		at, exactly := slices.BinarySearchFunc(w.data, what, byPlace)
		if !exactly {
			at--
		}
		if at < 0 || what.to > w.data[at].to {
			return broken("its metadata are not among its data")
		}
		if what.from = max(what.from, blanked); what.from >= what.to {
			continue
		}
		if err := w.zero(what); err != nil {
			return err
		}
		blanked = what.to
	}
	return nil
}

// foundData takes note of data of metadata.
func (w *walk) foundData(from, length int64) error {
	if from < 0 || length < 0 || length > w.file.size || from > w.file.size-length {
		return broken("its metadata are not in it")
	}
	if length == 0 {
		return nil
	}
	if last := len(w.found) - 1; last >= 0 && w.found[last].to == from {
		w.found[last].to += length
		return nil
	}
	if len(w.found) == maxPatches {
		return broken("it has too many metadata")
	}
	w.found = append(w.found, span{from, from + length})
	return nil
}
