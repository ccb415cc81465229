package gateway

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/gorilla/websocket"
)

// continuation is the opcode of a message's further frames (RFC 6455, section 5.2); the others have names in the websocket package.
const continuation = 0

// maxControl is the longest payload of a control frame (RFC 6455, section 5.5).
const maxControl = 125

// closedByClient is the end of a connection that the client has closed.
type closedByClient struct{ code int }

func (e *closedByClient) Error() string { return fmt.Sprintf("the client closed with %d", e.code) }

// frameHeader is the beginning of a frame.
type frameHeader struct {
	opcode int
	final  bool
	length uint64
	mask   [4]byte
}

func (h frameHeader) control() bool { return h.opcode >= websocket.CloseMessage }

// readHeader reads a client's frame header (RFC 6455, section 5.2).
func readHeader(r *bufio.Reader) (h frameHeader, err error) {
	var start [2]byte
	if _, err := io.ReadFull(r, start[:]); err != nil {
		return h, err
	}
	h.final, h.opcode, h.length = start[0]&0x80 != 0, int(start[0]&0x0f), uint64(start[1]&0x7f)
	switch {
	case start[0]&0x70 != 0:
		return h, &closing{websocket.CloseProtocolError, "reserved bits are set"}
	case start[1]&0x80 == 0:
		return h, &closing{websocket.CloseProtocolError, "the frame is not masked"}
	case h.opcode > websocket.BinaryMessage && h.opcode < websocket.CloseMessage, h.opcode > websocket.PongMessage:
		return h, &closing{websocket.CloseProtocolError, "there is no such kind of frame"}
	case h.control() && (!h.final || h.length > maxControl):
		return h, &closing{websocket.CloseProtocolError, "a control frame is short and whole"}
	}
	var extended [8]byte
	switch h.length {
	case 126:
		_, err = io.ReadFull(r, extended[6:])
		h.length = binary.BigEndian.Uint64(extended[:])
	case 127:
		_, err = io.ReadFull(r, extended[:])
		h.length = binary.BigEndian.Uint64(extended[:])
	}
	if err != nil {
		return h, err
	}
	_, err = io.ReadFull(r, h.mask[:])
	return h, err
}

// appendPayload reads a frame's payload. The length is checked by then.
func (h frameHeader) appendPayload(to []byte, r *bufio.Reader) ([]byte, error) {
	start := len(to)
	to = slices.Grow(to, int(h.length))[:start+int(h.length)]
	payload := to[start:]
	if _, err := io.ReadFull(r, payload); err != nil {
		return to[:start], err
	}
	for i := range payload {
		payload[i] ^= h.mask[i&3]
	}
	return to, nil
}

// readMessage reads a client's next message, of one frame or several, into a buffer. Pings that come before its end are handed to pong. It fails with a *closing when
// the client breaks the protocol or sends too much, and with a *closedByClient when the client closes.
func readMessage(r *bufio.Reader, buffer []byte, pong func([]byte)) ([]byte, error) {
	buffer = buffer[:0]
	begun := false
	for {
		h, err := readHeader(r)
		if err != nil {
			return buffer, err
		}
		if h.control() {
			if err := readControl(h, r, pong); err != nil {
				return buffer, err
			}
			continue
		}
		if begun != (h.opcode == continuation) {
			return buffer, &closing{websocket.CloseProtocolError, "the frames of a message are out of order"}
		}
		if h.length > maxFrame || len(buffer)+int(h.length) > maxFrame {
			return buffer, &closing{closeDecode, "this frame is too large"}
		}
		if buffer, err = h.appendPayload(buffer, r); err != nil {
			return buffer, err
		}
		if h.final {
			return buffer, nil
		}
		begun = true
	}
}

func readControl(h frameHeader, r *bufio.Reader, pong func([]byte)) error {
	payload, err := h.appendPayload(nil, r)
	if err != nil {
		return err
	}
	switch h.opcode {
	case websocket.PingMessage:
		pong(payload)
	case websocket.CloseMessage:
		return readClose(payload)
	}
	return nil
}

// readClose gives the error that a close frame comes to (RFC 6455, sections 5.5.1 and 7.4).
func readClose(payload []byte) error {
	if len(payload) == 0 {
		return &closedByClient{websocket.CloseNoStatusReceived}
	}
	if len(payload) == 1 {
		return &closing{websocket.CloseProtocolError, "half a close code"}
	}
	code := int(binary.BigEndian.Uint16(payload))
	switch {
	case code < 1000, code >= 1004 && code <= 1006, code >= 1015 && code < 3000, code >= 5000:
		return &closing{websocket.CloseProtocolError, "there is no such close code"}
	case !utf8.Valid(payload[2:]):
		return &closing{websocket.CloseInvalidFramePayloadData, "the reason is no text"}
	}
	return &closedByClient{code}
}

// appendHeader writes the header of a whole, unmasked frame (RFC 6455, section 5.2).
func appendHeader(to []byte, opcode, length int) []byte {
	to = append(to, 0x80|byte(opcode))
	switch {
	case length < 126:
		return append(to, byte(length))
	case length < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, 126), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(to, 127), uint64(length))
	}
}

// readOwnHeader reads the header of a frame that appendHeader made.
func readOwnHeader(frame []byte) (opcode, header, length int) {
	opcode = int(frame[0] & 0x0f)
	switch length := int(frame[1]); length {
	case 126:
		return opcode, 4, int(binary.BigEndian.Uint16(frame[2:]))
	case 127:
		return opcode, 10, int(binary.BigEndian.Uint64(frame[2:]))
	default:
		return opcode, 2, length
	}
}

func controlFrame(opcode int, data []byte) []byte {
	data = data[:min(len(data), maxControl)]
	return append(appendHeader(nil, opcode, len(data)), data...)
}
