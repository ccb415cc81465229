package picture

import (
	"encoding/binary"
	"hash/crc32"
	"slices"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// pngKept are the chunks that a picture needs to look as it does (PNG, third edition, section 11), animated ones among them. Texts, times and Exif are none of them.
var pngKept = []string{
	"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "mDCV", "cLLI", "sBIT", "bKGD", "hIST", "pHYs", "acTL", "fcTL", "fdAT",
}

// maxExif is the most that is read of an Exif chunk to find the orientation in it: it stands near the beginning.
const maxExif = 32 << 10

// png walks through the chunks. What stands behind the last goes too.
func (w *walk) png() error {
	if err := w.skip(int64(len(pngSignature))); err != nil {
		return err
	}
	if err := w.keep(0, w.offset); err != nil {
		return err
	}
	for first, data := true, false; ; first = false {
		start := w.offset
		head, err := w.take(8)
		if err != nil {
			return err
		}
		length, name := int64(binary.BigEndian.Uint32(head)), string(head[4:])
		if length > 1<<31-1 || first != (name == "IHDR") {
			return broken("its chunks are in disorder")
		}
		oriented := w.picture.Orientation != 1
		if err := w.pngContent(name, length); err != nil {
			return err
		}
		switch {
		case name == "eXIf":
			if !oriented && w.picture.Orientation != 1 {
				err = w.replace(pngOrientation(w.picture.Orientation))
			}
		case slices.Contains(pngKept, name):
			err = w.keep(start, w.offset)
		case name[0] >= 'A' && name[0] <= 'Z':
			return broken("the chunk %q is not known", name)
		}
		data = data || name == "IDAT"
		if err != nil || name == "IEND" {
			if err == nil && !data {
				return broken("it has no data")
			}
			return err
		}
	}
}

// pngContent passes over a chunk's content and checksum, and reads what is to be known of it.
func (w *walk) pngContent(name string, length int64) error {
	const checksum = 4
	switch name {
	case "IHDR":
		if length != 13 {
			return broken("its head has a wrong length")
		}
		content, err := w.take(int(length))
		if err != nil {
			return err
		}
		w.pngHead(content)
		return w.skip(checksum)
	case "acTL":
		w.picture.Animated = true
	case "eXIf":
		content, err := w.take(int(min(length, maxExif)))
		if err != nil {
			return err
		}
		if w.picture.Orientation == 1 {
			w.picture.Orientation = exifOrientation(content)
		}
		return w.skip(length - int64(len(content)) + checksum)
	}
	return w.skip(length + checksum)
}

// pngHead reads the dimensions, and what decoding will take: the decoder makes 4 bytes of a pixel at most, 8 of those of 16 bits, and of interlaced ones twice that.
func (w *walk) pngHead(content []byte) {
	width, height := binary.BigEndian.Uint32(content), binary.BigEndian.Uint32(content[4:])
	w.picture.Width, w.picture.Height = int(min(width, 1<<30)), int(min(height, 1<<30))
	bytesPerPixel := int64(4)
	if content[8] == 16 {
		bytesPerPixel = 8
	}
	if content[12] != 0 {
		bytesPerPixel *= 2
	}
	w.picture.decodedBytes = int64(w.picture.Width) * int64(w.picture.Height) * bytesPerPixel
}

// pngOrientation is an Exif chunk that says nothing but an orientation.
func pngOrientation(orientation int) []byte {
	content := orientationOnly(orientation)
	chunk := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	chunk = append(append(chunk, "eXIf"...), content...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(chunk[4:]))
}
