package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	jpegTEM  = 0x01
	jpegDHT  = 0xC4
	jpegJPG  = 0xC8
	jpegDAC  = 0xCC
	jpegRST0 = 0xD0
	jpegRST7 = 0xD7
	jpegSOI  = 0xD8
	jpegEOI  = 0xD9
	jpegSOS  = 0xDA
	jpegDQT  = 0xDB
	jpegDRI  = 0xDD
	jpegAPP0 = 0xE0
	jpegAPP1 = 0xE1
	jpegAPP2 = 0xE2
	jpegAPPE = 0xEE
	jpegAPPF = 0xEF
	jpegCOM  = 0xFE
)

const exifPrefix = "Exif\x00\x00"

// jpeg walks through the segments and scans. What stands behind the end of the image goes too: there phones put other pictures and films.
func (w *walk) jpeg() error {
	if err := w.skip(2); err != nil { // the beginning, which Detect has seen
		return err
	}
	if err := w.keep(0, 2); err != nil {
		return err
	}
	for {
		start := w.offset
		marker, err := w.jpegMarker()
		if err != nil {
			return err
		}
		switch {
		case marker == jpegEOI:
			if w.picture.Width == 0 {
				return broken("it has no frame")
			}
			return w.keep(start, w.offset)
		case marker == jpegTEM || marker >= jpegRST0 && marker <= jpegRST7:
			err = w.keep(start, w.offset)
		case marker == jpegSOS:
			var ended bool
			if ended, err = w.jpegScan(start); err == nil && ended {
				return nil
			}
		default:
			err = w.jpegSegment(start, marker)
		}
		if err != nil {
			return err
		}
	}
}

// jpegMarker reads the next marker, with the bytes that may fill up the room before it.
func (w *walk) jpegMarker() (byte, error) {
	for first := true; ; first = false {
		one, err := w.take(1)
		if err != nil {
			return 0, err
		}
		switch {
		case one[0] == 0xFF:
		case first:
			return 0, broken("a marker is missing")
		case one[0] == 0 || one[0] == jpegSOI:
			return 0, broken("a marker stands where none may")
		default:
			return one[0], nil
		}
	}
}

// jpegLength reads a segment's length, without the two bytes that it has itself.
func (w *walk) jpegLength() (int, error) {
	two, err := w.take(2)
	if err != nil {
		return 0, err
	}
	length := int(binary.BigEndian.Uint16(two))
	if length < 2 {
		return 0, broken("a segment has no length")
	}
	return length - 2, nil
}

// jpegSegment keeps what decoding needs and leaves the rest out.
func (w *walk) jpegSegment(start int64, marker byte) error {
	length, err := w.jpegLength()
	if err != nil {
		return err
	}
	// The reader's buffer holds more than the longest segment.
	content, err := w.take(length)
	if err != nil {
		return err
	}
	switch {
	case marker == jpegDHT || marker == jpegDQT || marker == jpegDRI || marker == jpegDAC,
		marker == jpegAPP0 && bytes.HasPrefix(content, []byte("JFIF\x00")),
		marker == jpegAPP2 && bytes.HasPrefix(content, []byte("ICC_PROFILE\x00")),
		marker == jpegAPPE && bytes.HasPrefix(content, []byte("Adobe")):
		return w.keep(start, w.offset)
	case marker >= 0xC0 && marker <= 0xCF && marker != jpegJPG:
		if err := w.jpegFrame(marker, content); err != nil {
			return err
		}
		return w.keep(start, w.offset)
	case marker == jpegAPP1 && bytes.HasPrefix(content, []byte(exifPrefix)) && w.picture.Orientation == 1:
		w.picture.Orientation = exifOrientation(content[len(exifPrefix):])
		if w.picture.Orientation == 1 {
			return nil
		}
		return w.replace(jpegOrientation(w.picture.Orientation))
	case marker >= jpegAPP0 && marker <= jpegAPPF, marker == jpegCOM:
		return nil
	}
	return broken("the marker %#02x is not known", marker)
}

func jpegOrientation(orientation int) []byte {
	tiff := orientationOnly(orientation)
	segment := []byte{0xFF, jpegAPP1, 0, byte(2 + len(exifPrefix) + len(tiff))}
	return append(append(segment, exifPrefix...), tiff...)
}

// jpegFrame reads the head of the frame: dimensions, and what decoding will take.
func (w *walk) jpegFrame(marker byte, content []byte) error {
	if w.picture.Width != 0 {
		return broken("it has two frames")
	}
	if len(content) < 6 || len(content) < 6+3*int(content[5]) || content[5] == 0 || content[5] > 4 {
		return broken("the head of the frame is cut short")
	}
	w.picture.Height, w.picture.Width = int(binary.BigEndian.Uint16(content[1:])), int(binary.BigEndian.Uint16(content[3:]))
	if w.picture.Height == 0 || w.picture.Width == 0 {
		return broken("the frame does not tell its size")
	}
	components := content[6 : 6+3*int(content[5])]
	var widest, highest, samples int64
	for component := range len(components) / 3 {
		across, down := int64(components[3*component+1]>>4), int64(components[3*component+1]&0xF)
		if across < 1 || across > 4 || down < 1 || down > 4 {
			return broken("a component has an impossible sampling")
		}
		widest, highest, samples = max(widest, across), max(highest, down), samples+across*down
	}
	bytesPerSample := int64(1)
	if progressive := marker == 0xC2; progressive {
		bytesPerSample += 4 // all coefficients are held until the last scan
	}
	pixels := int64(w.picture.Width) * int64(w.picture.Height)
	w.picture.decodedBytes = pixels * samples * bytesPerSample / (widest * highest)
	if content[5] == 4 {
		w.picture.decodedBytes += pixels * 4 // four colours are put together afterwards
	}
	return nil
}

// jpegScan keeps a scan: its head and the coded data up to the next marker. A picture that ends within it is whole enough: decoders show what there is.
func (w *walk) jpegScan(start int64) (ended bool, err error) {
	if w.picture.Width == 0 {
		return false, broken("a scan comes before the frame")
	}
	length, err := w.jpegLength()
	if err != nil {
		return false, err
	}
	if err := w.skip(int64(length)); err != nil {
		return false, err
	}
	for {
		buffered, err := w.reader.Peek(max(1, min(w.reader.Buffered(), w.reader.Size())))
		if errors.Is(err, io.EOF) {
			return true, w.keep(start, w.offset)
		}
		if err != nil {
			return false, err
		}
		at := bytes.IndexByte(buffered, 0xFF)
		if at < 0 {
			at = len(buffered)
		}
		if at > 0 {
			if err := w.skip(int64(at)); err != nil {
				return false, err
			}
			continue
		}
		two, err := w.reader.Peek(2)
		if errors.Is(err, io.EOF) {
			return true, w.keep(start, w.offset)
		}
		if err != nil {
			return false, err
		}
		switch next := two[1]; {
		case next == 0 || next >= jpegRST0 && next <= jpegRST7:
			err = w.skip(2) // a byte of data that looks like a marker, or a mark within the data
		case next == 0xFF:
			err = w.skip(1)
		default:
			return false, w.keep(start, w.offset)
		}
		if err != nil {
			return false, err
		}
	}
}
