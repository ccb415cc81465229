import { describe, expect, it } from "vitest";
import { Gate, levelOf, rmsOf } from "./gate";

const rate = 48_000;
/** A tone of some root mean square, as blocks of an audio thread. */
const tone = (rms: number, seconds: number) =>
  Array.from({ length: Math.round((seconds * rate) / 128) }, (_, block) => Float32Array.from({ length: 128 }, (_, i) => rms * Math.SQRT2 * Math.sin(((block * 128 + i) * 2 * Math.PI * 375) / rate)));
/** What comes out of a gate for some time of a tone: the loudest of each block. */
function through(gate: Gate, rms: number, seconds: number): number[] {
  return tone(rms, seconds).map((block) => {
    const out = new Float32Array(128);
    gate.process(block, out);
    return Math.max(...out.map(Math.abs));
  });
}

describe("levels", () => {
  it("stand on a scale of decibels and back", () => {
    expect([levelOf(1), levelOf(0.001), levelOf(0)]).toEqual([1, expect.closeTo(0, 5), 0]);
    for (const level of [0.1, 0.5, 0.9]) expect(levelOf(rmsOf(level))).toBeCloseTo(level, 5);
  });
});

describe("a gate", () => {
  const made = (level: number) => {
    const gate = new Gate(rate);
    gate.threshold = level;
    return gate;
  };
  it("lets through what is loud enough, from its first blocks on, and nothing else", () => {
    const gate = made(0.5);
    expect(Math.max(...through(gate, rmsOf(0.4), 0.5))).toBe(0);
    const loud = through(gate, rmsOf(0.6), 0.1);
    expect(loud.at(-1)).toBeCloseTo(rmsOf(0.6) * Math.SQRT2, 2);
    expect(loud.findIndex((peak) => peak > rmsOf(0.6))).toBeLessThan(4); // some 10 ms
    expect(gate.report()).toEqual({ level: expect.closeTo(0.6, 2), open: true });
  });
  it("stays open between words, and closes after them", () => {
    const gate = made(0.5);
    through(gate, rmsOf(0.7), 0.1);
    expect(through(gate, rmsOf(0.2), 0.3).at(-1)).toBeGreaterThan(0);
    expect(through(gate, rmsOf(0.2), 0.15).at(-1)).toBe(0);
    expect(gate.report().open).toBe(false);
  });
  it("is kept open by what is a little quieter than what opened it", () => {
    const gate = made(0.5);
    through(gate, rmsOf(0.55), 0.1);
    expect(through(gate, rmsOf(0.45), 2).at(-1)).toBeGreaterThan(0);
    expect(through(gate, rmsOf(0.35), 1).at(-1)).toBe(0);
  });
  it("is silent or open on demand, whatever comes", () => {
    const gate = made(0.5);
    gate.mode = "shut";
    expect(Math.max(...through(gate, 0.5, 0.2))).toBe(0);
    gate.mode = "open";
    through(gate, 0.01, 0.1);
    expect(through(gate, 0.001, 1).at(-1)).toBeGreaterThan(0);
    gate.mode = "shut";
    expect(through(gate, 0.5, 0.1).at(-1)).toBe(0);
  });
  it("is always open at level 0", () => {
    expect(through(made(0), 1e-5, 0.1).at(-1)).toBeGreaterThan(0);
  });
  it("gives silence where nothing comes in", () => {
    const gate = made(0);
    gate.mode = "open";
    const out = new Float32Array(128).fill(1);
    gate.process(undefined, out);
    expect(out.every((sample) => sample === 0)).toBe(true);
  });
});
