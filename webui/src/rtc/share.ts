// Showing a screen: sharp for text, or smooth for motion.

/** "text" keeps every pixel and gives up pictures per second; "motion" the other way round. */
export type Preset = "text" | "motion";

export interface ShareChoice {
  preset: Preset;
  /** The greatest height in pixels, 0 for that of the screen itself. */
  height: number;
  framesPerSecond: number;
  audio: boolean;
}

/** What can be chosen of pictures per second, the usual one first. */
export const rates: Record<Preset, number[]> = { text: [15, 5], motion: [30, 60] };
export const heights = [0, 1440, 1080, 720, 480];

/** What is asked of the browser. Sound is taken as it is: what cleans voices spoils music. The page's own sound stays out of it, so that nobody hears themselves. */
export function captureOf({ height, framesPerSecond, audio }: ShareChoice): DisplayMediaStreamOptions {
  const sound = { echoCancellation: false, noiseSuppression: false, autoGainControl: false, channelCount: 2, restrictOwnAudio: true };
  return {
    video: { frameRate: { ideal: framesPerSecond, max: framesPerSecond }, ...(height ? { height: { max: height } } : {}) },
    audio: audio ? sound : false,
    ...{ selfBrowserSurface: "exclude", systemAudio: "include", surfaceSwitching: "include" },
  };
}

/** The layers of a screen, the worst first: for small tiles half of it, and all of it. Rates are in bit/s. */
export function shareLayers({ preset, framesPerSecond }: ShareChoice): RTCRtpEncodingParameters[] {
  const most = preset === "text" ? 3_000_000 : framesPerSecond > 30 ? 8_000_000 : 5_000_000;
  return [
    { rid: "h", scaleResolutionDownBy: 2, maxBitrate: most / 4, maxFramerate: Math.min(framesPerSecond, 30) },
    { rid: "f", scaleResolutionDownBy: 1, maxBitrate: most, maxFramerate: framesPerSecond },
  ];
}

/** How many pixels are asked for where a screen is shown with so many. The hall lets a quarter be missing, which a face does not show; letters do. */
export const sharp = (pixels: number) => Math.ceil((pixels * 4) / 3);

/** What encoders should spare first. */
export const hintOf = (preset: Preset) => (preset === "text" ? "detail" : "motion");
