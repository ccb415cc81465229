package gateway

import (
	"bytes"
	"encoding/json"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"guildhall/api/wire"
)

const (
	// writePatience is how long one write may take before the client counts as gone. The deadline is set anew only when less than deadlineSlack of it is over, so that
	// the patience is between these two and a busy connection does not set it for every write.
	writePatience = 20 * time.Second
	deadlineSlack = 5 * time.Second
	// coalesced is about how much is written with one call, and batched how many dispatches at the most.
	coalesced = 64 << 10
	batched   = 512
	// maxReplies bounds what is queued of replies to a client that asks without reading them, in bytes.
	maxReplies = 64 << 10
)

// output is the writing half of a connection. There is no standing goroutine: a writer is started when there is something to write, and ends when there is nothing
// left.
type output struct {
	mu sync.Mutex
	// replies are whole frames that are not dispatches; final is the close frame, which is written last.
	replies, final []byte
	// writing tells that there is a writer, more that it has to look again before it ends.
	writing, more bool
	// shutting tells that final is to be written, at once that it does not wait for what is queued, done that nothing is written any more.
	shutting, atOnce, done bool
	// writer is done when there is none.
	writer sync.WaitGroup

	// deadline is when the write deadline ends that was set last. It is the writer's own.
	deadlineAt time.Time
}

// wake sees to it that what is queued gets written.
func (c *connection) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakeLocked()
}

func (c *connection) wakeLocked() {
	switch {
	case c.done:
	case c.writing:
		c.more = true
	default:
		c.writing = true
		c.writer.Add(1)
		go c.write()
	}
}

// sendRaw queues a whole frame. A client that goes on asking without reading the answers is closed.
func (c *connection) sendRaw(frame []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shutting {
		return
	}
	if len(c.replies)+len(frame) > maxReplies {
		c.shutLocked(closeUnknown, "this client does not read what it asks for", true)
		return
	}
	c.replies = append(c.replies, frame...)
	c.wakeLocked()
}

// sendOp sends a frame that is not a dispatch.
func (c *connection) sendOp(op wire.Opcode, data any) {
	text, err := json.Marshal(wire.ServerFrame{Op: op, Data: data})
	if err != nil {
		c.gateway.Log.Error("a gateway frame cannot be encoded", "op", op, "error", err)
		return
	}
	c.sendRaw(append(appendHeader(make([]byte, 0, len(text)+10), websocket.TextMessage, len(text)), text...))
}

// acknowledgement answers every heartbeat.
var acknowledgement = func() []byte {
	const text = `{"op":11,"d":null,"s":null,"t":null}`
	return append(appendHeader(nil, websocket.TextMessage, len(text)), text...)
}()

// shut closes the connection after what is queued was written.
func (c *connection) shut(code closeCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shutLocked(code, reason, false)
}

// abandon closes a connection without writing what is queued: its session replays it. It tells false when the connection was closing already.
func (c *connection) abandon(reason string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shutLocked(closeUnknown, reason, true)
}

func (c *connection) shutLocked(code closeCode, reason string, atOnce bool) bool {
	if c.shutting {
		return false
	}
	c.shutting, c.atOnce = true, atOnce
	c.final = controlFrame(websocket.CloseMessage, websocket.FormatCloseMessage(int(code), reason))
	c.wakeLocked()
	return true
}

func (c *connection) isShut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shutting
}

// page is what a writer works with.
type page struct {
	buffer bytes.Buffer
	batch  []*body
	// replies and packed are for connections that are compressed: frames that wait to be, and a message that was.
	replies []byte
	packed  bytes.Buffer
	// first is the sequence number of the first of batch.
	first int64
}

var pages = sync.Pool{New: func() any { return new(page) }}

// maxPooled is the largest buffer that is kept for the next writer.
const maxPooled = 4 * coalesced

func (p *page) release() {
	clear(p.batch)
	p.batch = p.batch[:0]
	if p.buffer.Cap() <= maxPooled && p.packed.Cap() <= maxPooled {
		p.buffer.Reset()
		p.packed.Reset()
		pages.Put(p)
	}
}

