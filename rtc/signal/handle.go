package signal

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"guildhall/rtc/sfu"
)

// handler acts on one kind of frame.
type handler struct {
	handle func(*connection, []byte) error
	// before tells that the frame may come before IDENTIFY.
	before bool
}

// handlers are the frames that clients may send.
var handlers = map[Opcode]handler{
	OpIdentify:       {(*connection).identify, true},
	OpResume:         {(*connection).resume, true},
	OpHeartbeat:      {(*connection).heartbeat, true},
	OpSelectProtocol: {(*connection).selectProtocol, false},
	OpSpeaking:       {(*connection).speaking, false},
	OpVideo:          {(*connection).video, false},
	OpMediaSinkWants: {(*connection).mediaSinkWants, false},
	OpBackendVersion: {(*connection).backendVersion, false},
	OpClientFlags:    {(*connection).passOver, false},
	OpClientPlatform: {(*connection).passOver, false},
}

// handle acts on one frame.
func (c *connection) handle(text []byte) error {
	var frame clientFrame
	if err := json.Unmarshal(text, &frame); err != nil || frame.Op == nil {
		return &closing{CloseDecode, "this frame cannot be decoded"}
	}
	handler, known := handlers[*frame.Op]
	switch {
	case !known:
		return &closing{CloseOpcode, "there is no such opcode"}
	case c.session == nil && !handler.before:
		return &closing{CloseNotIdentified, "identify first"}
	}
	return handler.handle(c, frame.Data)
}

// decode reads a frame's payload.
func decode(data []byte, into any) error {
	if err := json.Unmarshal(data, into); err != nil {
		return &closing{CloseDecode, "the payload of this frame cannot be decoded"}
	}
	return nil
}

// identify lets a client into the room that its claim is good for.
func (c *connection) identify(data []byte) error {
	if c.session != nil {
		return &closing{CloseIdentified, "this connection has identified already"}
	}
	var request Identify
	if err := decode(data, &request); err != nil {
		return err
	}
	servers := []ICEServer{}
	if err := c.server.admit(Claim(request), func(grant Grant) (err error) {
		if c.session, err = c.server.join(c, grant); err == nil && c.relay != nil {
			servers, c.session.endRelay = c.relay()
		}
		return err
	}); err != nil {
		return c.refused(err)
	}
	c.session.release(&serverFrame{Op: OpReady, Data: Ready{SSRC: c.session.ssrc, IP: c.ip, Port: c.server.options.Port, Modes: c.server.modes(),
		HeartbeatInterval: c.heartbeatInterval(), Experiments: []string{}, Streams: []Stream{}, ICEServers: servers}})
	return c.alive()
}

// refused makes a close code of what kept somebody from joining.
func (c *connection) refused(err error) error {
	if known, ok := errors.AsType[*closing](err); ok {
		return known
	}
	c.server.options.Log.Warn("somebody could not join a voice room", "error", err)
	return &closing{CloseServer, "the hall could not let you in"}
}

// resume gives a client whose connection broke its session back.
func (c *connection) resume(data []byte) error {
	if c.session != nil {
		return &closing{CloseIdentified, "this connection has identified already"}
	}
	var request Resume
	if err := decode(data, &request); err != nil {
		return err
	}
	gone := &closing{CloseSession, "this voice session has ended"}
	c.server.mu.Lock()
	session := c.server.resumable[resumption{request.ServerID, request.SessionID}]
	c.server.mu.Unlock()
	if session == nil {
		return gone
	}
	claim := Claim{ServerID: request.ServerID, UserID: session.grant.UserID, SessionID: request.SessionID, Token: request.Token}
	err := c.server.admit(claim, func(grant Grant) error {
		if session.ended || session.grant.RoomID != grant.RoomID || !session.resume(c, request.SeqAck) {
			return gone
		}
		session.grant.State = grant.State
		session.peer.SetState(grant.State)
		c.server.watch(session)
		c.session = session
		return nil
	})
	if err != nil {
		return gone
	}
	return c.alive()
}

