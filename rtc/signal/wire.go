package signal

import (
	"encoding/json"

	"guildhall/store/id"
)

// Opcode says what a voice gateway frame is (https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice).
type Opcode int

// The opcodes.
const (
	OpIdentify           Opcode = 0
	OpSelectProtocol     Opcode = 1
	OpReady              Opcode = 2
	OpHeartbeat          Opcode = 3
	OpSessionDescription Opcode = 4
	OpSpeaking           Opcode = 5
	OpHeartbeatAck       Opcode = 6
	OpResume             Opcode = 7
	OpHello              Opcode = 8
	OpResumed            Opcode = 9
	OpClientsConnect     Opcode = 11
	OpVideo              Opcode = 12
	OpClientDisconnect   Opcode = 13
	OpSessionUpdate      Opcode = 14
	OpMediaSinkWants     Opcode = 15
	OpBackendVersion     Opcode = 16
	OpClientFlags        Opcode = 18
	OpClientPlatform     Opcode = 20
)

// CloseCode is a close code of the voice gateway.
type CloseCode int

// The close codes. After CloseTimeout and CloseCrashed a client resumes; after CloseSession it identifies anew; after the others it does not come
// back by itself.
const (
	CloseOpcode         CloseCode = 4001
	CloseDecode         CloseCode = 4002
	CloseNotIdentified  CloseCode = 4003
	CloseAuthentication CloseCode = 4004
	CloseIdentified     CloseCode = 4005
	CloseSession        CloseCode = 4006
	CloseTimeout        CloseCode = 4009
	CloseServer         CloseCode = 4011
	CloseProtocol       CloseCode = 4012
	// CloseDisconnected means that the client was taken out, or moved: it dials again only when it is told where.
	CloseDisconnected CloseCode = 4014
	// CloseCrashed means that the server goes away, or lets a slow client go.
	CloseCrashed CloseCode = 4015
	CloseMode    CloseCode = 4016
	CloseRate    CloseCode = 4021
	CloseCall    CloseCode = 4022
)

// clientFrame is a frame from a client.
type clientFrame struct {
	Op   *Opcode         `json:"op"`
	Data json.RawMessage `json:"d"`
}

// serverFrame is a frame to a client. Seq numbers what a RESUME brings again, from version 8 on.
type serverFrame struct {
	Op   Opcode `json:"op"`
	Data any    `json:"d"`
	Seq  int    `json:"seq,omitempty"`
}

// Hello is the payload of op 8, the first frame.
type Hello struct {
	Version int `json:"v"`
	// HeartbeatInterval is in milliseconds.
	HeartbeatInterval int `json:"heartbeat_interval"`
}

// Identify is the payload of op 0.
type Identify struct {
	ServerID  id.ID  `json:"server_id"`
	UserID    id.ID  `json:"user_id"`
	SessionID string `json:"session_id"`
	Token     string `json:"token"`
}

// Resume is the payload of op 7. SeqAck is the last seq that the client has seen.
type Resume struct {
	ServerID  id.ID  `json:"server_id"`
	SessionID string `json:"session_id"`
	Token     string `json:"token"`
	SeqAck    *int   `json:"seq_ack,omitempty"`
}

// Ready is the payload of op 2.
type Ready struct {
	// SSRC is the client's own, which bots send with. A browser chooses its own.
	SSRC uint32 `json:"ssrc"`
	// IP and Port are where the media port is, for bots.
	IP   string `json:"ip"`
	Port int    `json:"port"`
	// Modes are the encryption modes of protocol "udp", the best first.
	Modes []string `json:"modes"`
	// HeartbeatInterval is in milliseconds. discordgo takes it from here and panics without.
	HeartbeatInterval int         `json:"heartbeat_interval"`
	Experiments       []string    `json:"experiments"`
	Streams           []Stream    `json:"streams"`
	ICEServers        []ICEServer `json:"ice_servers"`
}

// ICEServer is a server of STUN or TURN, in the form of a browser's RTCIceServer.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// SelectProtocol is the payload of op 1. For protocol "webrtc" Data is a complete SDP offer, as a text or as the sdp of an object;
// for "udp" it is how packets are to be protected.
type SelectProtocol struct {
	Protocol string          `json:"protocol"`
	Data     json.RawMessage `json:"data"`
}

