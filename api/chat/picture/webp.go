package picture

import "encoding/binary"

// Flags of an extended WebP's head (RFC 9649, section 2.7.1).
const (
	webpHasXMP    = 1 << 2
	webpHasExif   = 1 << 3
	webpAnimation = 1 << 1
)

// webp walks through the chunks of the RIFF container (RFC 9649, section 2). What stands behind its end goes too.
func (w *walk) webp() error {
	head, err := w.take(12)
	if err != nil {
		return err
	}
	end := 8 + int64(binary.LittleEndian.Uint32(head[4:]))
	riff := append([]byte(nil), head...)
	if err := w.replace(riff); err != nil {
		return err
	}
	var canvas []byte
	for w.offset+8 <= end {
		if err := w.webpChunk(&canvas); err != nil {
			return err
		}
	}
	if w.picture.decodedBytes == 0 && !w.picture.Animated {
		return broken("it has no frame")
	}
	if canvas == nil {
		w.picture.Orientation = 1 // only extended files can have any other
	} else if w.picture.Orientation > 1 {
		exif := orientationOnly(w.picture.Orientation) // an even number of bytes
		chunk := binary.LittleEndian.AppendUint32([]byte("EXIF"), uint32(len(exif)))
		if err := w.replace(append(chunk, exif...)); err != nil {
			return err
		}
		canvas[8] |= webpHasExif
	}
	var size int64
	for _, one := range w.picture.pieces {
		size += one.length()
	}
	binary.LittleEndian.PutUint32(riff[4:], uint32(size-8))
	return nil
}

// webpChunk reads a chunk. canvas is the head of extended files, once it was seen.
func (w *walk) webpChunk(canvas *[]byte) error {
	start := w.offset
	head, err := w.take(8)
	if err != nil {
		return err
	}
	name, length := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
	padded := length + length&1
	switch name {
	case "VP8X":
		if *canvas != nil || w.picture.Width != 0 || length != 10 {
			return broken("its head is in disorder")
		}
		content, err := w.take(int(length))
		if err != nil {
			return err
		}
		w.picture.Width, w.picture.Height = 1+little24(content[4:]), 1+little24(content[7:])
		w.picture.Animated = content[0]&webpAnimation != 0
		*canvas = binary.LittleEndian.AppendUint32([]byte(name), uint32(length))
		*canvas = append(*canvas, content...)
		(*canvas)[8] &^= webpHasXMP | webpHasExif
		return w.replace(*canvas)
	case "VP8 ", "VP8L":
		if err := w.webpFrame(name, length); err != nil {
			return err
		}
		if err := w.skip(padded - (w.offset - start - 8)); err != nil {
			return err
		}
		return w.keep(start, w.offset)
	case "EXIF":
		content, err := w.take(int(min(length, maxExif)))
		if err != nil {
			return err
		}
		if len(content) > len(exifPrefix) && string(content[:len(exifPrefix)]) == exifPrefix { // some write it as in JPEG
			content = content[len(exifPrefix):]
		}
		w.picture.Orientation = exifOrientation(content)
		return w.skip(padded - (w.offset - start - 8))
	}
	if err := w.skip(padded); err != nil {
		return err
	}
	switch name {
	case "ICCP", "ANIM", "ANMF", "ALPH":
		return w.keep(start, w.offset)
	}
	return nil
}

// webpFrame reads the dimensions of a still picture's bit stream.
func (w *walk) webpFrame(name string, length int64) error {
	if w.picture.decodedBytes != 0 {
		return broken("it has two frames")
	}
	const lossyHead, losslessHead = 10, 5
	var width, height int
	var bytesPerPixel int64
	if name == "VP8 " {
		if length < lossyHead {
			return broken("its frame is cut short")
		}
		content, err := w.take(lossyHead)
		if err != nil {
			return err
		}
		if string(content[3:6]) != "\x9d\x01\x2a" { // RFC 6386, section 9.1
			return broken("its frame has a wrong head")
		}
		width, height, bytesPerPixel = int(binary.LittleEndian.Uint16(content[6:])&0x3FFF), int(binary.LittleEndian.Uint16(content[8:])&0x3FFF), 4
	} else {
		if length < losslessHead {
			return broken("its frame is cut short")
		}
		content, err := w.take(losslessHead)
		if err != nil {
			return err
		}
		if content[0] != 0x2F { // RFC 9649, section 3.4
			return broken("its frame has a wrong head")
		}
		bits := binary.LittleEndian.Uint32(content[1:])
		width, height, bytesPerPixel = 1+int(bits&0x3FFF), 1+int(bits>>14&0x3FFF), 8
	}
	if w.picture.Width != 0 && (w.picture.Width != width || w.picture.Height != height) {
		return broken("its frame is not of the size that its head says")
	}
	w.picture.Width, w.picture.Height = width, height
	w.picture.decodedBytes = max(1, int64(width)*int64(height)*bytesPerPixel)
	return nil
}

func little24(three []byte) int { return int(three[0]) | int(three[1])<<8 | int(three[2])<<16 }
