// A voice connection: the voice gateway's WebSocket, one RTCPeerConnection, the microphone, and a player for each voice. The client always offers.
import { LevelMeter, openMicrophone, type MicrophoneProblem } from "./microphone";
import type { ClientDisconnect, ClientsConnect, Hello, SessionDescription, Speaking } from "./types.gen";

export type { MicrophoneProblem } from "./microphone";

export interface Claim {
  endpoint: string;
  token: string;
  guildID: string;
  userID: string;
  sessionID: string;
}

export interface Listener {
  connected(): void;
  /** Media does not flow just now; it may come back by itself. */
  unsteady(): void;
  lost(): void;
  speaking(userID: string, on: boolean): void;
  level(level: number, loud: boolean): void;
  microphone(problem: MicrophoneProblem | null): void;
}

const op = { identify: 0, select: 1, ready: 2, heartbeat: 3, description: 4, speaking: 5, ack: 6, hello: 8, connect: 11, disconnect: 13 } as const;
/** Places to hear others that are prepared from the beginning, so that most joins need no further round. */
const prepared = 4;
/** How long media may be away before the connection counts as lost. */
const patience = 5000;

export class VoiceConnection {
  private socket: WebSocket | null = null;
  private peer: RTCPeerConnection | null = null;
  private sender: RTCRtpSender | null = null;
  private track: MediaStreamTrack | null = null;
  private meter: LevelMeter | null = null;
  private beat: ReturnType<typeof setInterval> | undefined;
  private giveUp: ReturnType<typeof setTimeout> | undefined;
  private sequence = 0;
  private answered = true;
  private negotiating = false;
  private again = false;
  private muted = false;
  private deafened = false;
  private closed = false;
  private outputID = "";
  private readonly others = new Set<string>();
  private readonly players = new Map<string, HTMLAudioElement>();

  constructor(
    private readonly claim: Claim,
    private readonly listener: Listener,
  ) {}