// SessionDescription is the payload of op 4: a complete SDP answer.
type SessionDescription struct {
	SDP            string `json:"sdp"`
	AudioCodec     string `json:"audio_codec"`
	VideoCodec     string `json:"video_codec"`
	MediaSessionID string `json:"media_session_id"`
	// DAVEProtocolVersion is 0: calls are encrypted on their way, not end to end.
	DAVEProtocolVersion int `json:"dave_protocol_version"`
}

// Speaking is the payload of op 5. Speaking is a bit set: 1 microphone, 2 sound share, 4 priority, 0 silence; below version 4 it is a boolean.
// To a client, SSRC is the one under which it hears the user on its own connection, 0 while it has no place to receive them on.
type Speaking struct {
	UserID   id.ID  `json:"user_id"`
	SSRC     uint32 `json:"ssrc"`
	Speaking int    `json:"speaking"`
	Delay    int    `json:"delay,omitempty"`
}

// SpeakingBoolean is Speaking below version 4.
type SpeakingBoolean struct {
	UserID   id.ID  `json:"user_id"`
	SSRC     uint32 `json:"ssrc"`
	Speaking bool   `json:"speaking"`
}

// ClientsConnect is the payload of op 11: who has come into the room, or is there already.
type ClientsConnect struct {
	UserIDs []id.ID `json:"user_ids"`
}

// ClientDisconnect is the payload of op 13: who has gone.
type ClientDisconnect struct {
	UserID id.ID `json:"user_id"`
}

// Video is the payload of op 12: what somebody sends. From a client it says whether it sends video: one of its streams is active. To a client it tells all of what
// a user sends, and AudioSSRC and VideoSSRC are those under which it comes on its own connection from now on. One is 0 where the user sends sound (Audio) or video
// (Streams is not empty), but the client has no free place to receive it on: it adds one and offers again.
type Video struct {
	UserID id.ID `json:"user_id"`
	// Audio is ours: it tells whether the user sends sound.
	Audio     bool     `json:"audio"`
	AudioSSRC uint32   `json:"audio_ssrc"`
	VideoSSRC uint32   `json:"video_ssrc"`
	RTXSSRC   uint32   `json:"rtx_ssrc"`
	Streams   []Stream `json:"streams"`
}

// SessionUpdate is the payload of op 14: the room's video codec has changed. Who sends video with another offers anew, and the answer agrees to this one.
type SessionUpdate struct {
	AudioCodec     string `json:"audio_codec"`
	VideoCodec     string `json:"video_codec"`
	MediaSessionID string `json:"media_session_id"`
}

// MediaSinkWants is the payload of op 15 to a client that sends video: how well the others want it, from 0, which is not at all, to 100. Of its streams those that are not
// active are for nobody: the client stops to send them (RTCRtpEncodingParameters.active) until it is told otherwise. From a client, op 15 is an object of its own:
// {"any": 100, "<ssrc>": 0, "pixelCounts": {"<ssrc>": 57600}} says the same of what it receives, by the SSRCs of op 12, and with how many pixels it is shown.
type MediaSinkWants struct {
	Any     int      `json:"any"`
	Streams []Stream `json:"streams"`
}

// Stream is one simulcast layer of somebody's video. Quality is how good it is in relation to the others, from 1 to 100; a client that gives none is taken by the names of
// its layers (100, 50; q, h, f; low, mid, high), or by the order in which it offered them, the worst first.
type Stream struct {
	Type    string `json:"type"`
	RID     string `json:"rid"`
	SSRC    uint32 `json:"ssrc"`
	RTXSSRC uint32 `json:"rtx_ssrc"`
	Active  bool   `json:"active"`
	Quality int    `json:"quality"`
}

// Heartbeat is the payload of op 3 from version 8 on; before, it is a bare number.
type Heartbeat struct {
	Time   json.Number `json:"t"`
	SeqAck int         `json:"seq_ack"`
}

// HeartbeatAck is the payload of op 6 from version 8 on; before, it is the number that came.
type HeartbeatAck struct {
	Time json.Number `json:"t"`
}

// BackendVersion is the payload of op 16 to a client.
type BackendVersion struct {
	Voice     string `json:"voice"`
	RTCWorker string `json:"rtc_worker"`
}
