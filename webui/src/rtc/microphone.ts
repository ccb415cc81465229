// The microphone and what its sound goes through on its way out: noise suppression, then a gate that opens for a voice or a held key.
import { devices, onDeviceChange } from "./devices";
import type { GateReport } from "./gate";
import type { GateChange } from "./gate.worklet";
import gateWorklet from "./gate.worklet.ts?worker&url";
import type { VoiceSettings } from "./settings";

/** Why there is no microphone. */
export type MicrophoneProblem = "denied" | "missing" | "busy" | "insecure";

export interface MicrophoneListener {
  /** How loud it is, 0 to 1, some fifteen times a second; and whether it is passed on. */
  level(level: number, open: boolean): void;
  problem(problem: MicrophoneProblem | null): void;
  /** What is to be sent: the same track from the first opening to the end, whichever microphone feeds it. */
  track(track: MediaStreamTrack): void;
  /** The name of the microphone that is used now. */
  using(label: string): void;
  /** The noise suppressor could not be loaded, or could. */
  suppressor?(works: boolean): void;
}

/** What is wrong, by what a browser says of it. */
export function problemOf(cause: unknown): MicrophoneProblem {
  const name = cause instanceof DOMException ? cause.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
  return "busy";
}

/** Opens the device that was chosen, or another when it is not there. */
async function openTrack(deviceID: string, constraints: MediaTrackConstraints): Promise<MediaStreamTrack> {
  const open = async (audio: MediaTrackConstraints) => (await navigator.mediaDevices.getUserMedia({ audio })).getAudioTracks()[0]!;
  if (!deviceID) return open(constraints);
  try {
    return await open({ ...constraints, deviceId: { exact: deviceID } });
  } catch (cause) {
    if (problemOf(cause) !== "missing") throw cause;
    return open(constraints);
  }
}

const gesture = ["pointerdown", "keydown"] as const;

export class Microphone {
  private track: MediaStreamTrack | null = null;
  private context: AudioContext | null = null;
  private gate: AudioWorkletNode | null = null;
  private suppressor: (AudioNode & { destroy(): void }) | null = null;
  private source: MediaStreamAudioSourceNode | null = null;
  private raw: MediaStreamTrack | null = null;
  private muted = false;
  private held = false;
  private stopped = false;
  private wrong: MicrophoneProblem | null = null;
  private working: Promise<unknown> = Promise.resolve();
  private readonly unwatch: () => void;

  constructor(
    private settings: Readonly<VoiceSettings>,
    private readonly listener: MicrophoneListener,
  ) {
    this.unwatch = onDeviceChange(() => void this.enqueue(() => this.devicesChanged()));
    for (const name of gesture) addEventListener(name, this.wake);
    document.addEventListener("visibilitychange", this.wake);
  }

  /** Opens the microphone, or opens it anew. */
  open(): Promise<void> {
    return this.enqueue(() => this.reopen());
  }

  /** Takes over what was chosen; what it takes to open the microphone anew is done. */
  apply(settings: Readonly<VoiceSettings>): Promise<void> {
    const before = this.settings;
    this.settings = { ...settings };
    this.steer();
    const anew = (["input", "suppression", "echoCancellation", "autoGain"] as const).some((name) => before[name] !== settings[name]);
    return anew ? this.enqueue(() => this.reopen()) : Promise.resolve();
  }

  setMuted(muted: boolean) {
    this.muted = muted;
    this.steer();
  }

  /** The key to talk is held, or not any more. */
  hold(held: boolean) {
    this.held = held;
    this.steer();
  }

  stop() {
    if (this.stopped) return;
    this.stopped = true;
    this.unwatch();
    for (const name of gesture) removeEventListener(name, this.wake);
    document.removeEventListener("visibilitychange", this.wake);
    this.release();
    this.suppressor?.destroy();
    this.track?.stop();
    void this.context?.close();
  }

