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
	OpMediaSinkWants     Opcode = 15
	OpBackendVersion     Opcode = 16
	OpClientFlags        Opcode = 18
	OpClientPlatform     Opcode = 20
)

// CloseCode is a close code of the voice gateway.
type CloseCode int

// The close codes.
const (
	CloseOpcode        CloseCode = 4001
	CloseDecode        CloseCode = 4002
	CloseNotIdentified CloseCode = 4003
	CloseAuth          CloseCode = 4004
	CloseAlready       CloseCode = 4005
	CloseSession       CloseCode = 4006
	CloseTimeout       CloseCode = 4009
	CloseProtocol      CloseCode = 4012
	// CloseDisconnected means that the client was taken out and must not come back by itself.
	CloseDisconnected CloseCode = 4014
	// CloseCrashed means that the server went away and that the client may resume.
	CloseCrashed CloseCode = 4015
	CloseRate    CloseCode = 4021
)

// clientFrame is a frame from a client.
type clientFrame struct {
	Op   *Opcode         `json:"op"`
	Data json.RawMessage `json:"d"`
}

// serverFrame is a frame to a client. Seq numbers what can be resumed, from version 8 on.
type serverFrame struct {
	Op   Opcode `json:"op"`
	Data any    `json:"d"`
	Seq  *int   `json:"seq,omitempty"`
}

// Hello is the first frame's payload.
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

// Resume is the payload of op 7.
type Resume struct {
	ServerID  id.ID  `json:"server_id"`
	SessionID string `json:"session_id"`
	Token     string `json:"token"`
	SeqAck    int    `json:"seq_ack"`
}

// Ready is the payload of op 2.
type Ready struct {
	SSRC  uint32   `json:"ssrc"`
	IP    string   `json:"ip"`
	Port  int      `json:"port"`
	Modes []string `json:"modes"`
	// HeartbeatInterval is in milliseconds. discordgo takes it from here and panics without.
	HeartbeatInterval int      `json:"heartbeat_interval"`
	Experiments       []string `json:"experiments"`
	Streams           []string `json:"streams"`
	ICEServers        []string `json:"ice_servers"`
}

// SelectProtocol is the payload of op 1. For "webrtc", Data is a complete SDP offer as a text, or an object that holds it as sdp.
type SelectProtocol struct {
	Protocol string          `json:"protocol"`
	Data     json.RawMessage `json:"data"`
	SDP      string          `json:"sdp"`
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

// Speaking is the payload of op 5. Speaking is a bit set: 1 microphone, 2 sound share, 4 priority.
type Speaking struct {
	UserID   id.ID  `json:"user_id"`
	SSRC     uint32 `json:"ssrc"`
	Speaking int    `json:"speaking"`
	Delay    int    `json:"delay,omitempty"`
}

// OldSpeaking is Speaking for versions below 4.
type OldSpeaking struct {
	UserID   id.ID  `json:"user_id"`
	SSRC     uint32 `json:"ssrc"`
	Speaking bool   `json:"speaking"`
}

// ClientsConnect is the payload of op 11: who else is in the room.
type ClientsConnect struct {
	UserIDs []id.ID `json:"user_ids"`
}

// ClientDisconnect is the payload of op 13.
type ClientDisconnect struct {
	UserID id.ID `json:"user_id"`
}

// Heartbeat is the payload of ops 3 and 6 from version 8 on; before, it is a bare number.
type Heartbeat struct {
	Time   json.Number `json:"t"`
	SeqAck int         `json:"seq_ack,omitempty"`
}

// BackendVersion answers op 16.
type BackendVersion struct {
	Voice     string `json:"voice"`
	RTCWorker string `json:"rtc_worker"`
}
