import { SvelteMap } from "svelte/reactivity";
import type { Gateway } from "../api/gateway";
import type { VoiceServerUpdate, VoiceState } from "../api/types.gen";
import { VoiceConnection, type MicrophoneProblem } from "../rtc/connection";

/** How it stands with one's own voice. */
export type VoicePhase = "out" | "connecting" | "connected" | "reconnecting";

const refusedAfter = 5000;
const rejoinAfter = [500, 1000, 2000, 4000, 8000];

/** One's own place in voice, and what is heard there. */
export class Voice {
  phase = $state<VoicePhase>("out");
  guildID = $state("");
  channelID = $state("");
  muted = $state(false);
  deafened = $state(false);
  microphone = $state<MicrophoneProblem | "fine">("fine");
  refused = $state(false);
  private refusedTimer?: ReturnType<typeof setTimeout>;
  /** The level of one's own microphone, 0 to 1. */
  level = $state(0);
  /** Who speaks. */
  readonly speaking = new SvelteMap<string, true>();
  inputID = $state(remembered("guildhall.input"));
  outputID = $state(remembered("guildhall.output"));
  private connection: VoiceConnection | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly me: () => string,
  ) {}

  join(guildID: string, channelID: string) {
    if (this.phase !== "out" && this.channelID === channelID) return;
    this.close();
    this.guildID = guildID;
    this.channelID = channelID;
    this.phase = "connecting";
    this.refused = false;
    this.attempts = 0;
    this.ask();
  }

  leave() {
    if (this.phase === "out") return;
    const guildID = this.guildID;
    this.close();
    this.phase = "out";
    this.channelID = "";
    this.gateway.updateVoice(guildID, null, this.muted, this.deafened);
  }

  toggleMute() {
    this.muted = this.deafened ? false : !this.muted;
    if (this.deafened) this.deafened = false;
    this.tellMuting();
  }

  toggleDeafen() {
    this.deafened = !this.deafened;
    this.tellMuting();
  }

  private get silent() {
    return this.muted || this.deafened;
  }

  private tellMuting() {
    this.connection?.setMuted(this.silent);
    this.connection?.setDeafened(this.deafened);
    if (this.silent) this.speaking.delete(this.me());
    if (this.phase !== "out") this.gateway.updateVoice(this.guildID, this.channelID, this.muted, this.deafened);
  }

  private ask() {
    this.gateway.updateVoice(this.guildID, this.channelID, this.muted, this.deafened);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.unanswered(), refusedAfter);
  }

  /** The hall says nothing when somebody may not join: after a while that is the answer. */
  private unanswered() {
    if (this.connection || this.phase === "out") return;
    if (this.phase === "reconnecting") return this.again();
    this.phase = "out";
    this.channelID = "";
    this.refused = true;
    clearTimeout(this.refusedTimer);
    this.refusedTimer = setTimeout(() => (this.refused = false), 6000);
  }

  /** The hall has let us in and tells where: connect there. */
  connect(where: VoiceServerUpdate) {
    if (this.phase === "out" || where.guild_id !== this.guildID) return;
    clearTimeout(this.timer);
    this.connection?.close();
    this.speaking.clear();
    const connection = new VoiceConnection(
      { endpoint: where.endpoint, token: where.token, guildID: this.guildID, userID: this.me(), sessionID: this.gateway.sessionID },
      {
        connected: () => {
          if (this.connection !== connection) return;
          this.phase = "connected";
          this.attempts = 0;
        },
        unsteady: () => {
          if (this.connection === connection && this.phase === "connected") this.phase = "reconnecting";
        },
        lost: () => {
          if (this.connection === connection) this.again();
        },
        speaking: (userID, on) => {
          if (on) this.speaking.set(userID, true);
          else this.speaking.delete(userID);
        },
        level: (level, loud) => {
          this.level = level;
          if (loud && !this.silent) this.speaking.set(this.me(), true);
          else this.speaking.delete(this.me());
        },
        microphone: (problem) => (this.microphone = problem ?? "fine"),
      },
    );
    this.connection = connection;
    connection.setMuted(this.silent);
    connection.setDeafened(this.deafened);
    void connection.open(this.inputID, this.outputID);
  }

  /** The connection broke: ask to be let in again, with growing patience. */
  private again() {
    if (this.phase === "out") return;
    this.connection?.close();
    this.connection = null;
    this.speaking.clear();
    this.phase = "reconnecting";
    const delay = rejoinAfter[Math.min(this.attempts++, rejoinAfter.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rejoin(), delay);
  }

  /** Leaving first makes the hall give a new token, whatever it believes of the old connection. */
  private rejoin() {
    if (this.phase === "out") return;
    this.gateway.updateVoice(this.guildID, null, this.muted, this.deafened);
    this.ask();
  }

  /** The gateway is there again after a loss. A voice connection that outlived it goes on. */
  gatewayBack() {
    if (this.phase === "out" || this.phase === "connected") return;
    this.attempts = 0;
    this.again();
  }

  /** Follows one's own voice state: moved, taken out, or in from another device. */
  stateChanged(state: VoiceState) {
    if (state.user_id !== this.me()) {
      if (!state.channel_id || state.channel_id !== this.channelID) this.speaking.delete(state.user_id);
      return;
    }
    if (this.phase === "out" || state.guild_id !== this.guildID) return;
    if (state.session_id !== this.gateway.sessionID) {
      if (state.channel_id) this.end(); // another of one's devices took over
      return;
    }
    if (state.channel_id) this.channelID = state.channel_id;
    else if (this.phase === "connected") this.end();
  }

  guildGone(guildID: string) {
    if (this.guildID === guildID) this.end();
  }

  private end() {
    this.close();
    this.phase = "out";
    this.channelID = "";
  }

  private close() {
    clearTimeout(this.timer);
    this.connection?.close();
    this.connection = null;
    this.speaking.clear();
    this.level = 0;
    this.microphone = "fine";
  }

  async chooseInput(deviceID: string) {
    this.inputID = deviceID;
    remember("guildhall.input", deviceID);
    await this.connection?.openMicrophone(deviceID);
  }

  async chooseOutput(deviceID: string) {
    this.outputID = deviceID;
    remember("guildhall.output", deviceID);
    await this.connection?.setOutput(deviceID);
  }

  async retryMicrophone() {
    await this.connection?.openMicrophone(this.inputID);
  }
}

function remembered(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

function remember(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Only a convenience.
  }
}
