// Made from rtc/signal by cli/tsgen. Do not edit: run make ui.

// Hello is the first frame's payload.
export interface Hello {
  v: number;
  // HeartbeatInterval is in milliseconds.
  heartbeat_interval: number;
}

// Identify is the payload of op 0.
export interface Identify {
  server_id: string;
  user_id: string;
  session_id: string;
  token: string;
}

// Resume is the payload of op 7.
export interface Resume {
  server_id: string;
  session_id: string;
  token: string;
  seq_ack: number;
}

// Ready is the payload of op 2.
export interface Ready {
  ssrc: number;
  ip: string;
  port: number;
  modes: string[];
  // HeartbeatInterval is in milliseconds. discordgo takes it from here and panics without.
  heartbeat_interval: number;
  experiments: string[];
  streams: string[];
  ice_servers: string[];
}

// SelectProtocol is the payload of op 1. For "webrtc", Data is a complete SDP offer as a text, or an object that holds it as sdp.
export interface SelectProtocol {
  protocol: string;
  data: unknown;
  sdp: string;
}

// SessionDescription is the payload of op 4: a complete SDP answer.
export interface SessionDescription {
  sdp: string;
  audio_codec: string;
  video_codec: string;
  media_session_id: string;
  // DAVEProtocolVersion is 0: calls are encrypted on their way, not end to end.
  dave_protocol_version: number;
}

// Speaking is the payload of op 5. Speaking is a bit set: 1 microphone, 2 sound share, 4 priority.
export interface Speaking {
  user_id: string;
  ssrc: number;
  speaking: number;
  delay?: number;
}

// OldSpeaking is Speaking for versions below 4.
export interface OldSpeaking {
  user_id: string;
  ssrc: number;
  speaking: boolean;
}

// ClientsConnect is the payload of op 11: who else is in the room.
export interface ClientsConnect {
  user_ids: string[];
}

// ClientDisconnect is the payload of op 13.
export interface ClientDisconnect {
  user_id: string;
}

// Heartbeat is the payload of ops 3 and 6 from version 8 on; before, it is a bare number.
export interface Heartbeat {
  t: number;
  seq_ack?: number;
}

// BackendVersion answers op 16.
export interface BackendVersion {
  voice: string;
  rtc_worker: string;
}
