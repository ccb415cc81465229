import { describe, expect, it } from "vitest";
import { captureOf, hintOf, rates, shareLayers, sharp } from "./share";

const choice = { preset: "text", height: 0, framesPerSecond: 15, audio: true } as const;

describe("showing a screen", () => {
  it("asks for what was chosen, and for sound as it is", () => {
    const all = captureOf(choice);
    expect(all.video).toEqual({ frameRate: { ideal: 15, max: 15 } });
    expect(all.audio).toMatchObject({ echoCancellation: false, noiseSuppression: false, autoGainControl: false, restrictOwnAudio: true });
    expect(captureOf({ ...choice, height: 720, audio: false })).toMatchObject({ video: { height: { max: 720 } }, audio: false });
  });
  it("sends the screen whole, and a half of it for small tiles", () => {
    for (const preset of ["text", "motion"] as const)
      for (const framesPerSecond of rates[preset]) {
        const [half, whole] = shareLayers({ ...choice, preset, framesPerSecond });
        expect([half!.scaleResolutionDownBy, whole!.scaleResolutionDownBy, whole!.maxFramerate]).toEqual([2, 1, framesPerSecond]);
        expect(half!.maxBitrate).toBeLessThan(whole!.maxBitrate!);
      }
  });
  it("asks for no pixel less than are shown", () => {
    expect([sharp(0), sharp(640 * 360), sharp(1)]).toEqual([0, 307_200, 2]);
  });
  it("tells encoders what to spare", () => {
    expect([hintOf("text"), hintOf("motion")]).toEqual(["detail", "motion"]);
  });
});
