package signal

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// connection is one WebSocket of the voice gateway.
type connection struct {
	server  *Server
	socket  *websocket.Conn
	version int
	reached netip.Addr

	// The reader's own.
	participant *participant
	windowStart time.Time
	frames      int

	// outgoing are the frames that wait for the writer; the last one closes.
	outgoing chan serverFrame
	mu       sync.Mutex
	ended    bool
	last     *closing
}

// maxOutgoing is how many frames may wait for a slow client before it is let go; it may resume.
const maxOutgoing = 256

// write writes frames until the connection is closed.
func (c *connection) write() {
	for frame := range c.outgoing {
		err := c.socket.SetWriteDeadline(time.Now().Add(writePatience))
		if err == nil {
			err = c.socket.WriteJSON(frame)
		}
		if err != nil {
			_ = c.socket.Close() // the reader ends, and closes outgoing
		}
	}
	c.mu.Lock()
	last := c.last
	c.mu.Unlock()
	message := websocket.FormatCloseMessage(int(last.code), last.reason)
	_ = c.socket.WriteControl(websocket.CloseMessage, message, time.Now().Add(writePatience)) // the client may be gone already
	_ = c.socket.Close()
}

// closing is an error that closes the connection with a code.
type closing struct {
	code   CloseCode
	reason string
}

func (e *closing) Error() string { return fmt.Sprintf("close %d: %s", e.code, e.reason) }

// run reads frames until the connection ends.
func (c *connection) run() {
	c.send(serverFrame{Op: OpHello, Data: Hello{c.version, int(heartbeatInterval / time.Millisecond)}})
	err := c.socket.SetReadDeadline(time.Now().Add(identifyPatience))
	for err == nil {
		err = c.readFrame()
	}
	p := c.participant
	done := websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway)
	var timeout interface{ Timeout() bool }
	switch failure, ok := errors.AsType[*closing](err); {
	case ok:
		c.close(failure.code, failure.reason)
	case errors.As(err, &timeout) && timeout.Timeout():
		c.close(CloseTimeout, "no heartbeat came")
	default:
		c.close(websocket.CloseNormalClosure, "")
	}
	switch {
	case p == nil:
	case done:
		c.server.leaveIfStill(p, c)
	default:
		p.lost(c)
	}
}

// leaveIfStill ends the stay of a client that said goodbye, unless it goes on elsewhere.
func (s *Server) leaveIfStill(p *participant, c *connection) {
	p.mu.Lock()
	still := p.connection == c
	p.mu.Unlock()
	if still {
		s.leave(p)
	}
}

func (c *connection) readFrame() error {
	_, reader, err := c.socket.NextReader()
	if err != nil {
		return err
	}
	text, err := io.ReadAll(io.LimitReader(reader, maxFrame+1))
	switch {
	case err != nil:
		return err
	case len(text) > maxFrame:
		return &closing{CloseDecode, "this frame is too large"}
	}
	now := time.Now()
	if now.Sub(c.windowStart) >= framesWindow {
		c.windowStart, c.frames = now, 0
	}
	if c.frames++; c.frames > maxFrames {
		return &closing{CloseRate, "too many frames"}
	}
	return c.receive(text)
}

// receive acts on one frame.
func (c *connection) receive(text []byte) error {
	var frame clientFrame
	if err := json.Unmarshal(text, &frame); err != nil || frame.Op == nil {
		return &closing{CloseDecode, "this frame cannot be decoded"}
	}
	switch *frame.Op {
	case OpIdentify:
		return c.identify(frame.Data)
	case OpResume:
		return c.resume(frame.Data)
	case OpHeartbeat:
		return c.heartbeat(frame.Data)
	}
	if c.participant == nil {
		return &closing{CloseNotIdentified, "identify first"}
	}
	switch *frame.Op {
	case OpSelectProtocol:
		return c.selectProtocol(frame.Data)
	case OpBackendVersion:
		c.send(serverFrame{Op: OpBackendVersion, Data: BackendVersion{"guildhall", "guildhall"}})
	case OpSpeaking, OpVideo, OpMediaSinkWants, OpClientFlags, OpClientPlatform:
		// Who speaks is told by the packets themselves, and there is no video yet: nothing here changes what passes.
	default:
		return &closing{CloseOpcode, "there is no such opcode"}
	}
	return nil
}

// modes are the ciphers of the udp protocol, which this version does not bridge yet; libraries want the list all the same.
var modes = []string{"aead_aes256_gcm_rtpsize", "aead_xchacha20_poly1305_rtpsize"}

