// The microphones, loudspeakers and cameras of this device, as they come and go.

const media = () => (typeof navigator === "undefined" ? undefined : navigator.mediaDevices) as MediaDevices | undefined;

export type DeviceKind = "audioinput" | "audiooutput" | "videoinput";

/** The devices that can be chosen. Before a page may use one of a kind, browsers tell neither names nor ids of it. */
export async function devices(kind: DeviceKind): Promise<MediaDeviceInfo[]> {
  return ((await media()?.enumerateDevices?.()) ?? []).filter((d) => d.kind === kind && d.deviceId && d.deviceId !== "default" && d.deviceId !== "communications");
}

/** Tells when devices come and go, until what it gives is called. */
export function onDeviceChange(tell: () => void): () => void {
  media()?.addEventListener?.("devicechange", tell);
  return () => media()?.removeEventListener?.("devicechange", tell);
}

/** Whether the browser lets a page choose the loudspeaker. */
export const canChooseOutput = typeof HTMLMediaElement !== "undefined" && "setSinkId" in HTMLMediaElement.prototype;