// write writes what is queued, many frames with one call, and ends when there is nothing left.
func (c *connection) write() {
	defer c.writer.Done()
	p := pages.Get().(*page)
	defer p.release()
	for {
		last, err := c.gather(p)
		if err == nil && p.buffer.Len() == 0 {
			if c.rest() {
				return
			}
			continue
		}
		if err == nil {
			err = c.flush(p.buffer.Bytes())
		}
		if err != nil {
			c.stopWriting()
			_ = c.raw.Close() // the reader ends, and everything with it
			return
		}
		if last {
			c.stopWriting()
			c.closeWrite()
			return
		}
	}
}

// gather fills the page with what is queued. It tells true when the close frame is in it, which nothing follows. Compression is done here, by the writer and without
// any lock.
func (c *connection) gather(p *page) (last bool, err error) {
	p.buffer.Reset()
	p.replies = p.replies[:0]
	c.mu.Lock()
	c.more = false
	last = c.shutting
	atOnce := c.atOnce
	switch {
	case atOnce:
	case c.packer != nil:
		p.replies = append(p.replies, c.replies...)
	default:
		p.buffer.Write(c.replies)
	}
	if cap(c.replies) > keptReplies {
		c.replies = nil
	}
	c.replies = c.replies[:0]
	c.mu.Unlock()
	if err := p.packFrames(c.packer, p.replies); err != nil {
		return false, err
	}
	if s := c.session.Load(); s != nil && !atOnce {
		s.take(c, p)
		for i, b := range p.batch {
			if err := p.addDispatch(c.packer, p.first+int64(i), b); err != nil {
				return false, err
			}
		}
	}
	if last {
		p.buffer.Write(c.final)
	}
	return last, nil
}

// keptReplies is the largest buffer for replies that an idle connection keeps.
const keptReplies = 128

// rest ends the writer, unless something came since it looked.
func (c *connection) rest() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.more || c.shutting {
		return false
	}
	c.writing = false
	return true
}

func (c *connection) flush(data []byte) error {
	if now := time.Now(); c.deadlineAt.Sub(now) < writePatience-deadlineSlack {
		c.deadlineAt = now.Add(writePatience)
		if err := c.raw.SetWriteDeadline(c.deadlineAt); err != nil {
			return err
		}
	}
	_, err := c.raw.Write(data)
	return err
}

// stopWriting ends writing for good.
func (c *connection) stopWriting() {
	c.mu.Lock()
	c.shutting, c.done, c.writing, c.replies = true, true, false, nil
	c.mu.Unlock()
	if s := c.session.Load(); s != nil {
		s.makeRoom(c) // who waits for it sees that the connection is shut
	}
}

// closeWrite tells the client that nothing follows, and bounds how long its answer may take.
func (c *connection) closeWrite() {
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // if it fails, the deadline ends the connection
	}
	if err := c.raw.SetReadDeadline(time.Now().Add(c.patienceAfterClose())); err != nil {
		_ = c.raw.Close()
	}
}

// dispatchHead begins every dispatch. The sequence number comes first, so that the rest can be shared.
const dispatchHead = `{"op":0,"s":`

// addDispatch adds a dispatch to the page, compressed where there is something to compress it with.
func (p *page) addDispatch(with packer, sequence int64, b *body) error {
	if with == nil {
		appendDispatch(&p.buffer, sequence, b)
		return nil
	}
	var scratch [frameOverhead]byte
	return p.packMessage(with, strconv.AppendInt(append(scratch[:0], dispatchHead...), sequence, 10), b.text)
}

func appendDispatch(buffer *bytes.Buffer, sequence int64, b *body) {
	// All digits of the number are needed before the header, which has the length.
	var scratch [frameOverhead]byte
	number := strconv.AppendInt(scratch[10:10], sequence, 10)
	buffer.Write(appendHeader(scratch[:0], websocket.TextMessage, len(dispatchHead)+len(number)+len(b.text)))
	buffer.WriteString(dispatchHead)
	buffer.Write(number)
	buffer.Write(b.text)
}
