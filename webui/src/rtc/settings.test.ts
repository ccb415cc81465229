import { describe, expect, it } from "vitest";
import { defaults, readSettings } from "./settings";

describe("settings of the voice", () => {
  it("are those by default where nothing, or nothing readable, was stored", () => {
    for (const text of [null, "", "{", "null", "7", "[]"]) expect(readSettings(text), String(text)).toEqual(defaults);
  });
  it("come back as they were stored", () => {
    const chosen = { ...defaults, input: "in", output: "out", camera: "cam", suppression: "strong", echoCancellation: false, autoGain: false, mode: "push", threshold: 0.4, key: "KeyV", volumes: { "12": 0, "13": 2 } };
    expect(readSettings(JSON.stringify(chosen))).toEqual(chosen);
  });
  it("leave out what is not sound, and keep the rest", () => {
    const stored = { input: 7, suppression: "magic", mode: "push", threshold: 3, key: "", volumes: { a: 2.5, b: -1, c: 0.5, d: "1" }, more: true };
    expect(readSettings(JSON.stringify(stored))).toEqual({ ...defaults, mode: "push", volumes: { c: 0.5 } });
  });
});
