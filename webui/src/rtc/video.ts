// What is sent of a picture: its layers, and which of them anybody looks at.
import type { MediaSinkWants } from "./types.gen";

/** The layers of a camera, the worst first: a quarter and half of its width and height, and all of it. Rates are in bit/s. */
export const cameraLayers: RTCRtpEncodingParameters[] = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000, maxFramerate: 15 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_700_000 },
];

/** How good each layer is in relation to the others, from 1 to 100, for op 12. */
export const qualityOf = (layer: RTCRtpEncodingParameters) => Math.round(100 / (layer.scaleResolutionDownBy ?? 1));

/** Switches layers off that nobody wants, and on that somebody does. It gives null where nothing changes. Layers of which the hall has seen nothing stay on. */
export function wantedLayers<T extends RTCRtpEncodingParameters>(layers: T[], wants: MediaSinkWants): T[] | null {
  let changed = false;
  const made = layers.map((layer) => {
    const active = wants.streams.find((stream) => stream.rid === layer.rid)?.active ?? true;
    if (active !== (layer.active ?? true)) changed = true;
    return { ...layer, active };
  });
  return changed ? made : null;
}

/** How a picture is shown here. */
export interface Shown {
  ssrc: number;
  /** With how many pixels of the screen; 0 is not at all. */
  pixels: number;
}

/** Op 15: what is wanted of others' pictures. What is not shown costs nothing. */
export function wantsOf(shown: Shown[]): Record<string, unknown> {
  const wants: Record<string, unknown> = { any: 0 };
  const pixelCounts: Record<string, number> = {};
  for (const { ssrc, pixels } of shown) {
    wants[ssrc] = pixels > 0 ? 100 : 0;
    if (pixels > 0) pixelCounts[ssrc] = Math.round(pixels);
  }
  return { ...wants, pixelCounts };
}

/** With how many pixels of the screen a picture is shown: it is fitted into its element whole, so that some of that may stay empty. */
export function pixelsOf(video: { clientWidth: number; clientHeight: number; videoWidth: number; videoHeight: number }, ratio: number): number {
  const { clientWidth, clientHeight, videoWidth, videoHeight } = video;
  if (!videoWidth || !videoHeight) return clientWidth * clientHeight * ratio * ratio;
  const scale = Math.min(clientWidth / videoWidth, clientHeight / videoHeight) * ratio;
  return videoWidth * videoHeight * scale * scale;
}
