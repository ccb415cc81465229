// Makes tones and recognises them, with libopus (opusscript): for tests in JavaScript, and as a program for others.
import { writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import OpusScript from "opusscript";

const rate = 48000;
const size = 960; // 20 ms

/** Frames of a tone, each 20 ms of Opus. */
export function tone(hz, frames) {
  const encoder = new OpusScript(rate, 2, OpusScript.Application.AUDIO);
  const made = [];
  for (let frame = 0; frame < frames; frame++) {
    const pcm = Buffer.alloc(size * 4);
    for (let i = 0; i < size; i++) {
      const value = Math.round(8000 * Math.sin((2 * Math.PI * hz * (frame * size + i)) / rate));
      pcm.writeInt16LE(value, i * 4);
      pcm.writeInt16LE(value, i * 4 + 2);
    }
    made.push(Buffer.from(encoder.encode(pcm, size)));
  }
  encoder.delete();
  return made;
}

/** The frequency that is strongest in Opus frames between 100 and 2000 Hz, to 5 Hz, and how loud they are, 0 to 1. */
export function recognise(frames) {
  const decoder = new OpusScript(rate, 2, OpusScript.Application.AUDIO);
  const samples = [];
  for (const frame of frames) {
    const pcm = Buffer.from(decoder.decode(frame));
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

/** Frames in an Ogg file, as players and bots read it (RFC 3533, RFC 7845): one to a page. */
export function ogg(frames) {
  const head = Buffer.from("OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00", "latin1"); // version 1, two channels, 48000 Hz
  const tags = Buffer.from("OpusTags\x00\x00\x00\x00\x00\x00\x00\x00", "latin1");
  return Buffer.concat([head, tags, ...frames].map((packet, page, all) => {
    const segments = Buffer.alloc(Math.floor(packet.length / 255) + 1, 255);
    segments[segments.length - 1] = packet.length % 255;
    const header = Buffer.alloc(27);
    header.write("OggS");
    header[5] = page === 0 ? 2 : page === all.length - 1 ? 4 : 0;
    header.writeBigUInt64LE(BigInt(Math.max(page - 1, 0) * size), 6);
    header.writeUInt32LE(1, 14);
    header.writeUInt32LE(page, 18);
    header[26] = segments.length;
    const whole = Buffer.concat([header, segments, packet]);
    whole.writeUInt32LE(checksum(whole), 22);
    return whole;
  }));
}

/** The checksum of a page (RFC 3533 section 6). */
function checksum(page) {
  let sum = 0;
  for (const byte of page) {
    sum ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum & 0x80000000 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}

// As a program it answers each line of standard input, a JSON object, by one of standard output: for {hz, frames} that many frames of a tone, in base64, also
// written to a file if one is named; for {opus} what the frames hold.
if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    let answer;
    if (asked.opus) {
      answer = recognise(asked.opus.map((frame) => Buffer.from(frame, "base64")));
    } else {
      const frames = tone(asked.hz, asked.frames);
      if (asked.file) writeFileSync(asked.file, ogg(frames));
      answer = { frames: frames.map((frame) => frame.toString("base64")) };
    }
    console.log(JSON.stringify(answer));
  }
}