// heartbeat answers in the form in which it was asked.
func (c *connection) heartbeat(data []byte) error {
	if c.session != nil {
		if err := c.alive(); err != nil {
			return err
		}
	}
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
		var beat Heartbeat
		if err := decode(data, &beat); err != nil {
			return err
		}
		if beat.Time == "" {
			beat.Time = "0"
		}
		c.send(serverFrame{Op: OpHeartbeatAck, Data: HeartbeatAck{beat.Time}})
		return nil
	}
	var nonce *json.Number
	if err := decode(data, &nonce); err != nil {
		return err
	}
	if nonce != nil && *nonce == "" {
		return &closing{CloseDecode, "a heartbeat is a number"}
	}
	c.send(serverFrame{Op: OpHeartbeatAck, Data: nonce})
	return nil
}

// selectProtocol takes how media is to flow: once, or for WebRTC as often as there is something new to agree on.
func (c *connection) selectProtocol(data []byte) error {
	var request SelectProtocol
	if err := decode(data, &request); err != nil {
		return err
	}
	switch request.Protocol {
	case "webrtc":
		return c.selectWebRTC(request.Data)
	case "udp":
		return c.selectUDP(request.Data)
	}
	return &closing{CloseProtocol, "the protocols webrtc and udp are spoken here"}
}

// selectWebRTC answers an offer.
func (c *connection) selectWebRTC(data json.RawMessage) error {
	offer, err := offerIn(data)
	if err != nil {
		return err
	}
	if c.session.link != nil {
		c.session.link.close() // This is no bot.
	}
	c.session.hold()
	answer, err := c.session.peer.Answer(offer, c.reached...)
	if err != nil {
		c.session.release(nil)
		return c.unanswered(err)
	}
	c.session.release(&serverFrame{Op: OpSessionDescription, Data: SessionDescription{SDP: answer, AudioCodec: "opus", VideoCodec: string(c.session.peer.Codec()), MediaSessionID: c.session.mediaID}})
	return nil
}

// unanswered makes a close code of what kept an offer from being answered.
func (c *connection) unanswered(err error) error {
	switch {
	case errors.Is(err, sfu.ErrOffer):
		return &closing{CloseDecode, shorten(err.Error())}
	case errors.Is(err, sfu.ErrLeft):
		return &closing{CloseSession, "this voice session has ended"}
	default:
		c.server.options.Log.Error("an offer could not be answered", "user", c.session.grant.UserID, "error", err)
		return &closing{CloseCrashed, "the media server failed"}
	}
}

// shorten makes a reason fit in a close frame, which holds 123 bytes of it (RFC 6455 section 5.5).
func shorten(reason string) string {
	const most = 123
	if len(reason) > most {
		reason = strings.ToValidUTF8(reason[:most], "")
	}
	return reason
}

// offerIn takes a complete SDP out of SELECT_PROTOCOL's data: a text, or the sdp of an object.
func offerIn(data json.RawMessage) (offer string, err error) {
	if len(data) > 0 && data[0] == '{' {
		var object struct {
			SDP string `json:"sdp"`
		}
		err = decode(data, &object)
		offer = object.SDP
	} else {
		err = decode(data, &offer)
	}
	if err != nil {
		return "", err
	}
	if !strings.HasPrefix(offer, "v=0") {
		return "", &closing{CloseProtocol, "send a complete SDP offer"}
	}
	return offer, nil
}

// speaking takes what a client says of its speaking: bits, or a boolean.
func (c *connection) speaking(data []byte) error {
	var request struct {
		Speaking json.RawMessage `json:"speaking"`
	}
	if err := decode(data, &request); err != nil {
		return err
	}
	var flags uint8
	switch text := string(request.Speaking); text {
	case "true":
		flags = uint8(sfu.SpeakingMicrophone)
	case "false":
	default:
		if err := decode(request.Speaking, &flags); err != nil {
			return err
		}
	}
	c.session.peer.Speak(sfu.SpeakingFlags(flags))
	return nil
}

func (c *connection) backendVersion([]byte) error {
	c.send(serverFrame{Op: OpBackendVersion, Data: BackendVersion{Voice: c.server.options.Version, RTCWorker: c.server.options.Version}})
	return nil
}

// passOver takes frames that change nothing here.
func (c *connection) passOver([]byte) error { return nil }
