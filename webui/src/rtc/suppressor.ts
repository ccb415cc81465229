// RNNoise in an AudioWorklet: tells speech from all else by what it has learned. Some 150 KiB of code, loaded from the hall when somebody switches it on.
import { loadRnnoise, RnnoiseWorkletNode } from "@sapphi-red/web-noise-suppressor";
import plain from "@sapphi-red/web-noise-suppressor/rnnoise.wasm?url";
import simd from "@sapphi-red/web-noise-suppressor/rnnoise_simd.wasm?url";
import worklet from "@sapphi-red/web-noise-suppressor/rnnoiseWorklet.js?url";

/** The rate that it was trained at, in Hz. */
export const suppressorRate = 48_000;

export async function makeSuppressor(context: AudioContext): Promise<RnnoiseWorkletNode> {
  const [wasmBinary] = await Promise.all([loadRnnoise({ url: plain, simdUrl: simd }), context.audioWorklet.addModule(worklet)]);
  return new RnnoiseWorkletNode(context, { wasmBinary, maxChannels: 1 });
}
