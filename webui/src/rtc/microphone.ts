// Opens the microphone and measures how loud it is.

/** Why there is no microphone. */
export type MicrophoneProblem = "denied" | "missing" | "busy" | "insecure";

export async function openMicrophone(deviceID: string): Promise<MediaStreamTrack | MicrophoneProblem> {
  if (!navigator.mediaDevices?.getUserMedia) return "insecure";
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { deviceId: deviceID ? { ideal: deviceID } : undefined, echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    return stream.getAudioTracks()[0]!;
  } catch (cause) {
    const name = cause instanceof DOMException ? cause.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") return "denied";
    if (name === "NotFoundError" || name === "OverconstrainedError") return "missing";
    return "busy";
  }
}

export async function devices(kind: "audioinput" | "audiooutput"): Promise<MediaDeviceInfo[]> {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  return (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === kind && d.deviceId && d.deviceId !== "default" && d.deviceId !== "communications");
}

/** How loud speech is at least, as a part of the loudest. */
const loudness = 0.02;
const hold = 300;

/** Measures a track's level some ten times a second, until stopped. */
export class LevelMeter {
  private readonly context = new AudioContext();
  private readonly source: MediaStreamAudioSourceNode;
  private readonly timer: ReturnType<typeof setInterval>;
  private loudUntil = 0;

  constructor(track: MediaStreamTrack, tell: (level: number, loud: boolean) => void) {
    this.source = this.context.createMediaStreamSource(new MediaStream([track]));
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 1024;
    this.source.connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.timer = setInterval(() => {
      if (this.context.state === "suspended") void this.context.resume();
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const rms = Math.sqrt(sum / samples.length);
      if (rms > loudness) this.loudUntil = Date.now() + hold;
      // Decibels from -60 to 0 on a scale from 0 to 1: how people hear it.
      tell(Math.max(0, Math.min(1, 1 + (20 * Math.log10(rms + 1e-6)) / 60)), Date.now() < this.loudUntil);
    }, 90);
  }

  stop() {
    clearInterval(this.timer);
    this.source.disconnect();
    void this.context.close();
  }
}
