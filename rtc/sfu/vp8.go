package sfu

// vp8Descriptor is what is read of the descriptor in front of a packet's VP8 (RFC 7741 section 4.2), and where in it the numbers are that change when one
// stream is made of several.
type vp8Descriptor struct {
	// begins tells that the packet begins a frame; key, that the frame needs none before it. Width and height are a key frame's, 0 of others.
	begins, key   bool
	width, height int
	// pictureAt and levelAt are the offsets of the picture id and of TL0PICIDX; 0 is none. Wide ids have 15 bits, others 7.
	pictureAt, levelAt int
	wide               bool
	picture            uint16
	level              uint8
}

// readVP8 reads the descriptor of a packet. It tells whether that is whole.
func readVP8(payload []byte) (d vp8Descriptor, ok bool) {
	if len(payload) < 1 {
		return d, false
	}
	at := 1
	d.begins = payload[0]&0x10 != 0 && payload[0]&0x07 == 0
	if payload[0]&0x80 != 0 { // X
		if len(payload) < 2 {
			return d, false
		}
		extension := payload[1]
		at = 2
		if extension&0x80 != 0 { // I
			if len(payload) <= at {
				return d, false
			}
			d.pictureAt, d.picture = at, uint16(payload[at]&0x7F)
			if payload[at]&0x80 != 0 {
				if len(payload) <= at+1 {
					return d, false
				}
				d.wide, d.picture = true, d.picture<<8|uint16(payload[at+1])
				at++
			}
			at++
		}
		if extension&0x40 != 0 { // L
			if len(payload) <= at {
				return d, false
			}
			d.levelAt, d.level = at, payload[at]
			at++
		}
		if extension&0x30 != 0 { // T or K
			at++
		}
	}
	if len(payload) <= at {
		return d, false
	}
	// A frame's first byte says whether it is a key frame; its size follows on the start code (RFC 6386 section 9.1).
	if frame := payload[at:]; d.begins && frame[0]&1 == 0 {
		d.key = true
		if len(frame) >= 10 && frame[3] == 0x9D && frame[4] == 0x01 && frame[5] == 0x2A {
			d.width, d.height = int(frame[6])|int(frame[7]&0x3F)<<8, int(frame[8])|int(frame[9]&0x3F)<<8
		}
	}
	return d, true
}

// shift adds to the picture id and to TL0PICIDX of a payload, in place, each within its bits.
func (d *vp8Descriptor) shift(payload []byte, picture uint16, level uint8) {
	switch {
	case d.pictureAt == 0:
	case d.wide:
		moved := (d.picture + picture) & 0x7FFF
		payload[d.pictureAt], payload[d.pictureAt+1] = 0x80|byte(moved>>8), byte(moved)
	default:
		payload[d.pictureAt] = byte(d.picture+picture) & 0x7F
	}
	if d.levelAt != 0 {
		payload[d.levelAt] = d.level + level
	}
}
