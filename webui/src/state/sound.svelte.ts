import { onDeviceChange } from "../rtc/devices";
import { Microphone, type MicrophoneProblem } from "../rtc/microphone";
import { loadSettings, saveSettings, type VoiceSettings } from "../rtc/settings";
import { PushToTalk } from "./push.svelte";

/** One's own sound: the microphone while it is needed, and what was chosen for it on this device. */
export class Sound {
  readonly settings = $state<VoiceSettings>(loadSettings());
  problem = $state<MicrophoneProblem | "fine">("fine");
  /** The level of the microphone, 0 to 1, and whether it is passed on. */
  level = $state(0);
  passing = $state(false);
  /** The name of the microphone in use. */
  using = $state("");
  /** Noise suppression was chosen that could not be loaded. */
  suppressorFailed = $state(false);
  readonly push = new PushToTalk(
    () => this.settings.key,
    (held) => this.microphone?.hold(held),
  );
  /** What is to be sent, null while there is no microphone. */
  track: MediaStreamTrack | null = null;
  private microphone: Microphone | null = null;
  private muted = false;
  /** Who needs the microphone: a call, a test, or both. */
  private readonly users = new Set<string>();

  constructor(
    /** Told when there is something else to send, when something was chosen that others have to follow, and when devices come and go. */
    private readonly changed: () => void,
    private readonly heard: (passing: boolean) => void,
  ) {
    onDeviceChange(() => this.changed());
  }

  /** Opens the microphone for somebody who needs it, unless it is open. */
  use(user: string) {
    this.users.add(user);
    this.push.listening = this.settings.mode === "push";
    if (this.microphone) return;
    const microphone = new Microphone($state.snapshot(this.settings), {
      level: (level, open) => {
        this.level = level;
        this.passing = open;
        this.heard(open);
      },
      problem: (problem) => (this.problem = problem ?? "fine"),
      track: (track) => {
        this.track = track;
        this.changed();
      },
      using: (label) => (this.using = label),
      suppressor: (works) => (this.suppressorFailed = !works),
    });
    this.microphone = microphone;
    microphone.setMuted(this.muted);
    void microphone.open();
  }

  /** Closes the microphone when nobody needs it any more. */
  release(user: string) {
    this.users.delete(user);
    if (this.users.size > 0) return;
    this.push.listening = false;
    this.microphone?.stop();
    this.microphone = this.track = null;
    this.level = 0;
    this.passing = false;
    this.problem = "fine";
    this.using = "";
  }

  setMuted(muted: boolean) {
    this.muted = muted;
    this.microphone?.setMuted(muted);
  }

  /** Tries again after something was wrong. */
  retry() {
    void this.microphone?.open();
  }

  async choose(change: Partial<VoiceSettings>) {
    Object.assign(this.settings, change);
    const chosen = $state.snapshot(this.settings);
    saveSettings(chosen);
    this.push.listening = chosen.mode === "push" && this.users.size > 0;
    this.changed();
    await this.microphone?.apply(chosen);
  }

  /** How loud somebody is here, as a factor. */
  volumeOf(userID: string): number {
    return this.settings.volumes[userID] ?? 1;
  }

  setVolume(userID: string, volume: number) {
    const volumes = { ...this.settings.volumes, [userID]: volume };
    if (volume === 1) delete volumes[userID];
    void this.choose({ volumes });
  }
}
