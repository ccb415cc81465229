package gateway

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"guildhall/api/wire"
)

// clientFrame is a frame as a client sends it.
func clientFrame(first byte, payload string) []byte {
	frame := []byte{first}
	switch {
	case len(payload) < 126:
		frame = append(frame, 0x80|byte(len(payload)))
	case len(payload) < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(len(payload)))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(len(payload)))
	}
	mask := [4]byte{0xa1, 0x02, 0x73, 0x44}
	frame = append(frame, mask[:]...)
	for i := range len(payload) {
		frame = append(frame, payload[i]^mask[i&3])
	}
	return frame
}

func TestMessagesOfClients(t *testing.T) {
	long, longest := strings.Repeat("x", 126), strings.Repeat("y", maxFrame)
	for name, c := range map[string]struct {
		frames [][]byte
		want   string
		code   int
		pings  int
	}{
		"one frame":                  {frames: [][]byte{clientFrame(0x81, "hello")}, want: "hello"},
		"nothing":                    {frames: [][]byte{clientFrame(0x81, "")}, want: ""},
		"bytes":                      {frames: [][]byte{clientFrame(0x82, "hello")}, want: "hello"},
		"a long one":                 {frames: [][]byte{clientFrame(0x81, long)}, want: long},
		"the longest":                {frames: [][]byte{clientFrame(0x81, longest)}, want: longest},
		"several frames":             {frames: [][]byte{clientFrame(0x01, "he"), clientFrame(0x00, "l"), clientFrame(0x80, "lo")}, want: "hello"},
		"a ping between":             {frames: [][]byte{clientFrame(0x01, "he"), clientFrame(0x89, "?"), clientFrame(0x80, "llo")}, want: "hello", pings: 1},
		"a pong between":             {frames: [][]byte{clientFrame(0x01, "he"), clientFrame(0x8a, "?"), clientFrame(0x80, "llo")}, want: "hello"},
		"too long":                   {frames: [][]byte{clientFrame(0x81, longest+"y")}, code: 4002},
		"too long together":          {frames: [][]byte{clientFrame(0x01, longest), clientFrame(0x80, "y")}, code: 4002},
		"no mask":                    {frames: [][]byte{{0x81, 0x01, 'x'}}, code: 1002},
		"reserved bits":              {frames: [][]byte{clientFrame(0xc1, "x")}, code: 1002},
		"an unknown kind":            {frames: [][]byte{clientFrame(0x83, "x")}, code: 1002},
		"an unknown control frame":   {frames: [][]byte{clientFrame(0x8b, "x")}, code: 1002},
		"a long ping":                {frames: [][]byte{clientFrame(0x89, long)}, code: 1002},
		"half a ping":                {frames: [][]byte{clientFrame(0x09, "x")}, code: 1002},
		"a continuation of nothing":  {frames: [][]byte{clientFrame(0x80, "x")}, code: 1002},
		"a message in a message":     {frames: [][]byte{clientFrame(0x01, "x"), clientFrame(0x81, "x")}, code: 1002},
		"a close":                    {frames: [][]byte{clientFrame(0x88, "\x03\xe8")}, code: 1000},
		"a close with a reason":      {frames: [][]byte{clientFrame(0x88, "\x10\x68bye")}, code: 4200},
		"a close without a code":     {frames: [][]byte{clientFrame(0x88, "")}, code: 1005},
		"half a close code":          {frames: [][]byte{clientFrame(0x88, "\x03")}, code: 1002},
		"a close code of nothing":    {frames: [][]byte{clientFrame(0x88, "\x03\xed")}, code: 1002},
		"a reason that is no text":   {frames: [][]byte{clientFrame(0x88, "\x03\xe8\xff")}, code: 1007},
		"the end":                    {},
		"the end in a header":        {frames: [][]byte{{0x81}}},
		"the end in a payload":       {frames: [][]byte{clientFrame(0x81, "hello")[:8]}},
		"the end between the frames": {frames: [][]byte{clientFrame(0x01, "hello")}},
	} {
		t.Run(name, func(t *testing.T) {
			pings := 0
			text, err := readMessage(bufio.NewReader(bytes.NewReader(bytes.Join(c.frames, nil))), nil, func([]byte) { pings++ })
			code := 0
			if ours, ok := errors.AsType[*closing](err); ok {
				code = int(ours.code)
			} else if left, ok := errors.AsType[*closedByClient](err); ok {
				code = left.code
			} else if c.want == "" && name != "nothing" {
				if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%v", err)
				}
				return
			}
			if code != c.code || code == 0 && (err != nil || string(text) != c.want) || pings != c.pings {
				t.Errorf("%q, %v, code %d, %d pings", text, err, code, pings)
			}
		})
	}
}

