package gateway

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/chat"
	"guildhall/api/route"
	"guildhall/api/wire"
)

type wireOp = wire.Opcode

// closeCode is a WebSocket close code of the contract.
type closeCode int

const (
	closeUnknown       closeCode = 4000
	closeOpcode        closeCode = 4001
	closeDecode        closeCode = 4002
	closeNotIdentified closeCode = 4003
	closeAuth          closeCode = 4004
	closeAlready       closeCode = 4005
	closeSequence      closeCode = 4007
	closeRate          closeCode = 4008
	closeTimeout       closeCode = 4009
	closeShard         closeCode = 4010
	closeVersion       closeCode = 4012
	closeIntents       closeCode = 4013
)

// closing is an error that closes the connection with a code.
type closing struct {
	code   closeCode
	reason string
}

func (e *closing) Error() string { return fmt.Sprintf("close %d: %s", e.code, e.reason) }

// Bounds of what waits to be written to a connection. The replay buffer holds at least as many dispatches, so a session that is closed for being slow loses nothing.
const (
	maxQueued      = replaySize
	maxQueuedBytes = 8 << 20
	// writePatience is how long one write may take before the client counts as gone.
	writePatience = 15 * time.Second
	// coalesce is how much is written with one call at the most, beyond one frame.
	coalesce = 64 << 10
)

// connection is one WebSocket. It may carry one session after another.
type connection struct {
	gateway *Gateway
	socket  *websocket.Conn
	raw     net.Conn
	client  chat.Client
	// base is the address by which the client came, for the resume address; host is its host and port.
	base, host string
	version    int

	session atomic.Pointer[session]
	// until is when patience ends, in Unix milliseconds.
	until atomic.Int64

	// The reader's own: the current window of frames.
	windowStart time.Time
	frames      int

	mu      sync.Mutex
	queue   []frame
	queued  int // bytes
	writing bool
	closed  bool
	// final is the close frame that is written after the queue.
	final []byte
}

func newConnection(g *Gateway, socket *websocket.Conn, r *http.Request) *connection {
	c := &connection{gateway: g, socket: socket, raw: socket.NetConn(), base: route.BaseURL(r, "ws"), host: r.Host,
		client: chat.Client{Address: route.PeerAddress(r), UserAgent: r.UserAgent()}}
	c.until.Store(g.Now().Add(identifyPatience).UnixMilli())
	// Everything that is written goes through our own queue; the library must not write by itself.
	socket.SetPingHandler(func(data string) error {
		c.send(frame{raw: controlFrame(websocket.PongMessage, []byte(data))})
		return nil
	})
	socket.SetCloseHandler(func(int, string) error { return nil })
	return c
}

func (c *connection) deadline() time.Time { return time.UnixMilli(c.until.Load()) }

// run reads frames until the connection ends.
func (c *connection) run(version, encoding string) {
	defer c.gateway.dropConnection(c)
	err := c.open(version, encoding)
	if err == nil {
		err = c.read()
	}
	if failure, ok := errors.AsType[*closing](err); ok {
		c.shut(failure.code, failure.reason)
	} else {
		c.shut(websocket.CloseNormalClosure, "")
	}
	if s := c.session.Load(); s != nil {
		// 1000 and 1001 say that the client is done; anything else that it may come back.
		c.gateway.detach(s, c, websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway))
	}
}

func (c *connection) open(version, encoding string) error {
	// The first frame is HELLO, even where a close follows: discordgo expects it.
	c.sendOp(wire.OpHello, wire.Hello{HeartbeatInterval: int(heartbeatInterval / time.Millisecond)})
	switch version {
	case "", "10":
		c.version = 10
	case "9":
		c.version = 9
	default:
		return &closing{closeVersion, "this gateway speaks versions 9 and 10"}
	}
	if encoding != "" && encoding != "json" {
		return &closing{closeDecode, "this gateway speaks JSON only"}
	}
	return nil
}

var readBuffers = sync.Pool{New: func() any { return bytes.NewBuffer(make([]byte, 0, 1024)) }}

func (c *connection) read() error {
	for {
		_, reader, err := c.socket.NextReader()
		if err != nil {
			return err
		}
		buffer := readBuffers.Get().(*bytes.Buffer)
		buffer.Reset()
		_, err = buffer.ReadFrom(io.LimitReader(reader, maxFrame+1))
		switch {
		case err != nil:
		case buffer.Len() > maxFrame:
			err = &closing{closeDecode, "this frame is too large"}
		default:
			err = c.receive(buffer.Bytes())
		}
		readBuffers.Put(buffer)
		if err != nil {
			return err
		}
	}
}

// receive acts on one frame. The text is only good until it returns.
func (c *connection) receive(text []byte) error {
	if err := c.countFrame(); err != nil {
		return err
	}
	var received wire.ClientFrame
	if err := json.Unmarshal(text, &received); err != nil || received.Op == nil {
		return &closing{closeDecode, "this frame cannot be decoded"}
	}
	method, ok := c.gateway.methods[*received.Op]
	if !ok {
		if c.session.Load() == nil {
			return &closing{closeNotIdentified, "identify first"}
		}
		return &closing{closeOpcode, "there is no such opcode"}
	}
	return method(c, received.Data)
}

