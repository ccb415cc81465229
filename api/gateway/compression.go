package gateway

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
)

// CompressionLimits are how many connections may be compressed at a time, of each kind; none where the limit is zero. A client beyond them gets text, which the contract
// allows: whoever asks for compression understands both, because text and binary messages are told apart by WebSocket.
type CompressionLimits struct {
	// Zlib connections take about 8 KiB each, Zstd ones about half a MiB.
	Zlib, Zstd int
}

// packer compresses the messages of one connection as one stream. The connection's writer alone uses it.
type packer interface {
	// pack appends one message, of which head and tail are the text, in a form that can be read as soon as it has come.
	pack(to *bytes.Buffer, head, tail []byte) error
}

// compressionKind makes packers of one kind, as many at a time as its limit allows.
type compressionKind struct {
	limit int64
	taken atomic.Int64
	make  func() (packer, error)
}

// compressionKinds are named as clients ask for them (wire contract, section 3).
func compressionKinds(limits CompressionLimits) map[string]*compressionKind {
	return map[string]*compressionKind{
		"zlib-stream": {limit: int64(limits.Zlib), make: func() (packer, error) { return new(zlibStream), nil }},
		"zstd-stream": {limit: int64(limits.Zstd), make: newZstdStream},
	}
}

// compress gives the connection a packer, if it asks for one and there is room. giveBack has to be called once the writer has ended for good.
func (c *connection) compress(asked string) error {
	kind, known := c.gateway.compressions[asked]
	if !known {
		return nil
	}
	if kind.taken.Add(1) > kind.limit {
		kind.taken.Add(-1)
		return nil
	}
	made, err := kind.make()
	if err != nil {
		kind.taken.Add(-1)
		return fmt.Errorf("begin %s: %w", asked, err)
	}
	c.packer, c.compression = made, kind
	return nil
}

func (c *connection) giveBack() {
	if c.compression != nil {
		c.packer = nil
		c.compression.taken.Add(-1)
		c.compression = nil
	}
}

// compressed counts the connections that are compressed.
func (g *Gateway) compressed() (count int) {
	for _, kind := range g.compressions {
		count += int(kind.taken.Load())
	}
	return count
}

// zlibStream is one zlib stream (RFC 1950) that never ends. The usual encoders keep more than half a MiB of tables for each stream; this one keeps only what it may refer
// back to, and its tables are shared with others: they are made anew for every message.
type zlibStream struct {
	// window is the latest text, at most zlibWindow bytes; nil before the first message.
	window []byte
}

// plainTexts are where messages are put together to be compressed.
var plainTexts = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const (
	// zlibWindow is how far the encoder refers back (flate.StatelessDeflate takes no more).
	zlibWindow = 8 << 10
	// zlibHeader says: deflate, at most 32 KiB of window, quickly compressed (RFC 1950, section 2.2).
	zlibHeader = "\x78\x01"
)

// pack ends every message with an empty stored block (RFC 1951, section 3.2.4), 00 00 ff ff, by which clients know its end.
func (z *zlibStream) pack(to *bytes.Buffer, head, tail []byte) error {
	if z.window == nil {
		to.WriteString(zlibHeader)
	}
	text := plainTexts.Get().(*bytes.Buffer)
	defer func() {
		if text.Cap() <= maxPooled {
			text.Reset()
			plainTexts.Put(text)
		}
	}()
	text.Write(head)
	text.Write(tail)
	if err := flate.StatelessDeflate(to, text.Bytes(), false, z.window); err != nil {
		return err
	}
	z.remember(text.Bytes())
	return nil
}

func (z *zlibStream) remember(text []byte) {
	if z.window == nil {
		z.window = make([]byte, 0, zlibWindow)
	}
	text = text[max(0, len(text)-zlibWindow):]
	if over := len(z.window) + len(text) - zlibWindow; over > 0 {
		z.window = z.window[:copy(z.window, z.window[over:])]
	}
	z.window = append(z.window, text...)
}

// zstdStream is one Zstandard frame (RFC 8878) that never ends.
type zstdStream struct {
	encoder *zstd.Encoder
	out     redirect
}

// redirect lets the encoder write to the page of the moment.
type redirect struct{ to *bytes.Buffer }

func (r *redirect) Write(data []byte) (int, error) { return r.to.Write(data) }

// zstdWindow is how far the encoder refers back, in bytes.
const zstdWindow = 64 << 10

func newZstdStream() (packer, error) {
	made := new(zstdStream)
	var err error
	made.encoder, err = zstd.NewWriter(&made.out, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true),
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(false))
	return made, err
}

func (z *zstdStream) pack(to *bytes.Buffer, head, tail []byte) error {
	z.out.to = to
	defer func() { z.out.to = nil }()
	if _, err := z.encoder.Write(head); err != nil {
		return err
	}
	if _, err := z.encoder.Write(tail); err != nil {
		return err
	}
	return z.encoder.Flush()
}

// packFrames adds whole frames to the page, and those that are messages compressed: control frames stay as they are (RFC 6455, section 5.5).
func (p *page) packFrames(with packer, frames []byte) error {
	for len(frames) > 0 {
		opcode, header, length := readOwnHeader(frames)
		frame := frames[:header+length]
		frames = frames[header+length:]
		if opcode != websocket.TextMessage {
			p.buffer.Write(frame)
			continue
		}
		if err := p.packMessage(with, frame[header:], nil); err != nil {
			return err
		}
	}
	return nil
}

// packMessage adds one message to the page, compressed.
func (p *page) packMessage(with packer, head, tail []byte) error {
	p.packed.Reset()
	if err := with.pack(&p.packed, head, tail); err != nil {
		return err
	}
	var scratch [frameOverhead]byte
	p.buffer.Write(appendHeader(scratch[:0], websocket.BinaryMessage, p.packed.Len()))
	p.buffer.Write(p.packed.Bytes())
	return nil
}
