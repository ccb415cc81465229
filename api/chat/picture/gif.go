package picture

import "encoding/binary"

// Parts of GIF (GIF89a specification, sections 17 to 27).
const (
	gifExtension   = 0x21
	gifImage       = 0x2C
	gifTrailer     = 0x3B
	gifComment     = 0xFE
	gifApplication = 0xFF
	gifHasTable    = 0x80
)

// gif walks through the blocks. Comments and the notes of programs go, but for those that say how often an animation repeats.
func (w *walk) gif() error {
	head, err := w.take(13)
	if err != nil {
		return err
	}
	w.picture.Width, w.picture.Height = int(binary.LittleEndian.Uint16(head[6:])), int(binary.LittleEndian.Uint16(head[8:]))
	w.picture.decodedBytes = int64(w.picture.Width) * int64(w.picture.Height) * 5 // the frame, and the screen that it is put on
	if err := w.skip(gifTable(head[10])); err != nil {
		return err
	}
	if err := w.keep(0, w.offset); err != nil {
		return err
	}
	for frames := 0; ; {
		start := w.offset
		one, err := w.take(1)
		if err != nil {
			return err
		}
		keep := true
		switch one[0] {
		case gifTrailer:
			if frames == 0 {
				return broken("it has no frame")
			}
			return w.keep(start, w.offset)
		case gifImage:
			frames++
			w.picture.Animated = frames > 1
			err = w.gifFrame()
		case gifExtension:
			keep, err = w.gifExtension()
		default:
			return broken("a block is of no known kind")
		}
		if err == nil && keep {
			err = w.keep(start, w.offset)
		}
		if err != nil {
			return err
		}
	}
}

// gifTable is how many bytes a table of colours has.
func gifTable(flags byte) int64 {
	if flags&gifHasTable == 0 {
		return 0
	}
	return 3 << (1 + flags&7)
}

func (w *walk) gifFrame() error {
	head, err := w.take(9)
	if err != nil {
		return err
	}
	if err := w.skip(gifTable(head[8]) + 1); err != nil { // the table, and the smallest code
		return err
	}
	return w.gifBlocks()
}

// gifExtension passes over an extension and tells whether it is to be kept.
func (w *walk) gifExtension() (keep bool, err error) {
	label, err := w.take(1)
	if err != nil {
		return false, err
	}
	keep = label[0] != gifComment
	if label[0] == gifApplication {
		name, err := w.reader.Peek(12)
		if err != nil {
			return false, early(err)
		}
		keep = name[0] == 11 && (string(name[1:]) == "NETSCAPE2.0" || string(name[1:]) == "ANIMEXTS1.0")
	}
	return keep, w.gifBlocks()
}

// gifBlocks passes over a row of blocks, up to the empty one.
func (w *walk) gifBlocks() error {
	for {
		length, err := w.take(1)
		if err != nil {
			return err
		}
		if length[0] == 0 {
			return nil
		}
		if err := w.skip(int64(length[0])); err != nil {
			return err
		}
	}
}
