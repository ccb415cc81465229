// What somebody chose for their voice on this device. It is kept in the browser and goes nowhere else.

/** What is done against noise: nothing, what the browser has, or the trained suppressor of the hall. */
export type Suppression = "off" | "browser" | "strong";
/** When one is heard: while one speaks, or while a key is held. */
export type TalkMode = "activity" | "push";

export interface VoiceSettings {
  /** The microphone's and the loudspeaker's device ids, "" for the system's default. */
  input: string;
  output: string;
  /** The camera's device id, "" for the system's default. */
  camera: string;
  suppression: Suppression;
  echoCancellation: boolean;
  autoGain: boolean;
  mode: TalkMode;
  /** From which level on one is heard, 0 (always) to 1, on the scale of the level meter. */
  threshold: number;
  /** The key that is held to talk: KeyboardEvent.code. */
  key: string;
  /** How loud each person is here, by user id: 0 to 2, 1 where nothing was chosen. */
  volumes: Record<string, number>;
}

/** The loudest that a person can be made, as a factor. */
export const loudest = 2;

export const defaults: Readonly<VoiceSettings> = {
  input: "", output: "", camera: "", suppression: "browser", echoCancellation: true, autoGain: true, mode: "activity", threshold: 0.15, key: "AltRight", volumes: {},
};

const place = "guildhall.voice";
const within = (value: unknown, least: number, most: number) => typeof value === "number" && value >= least && value <= most;

/** Takes over what is sound in what was stored, by whatever version; the rest is as by default. */
export function readSettings(text: string | null): VoiceSettings {
  let stored: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? "{}");
    if (parsed && typeof parsed === "object") stored = parsed as Record<string, unknown>;
  } catch {
    // As if nothing were stored.
  }
  const fits: { [K in keyof VoiceSettings]: (value: unknown) => boolean } = {
    input: (v) => typeof v === "string",
    output: (v) => typeof v === "string",
    camera: (v) => typeof v === "string",
    suppression: (v) => v === "off" || v === "browser" || v === "strong",
    echoCancellation: (v) => typeof v === "boolean",
    autoGain: (v) => typeof v === "boolean",
    mode: (v) => v === "activity" || v === "push",
    threshold: (v) => within(v, 0, 1),
    key: (v) => typeof v === "string" && v !== "",
    volumes: (v) => !!v && typeof v === "object" && !Array.isArray(v),
  };
  const sound = Object.fromEntries(Object.entries(fits).flatMap(([name, fit]) => (fit(stored[name]) ? [[name, stored[name]]] : [])));
  const settings = { ...defaults, ...sound } as VoiceSettings;
  settings.volumes = Object.fromEntries(Object.entries(settings.volumes).filter(([, volume]) => within(volume, 0, loudest)));
  return settings;
}

export function loadSettings(): VoiceSettings {
  try {
    return readSettings(localStorage.getItem(place));
  } catch {
    return readSettings(null);
  }
}

export function saveSettings(settings: VoiceSettings) {
  try {
    localStorage.setItem(place, JSON.stringify(settings));
  } catch {
    // Only a convenience.
  }
}
