import { describe, expect, it } from "vitest";
import type { MediaSinkWants } from "./types.gen";
import { cameraLayers, pixelsOf, qualityOf, wantedLayers, wantsOf } from "./video";

const wants = (...active: [string, boolean][]): MediaSinkWants => ({ any: 100, streams: active.map(([rid, on]) => ({ type: "video", rid, ssrc: 0, rtx_ssrc: 0, active: on, quality: 0 })) });

describe("layers", () => {
  it("stand in order, the worst first", () => {
    expect(cameraLayers.map(qualityOf)).toEqual([25, 50, 100]);
  });
  it("go off when nobody wants them, and on when somebody does", () => {
    const off = wantedLayers(cameraLayers, wants(["q", true], ["h", false], ["f", false]))!;
    expect(off.map((layer) => layer.active)).toEqual([true, false, false]);
    expect(off[1]).toMatchObject({ rid: "h", maxBitrate: 500_000 });
    expect(wantedLayers(off, wants(["q", true], ["h", true], ["f", false]))!.map((layer) => layer.active)).toEqual([true, true, false]);
  });
  it("are left alone where nothing changes, and where the hall knows nothing of them", () => {
    expect(wantedLayers(cameraLayers, wants(["q", true], ["h", true]))).toBeNull();
    expect(wantedLayers(cameraLayers, wants(["q", false]))!.map((layer) => layer.active)).toEqual([false, true, true]);
  });
});

describe("what is wanted", () => {
  it("names what is shown with its size, and nothing else", () => {
    expect(wantsOf([{ ssrc: 5, pixels: 57600.4 }, { ssrc: 6, pixels: 0 }])).toEqual({ any: 0, "5": 100, "6": 0, pixelCounts: { "5": 57600 } });
    expect(wantsOf([])).toEqual({ any: 0, pixelCounts: {} });
  });
  it("counts the pixels of the screen that the picture itself takes", () => {
    expect(pixelsOf({ clientWidth: 320, clientHeight: 180, videoWidth: 1280, videoHeight: 720 }, 2)).toBe(640 * 360);
    expect(pixelsOf({ clientWidth: 320, clientHeight: 320, videoWidth: 1280, videoHeight: 720 }, 1)).toBe(320 * 180);
    expect(pixelsOf({ clientWidth: 320, clientHeight: 100, videoWidth: 0, videoHeight: 0 }, 1)).toBe(32000);
  });
});
