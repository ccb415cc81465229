// Plays what comes from others, each as loud as chosen. An audio element goes up to what was sent; what is to be louder goes through an amplifier first.

let shared: AudioContext | null = null;
const amplifier = () => (shared ??= new AudioContext({ latencyHint: "interactive" }));

export class Player {
  private readonly element = new Audio();
  private readonly direct: MediaStream;
  /** Chromium lets a stream from elsewhere flow only while an element plays it. */
  private pump: HTMLAudioElement | null = null;
  private amplified: { source: MediaStreamAudioSourceNode; gain: GainNode; out: MediaStreamAudioDestinationNode } | null = null;

  constructor(track: MediaStreamTrack) {
    this.direct = new MediaStream([track]);
    this.element.autoplay = true;
    this.play(this.direct);
  }

  /** How loud it is, as a factor from 0 to 2 of what was sent. */
  set volume(volume: number) {
    this.element.volume = Math.min(volume, 1);
    if (volume <= 1) {
      if (this.amplified) this.unamplify();
      return;
    }
    if (!this.amplified) this.amplify();
    this.amplified!.gain.gain.value = volume;
  }

  set muted(muted: boolean) {
    this.element.muted = muted;
  }

  /** Chooses the loudspeaker, "" for the system's default; that too when the one chosen is not there. */
  async setOutput(deviceID: string) {
    if (!("setSinkId" in this.element)) return;
    await this.element.setSinkId(deviceID).catch(() => this.element.setSinkId("").catch(() => {}));
  }

  close() {
    if (this.amplified) this.unamplify();
    this.element.srcObject = null;
  }

  private play(stream: MediaStream) {
    this.element.srcObject = stream;
    this.element.play().catch(() => {
      // The browser wants a gesture first: the next one anywhere starts it.
      addEventListener("pointerdown", () => void this.element.play().catch(() => {}), { once: true });
    });
  }

  private amplify() {
    const context = amplifier();
    void context.resume().catch(() => {});
    const source = context.createMediaStreamSource(this.direct);
    const gain = context.createGain();
    const out = context.createMediaStreamDestination();
    source.connect(gain).connect(out);
    this.amplified = { source, gain, out };
    this.pump = new Audio();
    this.pump.muted = true;
    this.pump.srcObject = this.direct;
    void this.pump.play().catch(() => {});
    this.play(out.stream);
  }

  private unamplify() {
    this.amplified!.source.disconnect();
    this.amplified!.gain.disconnect();
    this.amplified = null;
    this.pump!.srcObject = null;
    this.pump = null;
    this.play(this.direct);
  }
}
