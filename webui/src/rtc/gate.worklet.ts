// The gate, on the audio thread.
import { Gate, type GateMode } from "./gate";

// What the audio thread has, of which the types of a page know nothing.
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;

/** What the page tells the gate. */
export interface GateChange {
  mode: GateMode;
  threshold: number;
}

/** How often the gate tells how loud it is, in seconds. */
const every = 0.06;

class GateProcessor extends AudioWorkletProcessor {
  private readonly gate = new Gate(sampleRate);
  private since = 0;

  constructor() {
    super();
    this.gate.mode = "shut";
    this.port.onmessage = ({ data }: MessageEvent<GateChange>) => {
      this.gate.mode = data.mode;
      this.gate.threshold = data.threshold;
    };
  }

  process([input]: Float32Array[][], [output]: Float32Array[][]) {
    const samples = output?.[0];
    if (!samples) return true;
    this.gate.process(input?.[0], samples);
    this.since += samples.length;
    if (this.since >= every * sampleRate) {
      this.since = 0;
      this.port.postMessage(this.gate.report());
    }
    return true;
  }
}

registerProcessor("guildhall-gate", GateProcessor);
