// Keeps the gateway connection: identifies, beats, resumes, and comes back by itself.
import { credentials } from "./credentials";
import { ApiError } from "./rest";

type Handler = (name: string, data: unknown) => void;

export type Connection = "connecting" | "open" | "waiting";

const op = { dispatch: 0, heartbeat: 1, identify: 2, presence: 3, voice: 4, resume: 6, reconnect: 7, members: 8, streamCreate: 18, streamDelete: 19, streamWatch: 20, invalid: 9, hello: 10, ack: 11 } as const;
/** Close codes after which a session cannot be resumed. */
const fresh = new Set([4003, 4007]);
const longestWait = 15_000;

export class Gateway {
  private socket: WebSocket | null = null;
  private session: { id: string; url: string } | null = null;
  private sequence = 0;
  private beat: ReturnType<typeof setInterval> | undefined;
  private acknowledged = true;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private stopped = true;

  constructor(
    private readonly onEvent: Handler,
    /** Tells how it stands; with "waiting", when the next attempt is. */
    private readonly onState: (state: Connection, nextAttempt?: number) => void,
    private readonly onSignedOut: () => void,
  ) {
    addEventListener("online", () => this.tryNow());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.tryNow();
    });
  }

  start() {
    this.stopped = false;
    void this.connect();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop(1000);
    this.session = null;
    this.sequence = 0;
  }

  /** Ends the wait for the next attempt. */
  tryNow() {
    if (this.stopped || this.socket) return;
    clearTimeout(this.timer);
    void this.connect();
  }

  get sessionID() {
    return this.session?.id ?? "";
  }

  updateVoice(guildID: string, channelID: string | null, mute: boolean, deaf: boolean, video = false) {
    this.send(op.voice, { guild_id: guildID, channel_id: channelID, self_mute: mute, self_deaf: deaf, self_video: video });
  }

  createStream(guildID: string, channelID: string) {
    this.send(op.streamCreate, { type: "guild", guild_id: guildID, channel_id: channelID, preferred_region: null });
  }

  /** Ends what one shows, or one's watching. */
  deleteStream(key: string) {
    this.send(op.streamDelete, { stream_key: key });
  }

  watchStream(key: string) {
    this.send(op.streamWatch, { stream_key: key });
  }

  requestMembers(guildID: string) {
    this.send(op.members, { guild_id: guildID, query: "", limit: 0, presences: true });
  }

  private send(code: number, data: unknown) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify({ op: code, d: data }));
  }

  private async connect() {
    this.onState("connecting");
    let token: string;
    try {
      token = await credentials.token();
    } catch (problem) {
      if (problem instanceof ApiError && problem.status === 401) return this.onSignedOut();
      return this.wait();
    }
    if (this.stopped || this.socket) return;
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/?v=10&encoding=json`);
    this.socket = socket;
    socket.onmessage = (event) => this.receive(socket, token, JSON.parse(event.data as string));
    socket.onclose = (event) => {
      if (this.socket !== socket) return;
      this.drop();
      if (event.code === 4004) {
        credentials.expire(token);
        this.session = null;
      } else if (fresh.has(event.code)) this.session = null;
      this.wait();
    };
  }

  private receive(socket: WebSocket, token: string, frame: { op: number; d: unknown; s: number | null; t: string | null }) {
    if (this.socket !== socket) return;
    switch (frame.op) {
      case op.hello:
        this.startBeating((frame.d as { heartbeat_interval: number }).heartbeat_interval);
        if (this.session) this.send(op.resume, { token, session_id: this.session.id, seq: this.sequence });
        else this.identify(token);
        break;
      case op.dispatch:
        if (frame.s !== null) this.sequence = frame.s;
        this.dispatch(frame.t ?? "", frame.d);
        break;
      case op.heartbeat:
        this.sendBeat();
        break;
      case op.ack:
        this.acknowledged = true;
        break;
      case op.reconnect:
        this.drop(4000);
        this.attempts = 0;
        this.wait();
        break;
      case op.invalid:
        this.session = null;
        this.sequence = 0;
        this.identify(token);
        break;
    }
  }

  private identify(token: string) {
    this.send(op.identify, { token, properties: { os: navigator.platform, browser: "Guildhall Web", device: "" }, presence: { status: "online", activities: [], afk: false, since: null } });
  }

  private dispatch(name: string, data: unknown) {
    if (name === "READY") this.session = { id: (data as { session_id: string }).session_id, url: (data as { resume_gateway_url: string }).resume_gateway_url };
    if (name === "READY" || name === "RESUMED") {
      this.attempts = 0;
      this.onState("open");
    }
    this.onEvent(name, data);
  }

  private startBeating(interval: number) {
    clearInterval(this.beat);
    this.acknowledged = true;
    this.beat = setInterval(() => {
      // A beat that was not answered says that the line is dead, whatever the browser thinks.
      if (!this.acknowledged) {
        this.drop(4000);
        this.wait();
        return;
      }
      this.sendBeat();
    }, Math.min(interval, 15_000));
  }

  private sendBeat() {
    this.acknowledged = false;
    this.send(op.heartbeat, this.sequence || null);
  }

  private drop(code?: number) {
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    if (socket && socket.readyState <= WebSocket.OPEN) socket.close(code);
  }

  private wait() {
    if (this.stopped) return;
    const delay = this.attempts === 0 ? 250 : Math.min(1000 * 2 ** (this.attempts - 1), longestWait);
    this.attempts++;
    this.onState("waiting", Date.now() + delay);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), delay);
  }
}