// FuzzReadMessage has arbitrary bytes read as a client's frames: whatever they are, nothing panics, and no message is longer than allowed.
func FuzzReadMessage(f *testing.F) {
	f.Add(clientFrame(0x81, `{"op":1,"d":null}`))
	f.Add(append(clientFrame(0x01, `{"op":`), clientFrame(0x80, `1}`)...))
	f.Add(clientFrame(0x88, "\x03\xe8"))
	f.Add([]byte{0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		reader := bufio.NewReader(bytes.NewReader(data))
		var buffer []byte
		for {
			text, err := readMessage(reader, buffer, func(payload []byte) {
				if len(payload) > maxControl {
					t.Fatalf("a ping of %d bytes", len(payload))
				}
			})
			if err != nil {
				return
			}
			if len(text) > maxFrame {
				t.Fatalf("a message of %d bytes", len(text))
			}
			buffer = text
		}
	})
}

// FuzzReceive has arbitrary texts received before and after IDENTIFY: each is answered or closes the connection with one of the contract's codes.
func FuzzReceive(f *testing.F) {
	for _, frame := range []string{`{"op":1,"d":null}`, `{"op":2,"d":{"token":"x","properties":{}}}`, `{"op":3,"d":{"status":"idle","activities":[{}],"since":null,"afk":false}}`,
		`{"op":4,"d":{"guild_id":"1","channel_id":null}}`, `{"op":6,"d":{"token":"x","session_id":"x","seq":1}}`, `{"op":8,"d":{"guild_id":["1"],"query":"","limit":0}}`,
		`{"op":14,"d":{}}`, `{"op":18,"d":{"type":"guild","guild_id":"1","channel_id":"2"}}`, `{"op":20,"d":{"stream_key":"x"}}`, `{"op":31,"d":{"guild_ids":["1"]}}`,
		`{"op":43,"d":{"guild_id":"1"}}`, `[]`, `{"op":99}`} {
		f.Add(frame, true)
		f.Add(frame, false)
	}
	h := open(f, noLimits)
	alice := h.Person("alice")
	h.Guild(alice)
	f.Fuzz(func(t *testing.T, text string, identified bool) {
		c := &connection{gateway: h.Gateway}
		c.shutting, c.done = true, true // nothing is written
		if identified {
			s := newSession(alice)
			c.session.Store(s)
		}
		err := c.receive([]byte(text))
		ours, ok := errors.AsType[*closing](err)
		if err != nil && (!ok || ours.code < 4000 || ours.code > 4014) {
			t.Fatalf("%q: %v", text, err)
		}
	})
}

// TestWhatWeWriteIsReadByOthers checks our frames of every size with a library's reader.
func TestWhatWeWriteIsReadByOthers(t *testing.T) {
	h := open(t)
	alice := h.Person("alice")
	c := h.enter(h.login(alice))
	for _, size := range []int{0, 1, 60, 61, 62, 63, 64, 65, 125, 126, 127, 1 << 10, 1<<16 - 60, 1 << 16, 1 << 20} {
		content := strings.Repeat("x", size)
		b, err := newBody("TEST", content)
		if err != nil {
			t.Fatal(err)
		}
		h.find(c.sessionID).dispatch(b)
		var got string
		c.decode(c.expect("TEST"), &got)
		if got != content {
			t.Errorf("%d bytes came as %d", size, len(got))
		}
	}
	if err := c.socket.WriteMessage(websocket.PingMessage, []byte("are you there?")); err != nil {
		t.Fatal(err)
	}
	pong := ""
	c.socket.SetPongHandler(func(text string) error { pong = text; return nil })
	c.send(`{"op":1,"d":null}`)
	if r := c.next(); r.Op != wire.OpHeartbeatAck || pong != "are you there?" {
		t.Errorf("%s, %q", r.name(), pong)
	}
	var ack map[string]json.RawMessage
	if err := json.Unmarshal(acknowledgement[2:], &ack); err != nil || len(ack) != 4 {
		t.Errorf("%s: %v", acknowledgement, err)
	}
}