  async open(inputID: string, outputID: string) {
    this.outputID = outputID;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${this.claim.endpoint}?v=8`);
    this.socket = socket;
    socket.onmessage = (event) => void this.receive(JSON.parse(event.data as string));
    socket.onclose = () => this.fail();
    await this.openMicrophone(inputID);
  }

  async openMicrophone(deviceID: string) {
    const opened = await openMicrophone(deviceID);
    if (this.closed) {
      if (typeof opened !== "string") opened.stop();
      return;
    }
    this.meter?.stop();
    this.meter = null;
    this.track?.stop();
    this.track = null;
    if (typeof opened === "string") {
      this.listener.microphone(opened);
      return;
    }
    this.listener.microphone(null);
    this.track = opened;
    this.track.enabled = !this.muted;
    this.track.onended = () => this.listener.microphone("missing");
    this.meter = new LevelMeter(opened, (level, loud) => this.listener.level(level, loud));
    await this.sender?.replaceTrack(opened);
  }

  setMuted(muted: boolean) {
    this.muted = muted;
    if (this.track) this.track.enabled = !muted;
  }

  setDeafened(deafened: boolean) {
    this.deafened = deafened;
    for (const player of this.players.values()) player.muted = deafened;
  }

  async setOutput(deviceID: string) {
    this.outputID = deviceID;
    for (const player of this.players.values()) await this.route(player);
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.beat);
    clearTimeout(this.giveUp);
    if (this.socket) {
      this.socket.onclose = null;
      this.socket.close(1000);
    }
    this.peer?.close();
    this.meter?.stop();
    this.track?.stop();
    for (const player of this.players.values()) player.srcObject = null;
    this.players.clear();
  }

  private fail() {
    if (this.closed) return;
    this.close();
    this.listener.lost();
  }

  private send(code: number, data: unknown) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op: code, d: data }));
  }

  private async receive(frame: { op: number; d: unknown; seq?: number }) {
    if (frame.seq !== undefined) this.sequence = frame.seq;
    switch (frame.op) {
      case op.hello:
        this.startBeating((frame.d as Hello).heartbeat_interval);
        this.send(op.identify, {
          server_id: this.claim.guildID, user_id: this.claim.userID, session_id: this.claim.sessionID, token: this.claim.token, video: false, streams: [],
        });
        break;
      case op.ready:
        await this.offer();
        break;
      case op.description:
        await this.takeAnswer(frame.d as SessionDescription);
        break;
      case op.ack:
        this.answered = true;
        break;
      case op.speaking: {
        const { user_id, speaking } = frame.d as Speaking;
        this.listener.speaking(user_id, speaking !== 0);
        break;
      }
      case op.connect:
        for (const userID of (frame.d as ClientsConnect).user_ids) this.others.add(userID);
        await this.offer();
        break;
      case op.disconnect: {
        const userID = (frame.d as ClientDisconnect).user_id;
        this.others.delete(userID);
        this.listener.speaking(userID, false);
        break;
      }
    }
  }

  private startBeating(interval: number) {
    clearInterval(this.beat);
    this.beat = setInterval(() => {
      if (!this.answered) return this.fail();
      this.answered = false;
      this.send(op.heartbeat, { t: Date.now(), seq_ack: this.sequence });
    }, Math.min(interval, 5000));
  }

  private makePeer(): RTCPeerConnection {
    const peer = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.sender = peer.addTransceiver(this.track ?? "audio", { direction: "sendonly" }).sender;
    for (let i = 0; i < prepared; i++) peer.addTransceiver("audio", { direction: "recvonly" });
    peer.onconnectionstatechange = () => this.stateChanged(peer);
    this.peer = peer;
    return peer;
  }

  private stateChanged(peer: RTCPeerConnection) {
    if (this.closed || this.peer !== peer) return;
    clearTimeout(this.giveUp);
    switch (peer.connectionState) {
      case "connected":
        this.listener.connected();
        break;
      case "disconnected":
        this.listener.unsteady();
        this.giveUp = setTimeout(() => this.fail(), patience);
        break;
      case "failed":
        this.fail();
        break;
    }
  }

  /** Offers places for everybody who is there; one round at a time. */
  private async offer() {
    if (this.closed) return;
    if (this.negotiating) {
      this.again = true;
      return;
    }
    this.negotiating = true;
    const peer = this.peer ?? this.makePeer();
    const places = peer.getTransceivers().filter((x) => x.direction === "recvonly").length;
    for (let i = places; i < this.others.size; i++) peer.addTransceiver("audio", { direction: "recvonly" });
    try {
      await peer.setLocalDescription(await peer.createOffer());
      // At once, without waiting for candidates of our own: only the hall's are needed.
      this.send(op.select, { protocol: "webrtc", data: peer.localDescription?.sdp, codecs: [{ name: "opus", type: "audio", priority: 1000, payload_type: 111 }] });
    } catch {
      this.fail();
    }
  }

  private async takeAnswer(answer: SessionDescription) {
    const peer = this.peer;
    if (!peer || this.closed) return;
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch {
      this.fail();
      return;
    }
    this.negotiating = false;
    for (const transceiver of peer.getTransceivers()) if (transceiver.direction === "recvonly" && transceiver.mid) this.play(transceiver);
    if (this.again) {
      this.again = false;
      await this.offer();
    }
  }

  /** Plays what comes on a place. Whose voice it is changes with time; the place stays. */
  private play(transceiver: RTCRtpTransceiver) {
    const mid = transceiver.mid!;
    if (this.players.has(mid)) return;
    const player = new Audio();
    player.srcObject = new MediaStream([transceiver.receiver.track]);
    player.autoplay = true;
    player.muted = this.deafened;
    this.players.set(mid, player);
    void this.route(player);
    player.play().catch(() => {
      // The browser wants a gesture first: the next one anywhere starts it.
      addEventListener("pointerdown", () => void player.play().catch(() => {}), { once: true });
    });
  }

  private async route(player: HTMLAudioElement) {
    if ("setSinkId" in player) await player.setSinkId(this.outputID).catch(() => {});
  }
}
