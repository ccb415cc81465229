import { SvelteMap } from "svelte/reactivity";
import type { VoiceConnection } from "../rtc/connection";
import { problemOf, type MicrophoneProblem } from "../rtc/microphone";

/** Why there is no picture: as with microphones, or because the hall does not let one show any here. */
export type CameraProblem = MicrophoneProblem | "refused";

/** The pictures of a call: one's own camera, and those of others as they are shown. */
export class Pictures {
  /** One's own camera, while it is on. */
  own = $state.raw<MediaStream | null>(null);
  starting = $state(false);
  problem = $state<CameraProblem | "fine">("fine");
  readonly others = new SvelteMap<string, MediaStream>();
  private connection: VoiceConnection | null = null;
  private readonly shown = new Map<string, number>();

  constructor(
    private readonly camera: () => string,
    /** Told when the camera goes on or off. */
    private readonly changed: () => void,
  ) {}

  get on() {
    return this.own !== null;
  }

  async start() {
    if (this.own || this.starting) return;
    this.problem = "fine";
    if (!navigator.mediaDevices?.getUserMedia) {
      this.problem = "insecure";
      return;
    }
    this.starting = true;
    const chosen = this.camera();
    const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, ...(chosen ? { deviceId: { ideal: chosen } } : {}) };
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video });
      // Whoever has left the call meanwhile shows nothing.
      if (!this.starting) return stream.getTracks().forEach((track) => track.stop());
      stream.getVideoTracks()[0]!.onended = () => {
        this.stop();
        this.problem = "missing";
      };
      this.own = stream;
      this.changed();
      await this.connection?.setPicture(this.track);
    } catch (cause) {
      this.problem = problemOf(cause);
    } finally {
      this.starting = false;
    }
  }

  stop() {
    this.starting = false;
    const stream = this.own;
    if (!stream) return;
    this.own = null;
    for (const track of stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    void this.connection?.setPicture(null);
    this.changed();
  }

  /** The hall does not pass one's picture on. */
  refuse() {
    this.stop();
    this.problem = "refused";
  }

  /** Another camera was chosen. */
  async choose() {
    if (!this.own) return;
    this.stop();
    await this.start();
  }

  /** Follows a new connection of the same call. */
  attach(connection: VoiceConnection | null) {
    this.connection = connection;
    if (!connection) {
      this.others.clear();
      return;
    }
    if (this.own) void connection.setPicture(this.track);
    for (const [userID, pixels] of this.shown) connection.show(userID, pixels);
  }

  take(userID: string, track: MediaStreamTrack | null) {
    if (track) this.others.set(userID, new MediaStream([track]));
    else this.others.delete(userID);
  }

  /** Somebody's picture is shown with so many pixels, 0 for not at all. */
  show(userID: string, pixels: number) {
    if (pixels > 0) this.shown.set(userID, pixels);
    else this.shown.delete(userID);
    this.connection?.show(userID, pixels);
  }

  private get track() {
    return this.own?.getVideoTracks()[0] ?? null;
  }
}
