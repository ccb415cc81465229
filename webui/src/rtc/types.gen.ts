// Made from rtc/signal by cli/tsgen. Do not edit: run make ui.

// Hello is the payload of op 8, the first frame.
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

// Resume is the payload of op 7. SeqAck is the last seq that the client has seen.
export interface Resume {
  server_id: string;
  session_id: string;
  token: string;
  seq_ack?: number;
}

// Ready is the payload of op 2.
export interface Ready {
  // SSRC is the client's own, which bots send with. A browser chooses its own.
  ssrc: number;
  // IP and Port are where the media port is, for bots.
  ip: string;
  port: number;
  // Modes are the encryption modes of protocol "udp", the best first.
  modes: string[];
  // HeartbeatInterval is in milliseconds. discordgo takes it from here and panics without.
  heartbeat_interval: number;
  experiments: string[];
  streams: Stream[];
  ice_servers: ICEServer[];
}

// ICEServer is a server of STUN or TURN, in the form of a browser's RTCIceServer.
export interface ICEServer {
  urls: string[];
  username?: string;
  credential?: string;
}

// SelectProtocol is the payload of op 1. For protocol "webrtc" Data is a complete SDP offer, as a text or as the sdp of an object;
// for "udp" it is how packets are to be protected.
export interface SelectProtocol {
  protocol: string;
  data: unknown;
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

// Speaking is the payload of op 5. Speaking is a bit set: 1 microphone, 2 sound share, 4 priority, 0 silence; below version 4 it is a boolean.
// To a client, SSRC is the one under which it hears the user on its own connection, 0 while it has no place to receive them on.
export interface Speaking {
  user_id: string;
  ssrc: number;
  speaking: number;
  delay?: number;
}

// SpeakingBoolean is Speaking below version 4.
export interface SpeakingBoolean {
  user_id: string;
  ssrc: number;
  speaking: boolean;
}

// ClientsConnect is the payload of op 11: who has come into the room, or is there already.
export interface ClientsConnect {
  user_ids: string[];
}

// ClientDisconnect is the payload of op 13: who has gone.
export interface ClientDisconnect {
  user_id: string;
}

// Video is the payload of op 12: what somebody sends. From a client it says whether it sends video: one of its streams is active. To a client it tells all of what
// a user sends, and AudioSSRC and VideoSSRC are those under which it comes on its own connection from now on. One is 0 where the user sends sound (Audio) or video
// (Streams is not empty), but the client has no free place to receive it on: it adds one and offers again.
export interface Video {
  user_id: string;
  // Audio is ours: it tells whether the user sends sound.
  audio: boolean;
  audio_ssrc: number;
  video_ssrc: number;
  rtx_ssrc: number;
  streams: Stream[];
}

// SessionUpdate is the payload of op 14: the room's video codec has changed. Who sends video with another offers anew, and the answer agrees to this one.
export interface SessionUpdate {
  audio_codec: string;
  video_codec: string;
  media_session_id: string;
}

// MediaSinkWants is the payload of op 15 to a client that sends video: how well the others want it, from 0, which is not at all, to 100. Of its streams those that are not
// active are for nobody: the client stops to send them (RTCRtpEncodingParameters.active) until it is told otherwise. From a client, op 15 is an object of its own:
// {"any": 100, "<ssrc>": 0, "pixelCounts": {"<ssrc>": 57600}} says the same of what it receives, by the SSRCs of op 12, and with how many pixels it is shown.
export interface MediaSinkWants {
  any: number;
  streams: Stream[];
}

// Stream is one simulcast layer of somebody's video. Quality is how good it is in relation to the others, from 1 to 100; a client that gives none is taken by the names of
// its layers (100, 50; q, h, f; low, mid, high), or by the order in which it offered them, the worst first.
export interface Stream {
  type: string;
  rid: string;
  ssrc: number;
  rtx_ssrc: number;
  active: boolean;
  quality: number;
}

// Heartbeat is the payload of op 3 from version 8 on; before, it is a bare number.
export interface Heartbeat {
  t: number;
  seq_ack: number;
}

// HeartbeatAck is the payload of op 6 from version 8 on; before, it is the number that came.
export interface HeartbeatAck {
  t: number;
}

// BackendVersion is the payload of op 16 to a client.
export interface BackendVersion {
  voice: string;
  rtc_worker: string;
}
