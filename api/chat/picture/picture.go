// Package picture examines, cleans, sizes and makes pictures, without ever trusting them.
//
// A picture is examined first: its structure is walked, nothing is decompressed. That tells its format and its dimensions, refuses what is broken or too large to be
// shown, and finds the metadata (where and with what it was taken) so that it can be left out. Only then may it be decoded, within a bound on the memory that this takes.
package picture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Format is how a picture is written.
type Format string

// The formats that browsers show and that are understood here.
const (
	PNG  Format = "png"
	JPEG Format = "jpeg"
	GIF  Format = "gif"
	WebP Format = "webp"
)

// ContentType is the format's media type.
func (f Format) ContentType() string { return "image/" + string(f) }

// HeadBytes is how many of a file's first bytes Detect looks at.
const HeadBytes = 12

// Detect tells what a file's first bytes say that it is; ok is false for what is no picture.
func Detect(head []byte) (format Format, ok bool) {
	switch {
	case bytes.HasPrefix(head, []byte(pngSignature)):
		return PNG, true
	case bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}):
		return JPEG, true
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF, true
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP, true
	}
	return "", false
}

// Bounds of what is taken for a picture. Beyond them even showing it could bring a reader's machine down.
const (
	// MaxSide is the greatest width and height, in pixels: the most that WebP can have.
	MaxSide = 1<<14 - 1
	// MaxPixels bounds the two together.
	MaxPixels = 100_000_000
)

// Errors of pictures; those that are returned say more and wrap one of these.
var (
	// ErrBroken says that a file is none of the formats, or not a whole one.
	ErrBroken = errors.New("not a whole picture")
	// ErrTooLarge says that a picture has more pixels than can be shown, or than there is memory to decode.
	ErrTooLarge = errors.New("the picture has too many pixels")
)

func broken(format string, arguments ...any) error {
	return fmt.Errorf("%w: %s", ErrBroken, fmt.Sprintf(format, arguments...))
}

// Info is what is known of a picture without decoding it.
type Info struct {
	Format Format
	// Width and Height are in pixels, as it is shown: a photograph that is to be turned has them changed over.
	Width, Height int
	// Orientation is how the stored pixels are to be turned or mirrored, 1 (as they are) to 8 (Exif 2.32, tag 0x0112).
	Orientation int
	// Animated tells whether there are several frames.
	Animated bool
}

// Picture is a picture that was examined.
type Picture struct {
	Info
	source io.ReadSeeker
	// pieces are what is left when the metadata is taken away, in order.
	pieces []piece
	// size is how many bytes they have together, sourceSize how many the source has.
	size, sourceSize int64
	// decodedBytes is about how much memory decoding takes.
	decodedBytes int64
}

// piece is a run of bytes of the source, or bytes that stand in for something that was there.
type piece struct {
	from, to int64
	instead  []byte
}

func (p piece) length() int64 {
	if p.instead != nil {
		return int64(len(p.instead))
	}
	return p.to - p.from
}

// maxPieces bounds what is remembered of a picture's structure. Cameras write a few dozen segments.
const maxPieces = 4096

// Examine walks through a picture from the source's beginning. The source must stay open and as it is for as long as the picture is used; one thing at a time.
// What is no picture is ErrBroken, what is too large to be shown ErrTooLarge; other errors are the source's own.
func Examine(source io.ReadSeeker) (*Picture, error) {
	sourceSize, err := source.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if _, err := source.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	w := &walk{reader: bufio.NewReaderSize(source, 64<<10), picture: &Picture{source: source, sourceSize: sourceSize, Info: Info{Orientation: 1}}}
	head, err := w.reader.Peek(HeadBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	format, _ := Detect(head)
	w.picture.Format = format
	switch format {
	case PNG:
		err = w.png()
	case JPEG:
		err = w.jpeg()
	case GIF:
		err = w.gif()
	case WebP:
		err = w.webp()
	default:
		err = broken("no known format")
	}
	if err != nil {
		return nil, err
	}
	return w.finish()
}

// finish checks the dimensions and turns them as the picture is shown.
func (w *walk) finish() (*Picture, error) {
	p := w.picture
	if p.Width < 1 || p.Height < 1 {
		return nil, broken("it has no pixels")
	}
	if p.Width > MaxSide || p.Height > MaxSide || int64(p.Width)*int64(p.Height) > MaxPixels {
		return nil, fmt.Errorf("%w: %d × %d", ErrTooLarge, p.Width, p.Height)
	}
	if p.Orientation > 4 {
		p.Width, p.Height = p.Height, p.Width
	}
	for _, one := range p.pieces {
		p.size += one.length()
	}
	return p, nil
}

// Clean tells whether there is nothing in the file but the picture.
func (p *Picture) Clean() bool {
	return len(p.pieces) == 1 && p.pieces[0].instead == nil && p.size == p.sourceSize
}

// Size is how many bytes Cleaned gives.
func (p *Picture) Size() int64 { return p.size }

// Cleaned gives the same picture, bit by bit, without its metadata; only its orientation stays, and what its colours need. It reads from the source.
func (p *Picture) Cleaned() io.Reader {
	readers := make([]io.Reader, len(p.pieces))
	for i, one := range p.pieces {
		if one.instead != nil {
			readers[i] = bytes.NewReader(one.instead)
		} else {
			readers[i] = &section{source: p.source, at: one.from, end: one.to}
		}
	}
	return io.MultiReader(readers...)
}

// section reads a part of the source.
type section struct {
	source  io.ReadSeeker
	at, end int64
	placed  bool
}

func (s *section) Read(into []byte) (int, error) {
	if s.at >= s.end {
		return 0, io.EOF
	}
	if !s.placed {
		if _, err := s.source.Seek(s.at, io.SeekStart); err != nil {
			return 0, err
		}
		s.placed = true
	}
	n, err := s.source.Read(into[:min(int64(len(into)), s.end-s.at)])
	s.at += int64(n)
	if errors.Is(err, io.EOF) && s.at < s.end {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// walk goes through a file from its beginning to its end.
type walk struct {
	reader  *bufio.Reader
	offset  int64
	picture *Picture
}

// take gives the next n bytes, which are good until the next call; n is at most the reader's buffer.
func (w *walk) take(n int) ([]byte, error) {
	bytes, err := w.reader.Peek(n)
	if err != nil {
		return nil, early(err)
	}
	w.offset += int64(n)
	_, err = w.reader.Discard(n)
	return bytes, err
}

// skip passes over n bytes.
func (w *walk) skip(n int64) error {
	for n > 0 {
		step := min(n, 1<<30)
		done, err := w.reader.Discard(int(step))
		w.offset += int64(done)
		if err != nil {
			return early(err)
		}
		n -= step
	}
	return nil
}

// early is the error for a file that ends too soon.
func early(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return broken("it ends too soon")
	}
	return err
}

// keep adds a run of the source to what is left, and replace bytes that stand in for something.
func (w *walk) keep(from, to int64) error {
	if last := len(w.picture.pieces) - 1; last >= 0 && w.picture.pieces[last].instead == nil && w.picture.pieces[last].to == from {
		w.picture.pieces[last].to = to
		return nil
	}
	return w.add(piece{from: from, to: to})
}

func (w *walk) replace(instead []byte) error { return w.add(piece{instead: instead}) }

func (w *walk) add(one piece) error {
	if len(w.picture.pieces) == maxPieces {
		return broken("it has too many parts")
	}
	w.picture.pieces = append(w.picture.pieces, one)
	return nil
}
