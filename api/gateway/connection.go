package gateway

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gorilla/websocket"

	"guildhall/api/route"
	"guildhall/api/wire"
)

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
	closeDisallowed    closeCode = 4014
)

// closing is an error that closes the connection with a code.
type closing struct {
	code   closeCode
	reason string
}

func (e *closing) Error() string { return fmt.Sprintf("close %d: %s", e.code, e.reason) }

// How a connection ends when it is we who end it: the client gets a moment to answer our close frame, and what it was still sending is read and thrown away.
// Closing over unread data would reset the connection, and the client might never see why.
const (
	lingerPatience         = 2 * time.Second
	lingerPatienceAtTheEnd = 250 * time.Millisecond
	lingerBytes            = 4 << 20
)

// connection is one WebSocket. It may carry one session after another.
type connection struct {
	gateway *Gateway
	raw     net.Conn
	// base is the address by which the client came, for the resume address; host is its host and port, for voice.
	base, host string
	version    int

	// packer compresses what is written, nil where nothing does; compression is where it came from. They are set before the first frame.
	packer      packer
	compression *compressionKind

	session atomic.Pointer[session]
	// until is when patience ends, in Unix milliseconds.
	until atomic.Int64

	// windowStart and frames count what came, and ahead is the first byte of what comes next; they are the reader's own.
	windowStart time.Time
	frames      int
	ahead       [1]byte

	// next is the sequence number of the dispatch that is to be written next; unsent and unsentAlone count the bytes from there on (the latter of what was
	// made for this session alone); late tells that the client has not yet caught up since it
	// resumed, and room is closed when something was written. The session's lock guards them.
	next                int64
	unsent, unsentAlone int
	late                bool
	room                chan struct{}

	output
}

func newConnection(g *Gateway, raw net.Conn, r *http.Request) *connection {
	c := &connection{gateway: g, raw: raw, base: strings.Clone(route.BaseURL(r, "ws")), host: hostAndPort(r)}
	c.until.Store(g.Now().Add(identifyPatience).UnixMilli())
	return c
}

// hostAndPort is where the client reached us, always with a port: discord.py cuts a voice endpoint at its last colon.
func hostAndPort(r *http.Request) string {
	if _, _, err := net.SplitHostPort(r.Host); err == nil {
		return strings.Clone(r.Host)
	}
	port := "80"
	if r.TLS != nil {
		port = "443"
	}
	return net.JoinHostPort(strings.Trim(r.Host, "[]"), port)
}

func (c *connection) deadline() time.Time { return time.UnixMilli(c.until.Load()) }

// alive prolongs the connection's patience.
func (c *connection) alive() { c.until.Store(c.gateway.Now().Add(heartbeatPatience).UnixMilli()) }

// begin says hello and reads.
func (c *connection) begin(version, encoding, compression string) {
	if err := c.open(version, encoding, compression); err != nil {
		c.end(err)
		c.gateway.work.Done()
		return
	}
	c.wait()
}

func (c *connection) open(version, encoding, compression string) error {
	if err := c.compress(compression); err != nil {
		c.gateway.Log.Error("a connection cannot be compressed", "error", err) // and gets text
	}
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

// wait waits until the client sends something. Most of what a connection costs while nothing happens is the stack of this goroutine, so that it calls next to nothing,
// and goes on in a goroutine with a fresh stack after each time that it called more.
func (c *connection) wait() {
	_, err := c.raw.Read(c.ahead[:])
	if err == nil {
		err = c.readWaiting()
	}
	if err == nil {
		go c.wait()
		return
	}
	c.end(err)
	c.gateway.work.Done()
}

var (
	readers     = sync.Pool{New: func() any { return bufio.NewReader(nil) }}
	readBuffers = sync.Pool{New: func() any { return new([]byte) }}
)

// readWaiting takes the messages that have come, of which ahead has the first byte.
//
//go:noinline
func (c *connection) readWaiting() error {
	reader, buffer := readers.Get().(*bufio.Reader), readBuffers.Get().(*[]byte)
	reader.Reset(io.MultiReader(bytes.NewReader(c.ahead[:]), c.raw))
	defer func() {
		reader.Reset(nil)
		readers.Put(reader)
		readBuffers.Put(buffer)
	}()
	for {
		text, err := readMessage(reader, *buffer, c.pong)
		*buffer = text
		if err != nil {
			return err
		}
		if !c.isShut() { // what comes after our close frame counts for nothing
			if err := c.receive(text); err != nil {
				return err
			}
		}
		if reader.Buffered() == 0 {
			return nil
		}
	}
}

func (c *connection) pong(payload []byte) {
	c.sendRaw(controlFrame(websocket.PongMessage, payload))
}

// receive acts on one frame. The text is only good until it returns.
func (c *connection) receive(text []byte) error {
	if err := c.countFrame(); err != nil {
		return err
	}
	if isHeartbeat(text) {
		return c.heartbeat(nil)
	}
	if !utf8.Valid(text) {
		return &closing{closeDecode, "this frame is no text"}
	}
	var received wire.ClientFrame
	if err := json.Unmarshal(text, &received); err != nil || received.Op == nil {
		return &closing{closeDecode, "this frame cannot be decoded"}
	}
	act, ok := c.gateway.methods[*received.Op]
	switch {
	case !ok && c.session.Load() == nil:
		return &closing{closeNotIdentified, "identify first"}
	case !ok:
		return &closing{closeOpcode, "there is no such opcode"}
	}
	return act(c, received.Data)
}

// isHeartbeat recognises heartbeats as libraries write them, op first. They are nearly all that idle clients send, and not worth a decoder; any other spelling
// goes through it.
func isHeartbeat(text []byte) bool {
	rest, ok := bytes.CutPrefix(text, []byte(`{"op":`))
	if !ok {
		return false
	}
	if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(`1,`)); !ok {
		return false
	}
	if rest, ok = bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(`"d":`)); !ok {
		return false
	}
	if rest, ok = bytes.CutSuffix(bytes.TrimLeft(rest, " "), []byte(`}`)); !ok {
		return false
	}
	if string(rest) == "null" {
		return true
	}
	for _, digit := range rest {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return len(rest) > 0 && (rest[0] != '0' || len(rest) == 1)
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

// end closes the connection after the reader ended with an error, and lets its session go.
func (c *connection) end(err error) {
	ours, isOurs := errors.AsType[*closing](err)
	if isOurs {
		c.shut(ours.code, ours.reason)
	} else {
		c.shut(websocket.CloseNormalClosure, "")
	}
	c.writer.Wait() // the close frame is written, or cannot be
	if isOurs {
		c.linger()
	}
	_ = c.raw.Close() // nothing is left to be said
	c.giveBack()
	c.gateway.dropConnection(c)
	if s := c.session.Load(); s != nil {
		// 1000 and 1001 say that the client is done; anything else that it may come back.
		left, isLeft := errors.AsType[*closedByClient](err)
		c.gateway.detach(s, c, isLeft && (left.code == websocket.CloseNormalClosure || left.code == websocket.CloseGoingAway))
	}
}

// linger reads what the client was still sending when we closed.
func (c *connection) linger() {
	if err := c.raw.SetReadDeadline(time.Now().Add(c.patienceAfterClose())); err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(c.raw, lingerBytes)) // until the client closes, or the deadline
}

func (c *connection) patienceAfterClose() time.Duration {
	if c.gateway.ended() {
		return lingerPatienceAtTheEnd
	}
	return lingerPatience
}