func (c *connection) countFrame() error {
	if c.gateway.NoRateLimits {
		return nil
	}
	now := c.gateway.Now()
	if now.Sub(c.windowStart) >= framesWindow {
		c.windowStart, c.frames = now, 0
	}
	if c.frames++; c.frames > maxFrames {
		return &closing{closeRate, "too many frames"}
	}
	return nil
}

// send queues a frame; a writer is started when none runs. It tells whether the frame was taken: a connection that is closed, or that cannot keep up, takes none.
func (c *connection) send(f frame) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	if f.dispatch() && len(c.queue) > 0 && (len(c.queue) >= maxQueued || c.queued+f.size() > maxQueuedBytes) {
		c.closeLocked(closeUnknown, "this client does not keep up")
		c.queue, c.queued = nil, 0 // it resumes from the replay buffer
		return false
	}
	c.queue = append(c.queue, f)
	c.queued += f.size()
	c.startWriter()
	return true
}

// startWriter lets a writer run while there is something to write. The lock is held.
func (c *connection) startWriter() {
	if !c.writing {
		c.writing = true
		c.gateway.work.Go(c.write) // the reader, which is counted too, or a session's sender holds the gateway open
	}
}

var writeBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// write drains the queue, many frames with one call, and then ends.
func (c *connection) write() {
	buffer := writeBuffers.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= 4*coalesce {
			buffer.Reset()
			writeBuffers.Put(buffer)
		}
	}()
	var batch []frame
	for {
		c.mu.Lock()
		if len(c.queue) == 0 {
			c.writing = false
			final := c.final
			c.final = nil
			if cap(batch) <= 64 {
				c.queue = batch[:0] // keep a small one for the next time
			}
			c.mu.Unlock()
			if final != nil {
				c.finish(final)
			}
			return
		}
		batch, c.queue, c.queued = c.queue, batch[:0], 0
		c.mu.Unlock()
		if err := c.writeBatch(batch, buffer); err != nil {
			c.mu.Lock()
			c.closed, c.writing, c.queue, c.final = true, false, nil, nil
			c.mu.Unlock()
			_ = c.raw.Close() // the reader ends, and everything with it
			return
		}
		clear(batch)
	}
}

func (c *connection) writeBatch(batch []frame, buffer *bytes.Buffer) error {
	buffer.Reset()
	for i := range batch {
		batch[i].appendTo(buffer)
		if buffer.Len() < coalesce && i < len(batch)-1 {
			continue
		}
		if err := c.raw.SetWriteDeadline(time.Now().Add(writePatience)); err != nil {
			return err
		}
		if _, err := c.raw.Write(buffer.Bytes()); err != nil {
			return err
		}
		buffer.Reset()
	}
	return nil
}

// finish writes the close frame and closes.
func (c *connection) finish(final []byte) {
	if err := c.raw.SetWriteDeadline(time.Now().Add(writePatience)); err == nil {
		_, _ = c.raw.Write(final) // the client may be gone already
	}
	_ = c.raw.Close()
}

// shut closes the connection after what is queued was written.
func (c *connection) shut(code closeCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(code, reason)
}

func (c *connection) closeLocked(code closeCode, reason string) {
	if c.closed {
		return
	}
	c.closed = true
	c.final = controlFrame(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), reason))
	c.startWriter()
}

// sendOp sends a frame that is not a dispatch.
func (c *connection) sendOp(op wire.Opcode, data any) {
	text, err := json.Marshal(wire.ServerFrame{Op: op, Data: data})
	if err != nil {
		c.gateway.Log.Error("a gateway frame cannot be encoded", "op", op, "error", err)
		return
	}
	c.send(frame{raw: appendTextFrame(nil, text)})
}

// frame is something to be written: a dispatch made of the session's sequence number and a body that sessions share, or a whole WebSocket frame.
type frame struct {
	sequence int64
	body     *body
	raw      []byte
}

func (f frame) dispatch() bool { return f.body != nil }

func (f frame) size() int {
	if f.body != nil {
		return len(f.body.text) + 32
	}
	return len(f.raw)
}

// dispatchHead begins every dispatch. The sequence number comes first, so that the rest can be shared.
const dispatchHead = `{"op":0,"s":`

func (f frame) appendTo(buffer *bytes.Buffer) {
	if f.body == nil {
		buffer.Write(f.raw)
		return
	}
	var digits [20]byte
	number := strconv.AppendInt(digits[:0], f.sequence, 10)
	var head [10]byte
	buffer.Write(appendHeader(head[:0], websocket.TextMessage, len(dispatchHead)+len(number)+len(f.body.text)))
	buffer.WriteString(dispatchHead)
	buffer.Write(number)
	buffer.Write(f.body.text)
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

func appendTextFrame(to, text []byte) []byte {
	return append(appendHeader(to, websocket.TextMessage, len(text)), text...)
}

// maxControl is the longest payload of a control frame (RFC 6455, section 5.5).
const maxControl = 125

func controlFrame(opcode int, data []byte) []byte {
	data = data[:min(len(data), maxControl)]
	return append(appendHeader(nil, opcode, len(data)), data...)
}