  /** One thing is done after the other: devices change while others are being opened. */
  private enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.working.then(() => (this.stopped ? undefined : work()));
    this.working = done.catch(() => {});
    return done;
  }

  private release() {
    this.source?.disconnect();
    this.source = null;
    if (this.raw) {
      this.raw.onended = null;
      this.raw.stop();
    }
    this.raw = null;
  }

  private fail(problem: MicrophoneProblem) {
    this.wrong = problem;
    this.listener.problem(problem);
    this.listener.level(0, false);
  }

  private async reopen() {
    if (!navigator.mediaDevices?.getUserMedia) return this.fail("insecure");
    // Some systems give a microphone to one at a time.
    this.release();
    const { input, suppression, echoCancellation, autoGain } = this.settings;
    const strong = suppression === "strong" && (await this.readySuppressor());
    try {
      this.raw = await openTrack(input, { echoCancellation, autoGainControl: autoGain, noiseSuppression: suppression !== "off" && !strong, channelCount: 1 });
    } catch (cause) {
      return this.fail(problemOf(cause));
    }
    if (this.stopped) return this.release();
    this.raw.onended = () => void this.enqueue(() => this.reopen());
    await this.connect(strong);
    this.wrong = null;
    this.listener.problem(null);
    this.listener.using(this.raw.label);
    this.steer();
  }

  /** Leads the microphone through the chain. Without a chain its own track is sent, and talking is all or nothing. */
  private async connect(strong: boolean) {
    try {
      const context = await this.chain();
      this.source = context.createMediaStreamSource(new MediaStream([this.raw!]));
      this.suppressor?.disconnect();
      if (strong && this.suppressor) this.source.connect(this.suppressor).connect(this.gate!);
      else this.source.connect(this.gate!);
      this.wake();
    } catch {
      this.give(this.raw!);
    }
  }

  private give(track: MediaStreamTrack) {
    if (this.track === track) return;
    this.track = track;
    this.listener.track(track);
  }

  private async chain(): Promise<AudioContext> {
    if (this.context && this.gate) return this.context;
    const context = (this.context ??= new AudioContext({ sampleRate: 48_000, latencyHint: "interactive" }));
    await context.audioWorklet.addModule(gateWorklet);
    const gate = new AudioWorkletNode(context, "guildhall-gate", { channelCount: 1, channelCountMode: "explicit", numberOfInputs: 1, numberOfOutputs: 1, outputChannelCount: [1] });
    gate.port.onmessage = ({ data }: MessageEvent<GateReport>) => {
      if (!this.stopped && this.raw) this.listener.level(data.level, data.open);
    };
    const out = context.createMediaStreamDestination();
    out.channelCount = 1;
    gate.connect(out);
    this.gate = gate;
    this.give(out.stream.getAudioTracks()[0]!);
    return context;
  }

  private async readySuppressor(): Promise<boolean> {
    try {
      const context = await this.chain();
      if (!this.suppressor) {
        const { makeSuppressor, suppressorRate } = await import("./suppressor");
        if (context.sampleRate !== suppressorRate) throw new Error("another rate");
        this.suppressor = await makeSuppressor(context);
      }
      this.listener.suppressor?.(true);
      return true;
    } catch {
      this.listener.suppressor?.(false);
      return false;
    }
  }

  /** Tells the gate what is to pass. */
  private steer() {
    const { mode, threshold } = this.settings;
    const passes = !this.muted && (mode === "activity" || this.held);
    this.gate?.port.postMessage({ mode: !passes ? "shut" : mode === "push" ? "open" : "level", threshold } satisfies GateChange);
    if (this.track && this.track === this.raw) this.track.enabled = passes;
  }

  /** Comes back to a microphone that was plugged in again, and takes what is there when the one in use has gone. */
  private async devicesChanged() {
    if (this.wrong === "denied" || this.wrong === "insecure" || (!this.raw && !this.wrong)) return;
    const inputs = await devices("audioinput");
    const now = this.raw?.getSettings().deviceId;
    const wanted = this.settings.input;
    const back = !!wanted && wanted !== now && inputs.some((d) => d.deviceId === wanted);
    if (!this.raw || this.raw.readyState === "ended" || back) await this.reopen();
  }

  /** Browsers may hold sound back until somebody touches the page, and after a phone call. */
  private readonly wake = () => {
    if (this.context && this.context.state !== "running" && this.context.state !== "closed") this.context.resume().catch(() => {});
  };
}