func (c *connection) identify(data []byte) error {
	if c.participant != nil {
		return &closing{CloseAlready, "this connection has identified already"}
	}
	var request Identify
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{CloseDecode, "this IDENTIFY cannot be decoded"}
	}
	grant, err := c.server.Authority.Admit(context.Background(), Claim{request.ServerID, request.UserID, request.SessionID, request.Token})
	if err != nil {
		return &closing{CloseAuth, "these credentials are not good"}
	}
	p, err := c.server.join(c, grant, request.Token)
	if err != nil {
		c.server.Log.Error("somebody could not join a voice room", "user", grant.UserID, "error", err)
		return &closing{CloseCrashed, "the hall could not let you in"}
	}
	c.participant = p
	if err := c.alive(); err != nil {
		return err
	}
	c.send(serverFrame{Op: OpReady, Data: Ready{SSRC: newSSRC(), IP: c.server.IP(), Port: c.server.Port, Modes: modes, HeartbeatInterval: int(heartbeatInterval / time.Millisecond),
		Experiments: []string{}, Streams: []string{}, ICEServers: []string{}}})
	if others := p.peer.Others(); len(others) > 0 {
		p.send(OpClientsConnect, ClientsConnect{others})
	}
	return nil
}

func (c *connection) resume(data []byte) error {
	if c.participant != nil {
		return &closing{CloseAlready, "this connection has identified already"}
	}
	var request Resume
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{CloseDecode, "this RESUME cannot be decoded"}
	}
	p := c.server.findBySession(request.ServerID, request.SessionID)
	if p == nil {
		return &closing{CloseSession, "this voice session has ended"}
	}
	if _, err := c.server.Authority.Admit(context.Background(), Claim{request.ServerID, p.grant.UserID, request.SessionID, request.Token}); err != nil {
		return &closing{CloseSession, "this voice session has ended"}
	}
	if !p.resume(c, request.SeqAck) {
		return &closing{CloseSession, "this voice session cannot be resumed"}
	}
	c.participant = p
	c.send(serverFrame{Op: OpResumed})
	return c.alive()
}

// alive prolongs the connection's patience.
func (c *connection) alive() error {
	return c.socket.SetReadDeadline(time.Now().Add(heartbeatPatience))
}

// heartbeat answers in the form in which it was asked.
func (c *connection) heartbeat(data []byte) error {
	if c.participant != nil {
		if err := c.alive(); err != nil {
			return err
		}
	}
	var beat Heartbeat
	if len(data) > 0 && data[0] == '{' {
		if err := json.Unmarshal(data, &beat); err != nil {
			return &closing{CloseDecode, "this heartbeat cannot be decoded"}
		}
		c.send(serverFrame{Op: OpHeartbeatAck, Data: Heartbeat{Time: number(beat.Time)}})
		return nil
	}
	var nonce json.Number
	if err := json.Unmarshal(data, &nonce); err != nil {
		return &closing{CloseDecode, "this heartbeat cannot be decoded"}
	}
	c.send(serverFrame{Op: OpHeartbeatAck, Data: number(nonce)})
	return nil
}

func number(text json.Number) json.Number {
	if text == "" {
		return "0"
	}
	return text
}

// selectProtocol answers an offer.
func (c *connection) selectProtocol(data []byte) error {
	var request SelectProtocol
	if err := json.Unmarshal(data, &request); err != nil {
		return &closing{CloseDecode, "this SELECT_PROTOCOL cannot be decoded"}
	}
	if request.Protocol != "webrtc" {
		return &closing{CloseProtocol, "this hall carries WebRTC only, yet"}
	}
	offer := request.SDP
	if len(request.Data) > 0 && request.Data[0] == '"' {
		if err := json.Unmarshal(request.Data, &offer); err != nil {
			return &closing{CloseDecode, "this offer cannot be decoded"}
		}
	} else if len(request.Data) > 0 && request.Data[0] == '{' {
		var inner struct {
			SDP string `json:"sdp"`
		}
		if err := json.Unmarshal(request.Data, &inner); err != nil {
			return &closing{CloseDecode, "this offer cannot be decoded"}
		}
		offer = inner.SDP
	}
	if !strings.HasPrefix(offer, "v=0") {
		return &closing{CloseProtocol, "send a complete SDP offer"}
	}
	answer, err := c.participant.peer.Answer(offer, c.reached)
	if err != nil {
		c.server.Log.Debug("an offer could not be answered", "user", c.participant.grant.UserID, "error", err)
		return &closing{CloseProtocol, "this offer cannot be answered"}
	}
	c.send(serverFrame{Op: OpSessionDescription, Data: SessionDescription{SDP: answer, AudioCodec: "opus", VideoCodec: "VP8", MediaSessionID: c.participant.grant.SessionID}})
	// Who is heard under which number, also for places that were given away since the answer was made.
	for userID, ssrc := range c.participant.peer.Streams() {
		c.participant.send(OpSpeaking, Speaking{UserID: userID, SSRC: ssrc})
	}
	return nil
}

// send queues a frame. It never waits: the room is locked while it tells everybody something.
func (c *connection) send(frame serverFrame) {
	if c.version < 8 {
		frame.Seq = nil
	}
	if speaking, ok := frame.Data.(Speaking); ok && c.version < 4 {
		frame.Data = OldSpeaking{speaking.UserID, speaking.SSRC, speaking.Speaking != 0}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
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
	if !c.ended {
		c.end(&closing{code, reason})
	}
}

// end closes the queue; the writer says the last word. The lock is held.
func (c *connection) end(last *closing) {
	c.ended, c.last = true, last
	close(c.outgoing)
}
