// Makes tones and recognises them, with libopus (opusscript). It answers each line of standard input, a JSON object, by one of standard output: for {hz, frames}
// that many frames of 20 ms of a tone, in base64; for {opus} the frequency and the level of what the frames hold.
import { createInterface } from "node:readline";
import OpusScript from "opusscript";

const rate = 48000;
const size = 960;

function make(hz, frames) {
  const encoder = new OpusScript(rate, 2, OpusScript.Application.AUDIO);
  const made = [];
  for (let frame = 0; frame < frames; frame++) {
    const pcm = Buffer.alloc(size * 4);
    for (let i = 0; i < size; i++) {
      const value = Math.round(8000 * Math.sin((2 * Math.PI * hz * (frame * size + i)) / rate));
      pcm.writeInt16LE(value, i * 4);
      pcm.writeInt16LE(value, i * 4 + 2);
    }
    made.push(Buffer.from(encoder.encode(pcm, size)).toString("base64"));
  }
  encoder.delete();
  return { frames: made };
}

// recognise finds the frequency that is strongest between 100 and 2000 Hz, to 5 Hz.
function recognise(opus) {
  const decoder = new OpusScript(rate, 2, OpusScript.Application.AUDIO);
  const samples = [];
  for (const frame of opus) {
    const pcm = Buffer.from(decoder.decode(Buffer.from(frame, "base64")));
    for (let i = 0; i + 3 < pcm.length; i += 4) samples.push(pcm.readInt16LE(i) / 32768);
  }
  decoder.delete();
  let best = { hz: 0, power: 0 };
  for (let hz = 100; hz <= 2000; hz += 5) {
    let re = 0;
    let im = 0;
    for (let i = 0; i < samples.length; i += 4) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / samples.length);
      re += window * samples[i] * Math.cos((2 * Math.PI * hz * i) / rate);
      im += window * samples[i] * Math.sin((2 * Math.PI * hz * i) / rate);
    }
    const power = re * re + im * im;
    if (power > best.power) best = { hz, power };
  }
  const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(samples.length, 1));
  return { hz: best.hz, level };
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(asked.opus ? recognise(asked.opus) : make(asked.hz, asked.frames)));
}
