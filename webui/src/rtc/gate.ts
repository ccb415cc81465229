// Lets a voice through and silence not. It runs on the audio thread, so that neither timers nor a busy page cut words off.

/** The quietest that the level meter shows, in dB below full scale; it shows decibels evenly, as people hear them. */
const quietest = -60;

/** Where a sound stands on the meter, 0 to 1, by the root mean square of its samples. */
export const levelOf = (rms: number) => Math.max(0, Math.min(1, 1 - (20 * Math.log10(rms + 1e-9)) / quietest));
/** The root mean square of a sound that stands somewhere on the meter. */
export const rmsOf = (level: number) => 10 ** (((1 - level) * quietest) / 20);

/** What opens a gate: what is loud enough; or it stands open, or shut. */
export type GateMode = "level" | "open" | "shut";

export interface GateReport {
  level: number;
  open: boolean;
}

/** How long it stays open after the last loud sound, so that pauses between words do not close it; and how long opening and closing take, so that neither clicks. In seconds. */
const hold = 0.35;
const opening = 0.004;
const closing = 0.03;
/** How much quieter than what opens it a sound may be to keep it open, as a factor: 6 dB. */
const slack = 0.5;

export class Gate {
  mode: GateMode = "level";
  private least = 0;
  private gain = 0;
  private left = 0;
  private loudest = 0;

  constructor(private readonly rate: number) {}

  /** From which level on it opens, 0 to 1. */
  set threshold(level: number) {
    this.least = level > 0 ? rmsOf(level) : 0;
  }

  /** Passes a block of samples on, or silence. */
  process(input: Float32Array | undefined, output: Float32Array) {
    let sum = 0;
    if (input) for (const sample of input) sum += sample * sample;
    const rms = input?.length ? Math.sqrt(sum / input.length) : 0;
    this.loudest = Math.max(this.loudest, rms);
    this.left -= output.length;
    if (rms >= (this.left > 0 ? this.least * slack : this.least)) this.left = hold * this.rate;
    const to = this.open ? 1 : 0;
    const step = (to > this.gain ? 1 / opening : -1 / closing) / this.rate;
    for (let i = 0; i < output.length; i++) {
      if (this.gain !== to) this.gain = Math.max(0, Math.min(1, this.gain + step));
      output[i] = input ? input[i]! * this.gain : 0;
    }
  }

  private get open() {
    return this.mode === "open" || (this.mode === "level" && this.left > 0);
  }

  /** How loud it was at most since the last time this was asked, and whether the gate is open. */
  report(): GateReport {
    const level = levelOf(this.loudest);
    this.loudest = 0;
    return { level, open: this.open };
  }
}
