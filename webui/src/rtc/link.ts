// The voice gateway's WebSocket: identifies, beats, and resumes after a break, while media goes on.
import type { Hello, Ready } from "./types.gen";

export interface Claim {
  endpoint: string;
  token: string;
  guildID: string;
  userID: string;
  sessionID: string;
}

export interface LinkListener {
  ready(ready: Ready): void;
  /** It broke and is there again; nothing was missed, but what was sent meanwhile is lost. */
  resumed(): void;
  frame(code: number, data: unknown): void;
  /** It does not come back. The close code is that of the hall, 0 where nothing came. */
  ended(code: number): void;
}

export const op = {
  identify: 0, select: 1, ready: 2, heartbeat: 3, description: 4, speaking: 5, ack: 6, resume: 7, hello: 8, resumed: 9, connect: 11, video: 12, disconnect: 13, update: 14, wants: 15,
} as const;

/** The close code of who was taken out or moved: whether and where one goes on is told by the main gateway. */
export const takenOut = 4014;
/** After how long each attempt to come back begins, in ms. The hall keeps a place for 30 s. */
const pauses = [0, 250, 500, 1000, 2000, 4000, 4000, 4000, 4000];
/** After these the session is there still (and after what says nothing, as when the network breaks). */
const resumable = (code: number) => code < 4000 || code === 4009 || code === 4015;

export class Link {
  private socket: WebSocket | null = null;
  private beat: ReturnType<typeof setInterval> | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private sequence = 0;
  private answered = true;
  private identified = false;
  private attempts = 0;
  private closed = false;

  constructor(
    private readonly claim: Claim,
    private readonly listener: LinkListener,
  ) {}

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${this.claim.endpoint}?v=8`);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (this.socket === socket) this.receive(JSON.parse(event.data as string));
    };
    socket.onclose = (event) => {
      if (this.socket === socket) this.broken(event.code);
    };
  }

  send(code: number, data: unknown) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op: code, d: data }));
  }

  /** Comes back at once where it waits for it, or looks whether the line still stands. */
  check() {
    if (this.closed || !this.identified) return;
    if (this.socket) return this.sendBeat();
    clearTimeout(this.timer);
    this.open();
  }

  close() {
    this.closed = true;
    this.drop(1000);
  }

  private drop(code: number) {
    clearInterval(this.beat);
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close(code);
  }

  private broken(code: number) {
    this.drop(4000);
    const pause = pauses[this.attempts++];
    if (!this.identified || !resumable(code) || pause === undefined) {
      this.closed = true;
      this.listener.ended(code >= 4000 ? code : 0);
      return;
    }
    this.timer = setTimeout(() => this.open(), pause);
  }

  private receive(frame: { op: number; d: unknown; seq?: number }) {
    if (frame.seq !== undefined) this.sequence = frame.seq;
    const { guildID: server_id, userID: user_id, sessionID: session_id, token } = this.claim;
    switch (frame.op) {
      case op.hello:
        this.startBeating((frame.d as Hello).heartbeat_interval);
        if (this.identified) this.send(op.resume, { server_id, session_id, token, seq_ack: this.sequence });
        else this.send(op.identify, { server_id, user_id, session_id, token, video: true, streams: [] });
        break;
      case op.ready:
        this.identified = true;
        this.attempts = 0;
        this.listener.ready(frame.d as Ready);
        break;
      case op.resumed:
        this.attempts = 0;
        this.listener.resumed();
        break;
      case op.ack:
        this.answered = true;
        break;
      default:
        this.listener.frame(frame.op, frame.d);
    }
  }

  private startBeating(interval: number) {
    clearInterval(this.beat);
    this.answered = true;
    this.beat = setInterval(() => this.sendBeat(), Math.min(interval, 5000));
  }

  private sendBeat() {
    if (!this.answered) return this.broken(1006);
    this.answered = false;
    this.send(op.heartbeat, { t: Date.now(), seq_ack: this.sequence });
  }
}
