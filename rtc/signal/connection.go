package signal

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

const (
	// identifyTimeout is how long a new connection may take to identify or resume.
	identifyTimeout = 30 * time.Second
	// missedHeartbeats is after how many intervals without a heartbeat a connection is given up.
	missedHeartbeats = 2
	// maxFrame is the largest frame from a client in bytes: one may hold an SDP.
	maxFrame = 256 << 10
	// framesPerSecond and framesBurst bound how fast a client may send.
	framesPerSecond = 5
	framesBurst     = 120
	// maxOutgoing is how many frames may wait for a slow client before it is let go; it may resume.
	maxOutgoing = 512
	// writeTimeout is how long one frame may take to be written.
	writeTimeout = 10 * time.Second
	// closeTimeout is how long a client may take to receive and answer the close frame.
	closeTimeout = 2 * time.Second
)

// connection is one WebSocket of the voice gateway.
type connection struct {
	server  *Server
	socket  *websocket.Conn
	version int
	reached []netip.AddrPort
	// ip is where bots find the media port.
	ip string
	// relay gives servers for a stay; nil when there are none.
	relay  func() ([]ICEServer, func())
	frames *rate.Limiter

	// session belongs to the reader.
	session *session

	// outgoing are the frames that wait for the writer; it is closed when the connection is to be closed.
	outgoing chan serverFrame
	// written is closed when the writer has ended.
	written chan struct{}
	mu      sync.Mutex
	last    *closing
}

// closing is an error that closes the connection with a code.
type closing struct {
	code   CloseCode
	reason string
}

func (e *closing) Error() string { return fmt.Sprintf("close %d: %s", e.code, e.reason) }

func newConnection(s *Server, socket *websocket.Conn, version int, reached []netip.AddrPort) *connection {
	return &connection{server: s, socket: socket, version: version, reached: reached,
		frames: rate.NewLimiter(framesPerSecond, framesBurst), outgoing: make(chan serverFrame, maxOutgoing), written: make(chan struct{})}
}

// send queues a frame. It never waits: the room is locked while it tells everybody something.
func (c *connection) send(frame serverFrame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last != nil {
		return
	}
	select {
	case c.outgoing <- frame:
	default:
		c.end(&closing{CloseCrashed, "this client does not keep up"})
	}
}

// close closes the connection after what is queued was written.
func (c *connection) close(code CloseCode, reason string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.last == nil {
		c.end(&closing{code, reason})
	}
}

// end closes the queue; the writer says the last word. The lock is held.
func (c *connection) end(last *closing) {
	c.last = last
	close(c.outgoing)
	// A write that is stuck ends sooner now. Failing means that the connection is gone already.
	_ = c.socket.NetConn().SetWriteDeadline(time.Now().Add(closeTimeout))
}

// write writes frames until the connection is closed, and then says why. The reader closes the socket.
func (c *connection) write() {
	defer close(c.written)
	var err error
	for frame := range c.outgoing {
		if err == nil {
			err = c.writeFrame(frame)
		}
	}
	if err == nil {
		c.mu.Lock()
		message := websocket.FormatCloseMessage(int(c.last.code), c.last.reason)
		c.mu.Unlock()
		err = c.socket.WriteControl(websocket.CloseMessage, message, time.Now().Add(closeTimeout))
	}
	wait := closeTimeout
	if err != nil {
		wait = 0 // There is nobody to wait for.
	}
	_ = c.socket.NetConn().SetReadDeadline(time.Now().Add(wait))
}

// writeFrame writes one frame in the form of the client's version.
func (c *connection) writeFrame(frame serverFrame) error {
	if c.version < 8 {
		frame.Seq = 0
	}
	if speaking, ok := frame.Data.(Speaking); ok && c.version < 4 {
		frame.Data = SpeakingBoolean{speaking.UserID, speaking.SSRC, speaking.Speaking != 0}
	}
	text, err := json.Marshal(frame)
	if err != nil {
		return err
	}
	c.mu.Lock()
	if c.last == nil {
		err = c.socket.SetWriteDeadline(time.Now().Add(writeTimeout))
	} else {
		err = c.socket.SetWriteDeadline(time.Now().Add(closeTimeout))
	}
	c.mu.Unlock()
	if err == nil {
		err = c.socket.WriteMessage(websocket.TextMessage, text)
	}
	if err != nil {
		c.close(CloseCrashed, "nothing can be written")
		// The reader waits for a client that is not there.
		_ = c.socket.NetConn().SetReadDeadline(time.Unix(1, 0))
	}
	return err
}

// run reads frames until the connection ends.
func (c *connection) run() {
	defer func() { _ = c.socket.Close() }()
	c.send(serverFrame{Op: OpHello, Data: Hello{c.version, c.heartbeatInterval()}})
	err := c.greet()
	for err == nil {
		err = c.readFrame()
	}
	if c.session != nil {
		if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) && c.session.disconnect(c) {
			c.server.depart(c.session, CloseSession, "")
		} else {
			c.server.lost(c.session, c)
		}
	}
	switch failure, ok := errors.AsType[*closing](err); {
	case ok:
		c.close(failure.code, failure.reason)
	case isTimeout(err):
		c.close(CloseTimeout, "no heartbeat came")
	default:
		c.close(websocket.CloseNormalClosure, "")
	}
	<-c.written
	// Until the client has closed its side too, within the time that the writer has set: closing ours with something unread could destroy what it
	// has not read yet.
	_, _ = io.Copy(io.Discard, c.socket.NetConn())
}

// isTimeout tells whether a read deadline has passed.
func isTimeout(err error) bool {
	failure, ok := errors.AsType[net.Error](err)
	return ok && failure.Timeout()
}

// greet refuses versions that are not spoken, and gives the client time to identify.
func (c *connection) greet() error {
	if c.version < oldestVersion || c.version > newestVersion {
		return &closing{CloseProtocol, fmt.Sprintf("versions %d to %d are spoken here", oldestVersion, newestVersion)}
	}
	return c.socket.SetReadDeadline(time.Now().Add(identifyTimeout))
}

// alive gives the client time until its next heartbeat.
func (c *connection) alive() error {
	return c.socket.SetReadDeadline(time.Now().Add(missedHeartbeats * c.server.options.HeartbeatInterval))
}

// heartbeatInterval is in milliseconds, as the protocol has it.
func (c *connection) heartbeatInterval() int {
	return int(c.server.options.HeartbeatInterval / time.Millisecond)
}

func (c *connection) readFrame() error {
	kind, reader, err := c.socket.NextReader()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxFrame+1))
	switch {
	case err != nil:
		return err
	case c.isClosed():
		return errClosed
	case !c.frames.Allow():
		return &closing{CloseRate, "too many frames"}
	case len(text) > maxFrame:
		return &closing{CloseDecode, "this frame is too large"}
	case kind != websocket.TextMessage:
		return &closing{CloseDecode, "frames are JSON text"}
	}
	return c.handle(text)
}

// errClosed says that the connection is closed from this side.
var errClosed = errors.New("the connection is being closed")

func (c *connection) isClosed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last != nil
}
