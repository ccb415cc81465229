package picture

import "encoding/binary"

// orientationTag is the one field of Exif that a picture cannot be shown without (Exif 2.32, section 4.6.4).
const orientationTag = 0x0112

// maxExifEntries bounds the search for it. Cameras write some thirty fields.
const maxExifEntries = 1024

// exifOrientation finds the orientation in a TIFF structure, as Exif is; 1 where there is none, or none that can be.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return 1
	}
	at := int64(order.Uint32(tiff[4:]))
	if at+2 > int64(len(tiff)) {
		return 1
	}
	entries := tiff[at+2:]
	for range min(int(order.Uint16(tiff[at:])), maxExifEntries) {
		if len(entries) < 12 {
			return 1
		}
		const short, one = 3, 1
		if order.Uint16(entries) == orientationTag && order.Uint16(entries[2:]) == short && order.Uint32(entries[4:]) == one {
			if value := int(order.Uint16(entries[8:])); value >= 1 && value <= 8 {
				return value
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// orientationOnly is a TIFF structure that says nothing but an orientation.
func orientationOnly(orientation int) []byte {
	return []byte{
		'M', 'M', 0, '*', 0, 0, 0, 8, // big-endian, the one directory follows
		0, 1, // it has one entry
		orientationTag >> 8, orientationTag & 0xFF, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0,
		0, 0, 0, 0, // and is the last
	}
}
