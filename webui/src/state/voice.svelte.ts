import { SvelteMap } from "svelte/reactivity";
import type { Gateway } from "../api/gateway";
import type { VoiceServerUpdate, VoiceState } from "../api/types.gen";
import { VoiceConnection } from "../rtc/connection";
import { Pictures } from "./pictures.svelte";
import { Sound } from "./sound.svelte";
import { Streams } from "./streams.svelte";

/** How it stands with one's own voice. */
export type VoicePhase = "out" | "connecting" | "connected" | "reconnecting";

const refusedAfter = 5000;
const refusalSettles = 1000;
const rejoinAfter = [500, 1000, 2000, 4000, 8000];

/** One's own place in voice, and what is heard there. */
export class Voice {
  phase = $state<VoicePhase>("out");
  guildID = $state("");
  channelID = $state("");
  muted = $state(false);
  deafened = $state(false);
  refused = $state(false);
  private refusedTimer?: ReturnType<typeof setTimeout>;
  /** Who speaks. */
  readonly speaking = new SvelteMap<string, true>();
  readonly sound = new Sound(
    () => this.follow(),
    (passing) => this.heard(passing),
  );
  readonly pictures = new Pictures(
    () => this.sound.settings.camera,
    () => this.tell(this.channelID),
  );
  readonly streams: Streams;
  /** Why a screen is not shown; "" where nothing is wrong. */
  streamProblem = $state("");
  private streamTimer?: ReturnType<typeof setTimeout>;
  connection = $state.raw<VoiceConnection | null>(null);
  /** How often one has left on the way to come back, without having been told so yet: that is not being taken out. */
  private leaving = 0;
  /** Whether one's video passes, as the hall told last. */
  private ownVideo = false;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly me: () => string,
  ) {
    this.streams = new Streams(gateway, me, () => this, () => this.sound, (reason) => {
      this.streamProblem = reason;
      clearTimeout(this.streamTimer);
      this.streamTimer = setTimeout(() => (this.streamProblem = ""), 6000);
    });
  }

  join(guildID: string, channelID: string) {
    if (this.phase !== "out" && this.channelID === channelID) return;
    this.streams.end();
    this.close();
    this.guildID = guildID;
    this.channelID = channelID;
    this.phase = "connecting";
    this.refused = false;
    this.attempts = 0;
    this.ask();
    // While the hall answers, the microphone is opened.
    this.sound.use("call");
  }

  leave() {
    if (this.phase === "out") return;
    const guildID = this.guildID;
    this.end();
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
    this.sound.setMuted(this.silent);
    this.connection?.setDeafened(this.deafened);
    this.streams.follow();
    if (this.silent) this.speaking.delete(this.me());
    this.tell(this.channelID);
  }

  private tell(channelID: string | null) {
    if (this.phase !== "out") this.gateway.updateVoice(this.guildID, channelID, this.muted, this.deafened, this.pictures.on);
  }

  private ask() {
    this.tell(this.channelID);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.unanswered(), refusedAfter);
  }

  /** The hall says nothing when somebody may not join: after a while that is the answer. */
  private unanswered() {
    if (this.connection || this.phase === "out") return;
    if (this.phase === "reconnecting") return this.again();
    this.end();
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
        takenOut: () => {
          if (this.connection === connection) this.wait();
        },
        video: (userID, track) => {
          if (this.connection === connection) this.pictures.take(userID, track);
        },
        // The main gateway has the last word: what was asked of it may have come a moment later.
        pictureRefused: () => void setTimeout(() => this.connection === connection && !this.ownVideo && this.pictures.on && this.pictures.refuse(), refusalSettles),
        speaking: (userID, on) => {
          if (on) this.speaking.set(userID, true);
          else this.speaking.delete(userID);
        },
      },
    );
    this.connection = connection;
    this.sound.setMuted(this.silent);
    connection.setDeafened(this.deafened);
    this.follow();
    this.pictures.attach(connection);
    connection.open();
    this.sound.use("call");
  }

  /** Has the connection follow what there is to send, and what was chosen for the sound. The microphone comes when it is there: whoever it keeps waiting can listen meanwhile. */
  private follow() {
    void this.connection?.setTrack(this.sound.track);
    this.connection?.setVolumes(this.sound.settings.volumes);
    void this.connection?.setOutput(this.sound.settings.output);
    this.streams.follow();
  }

  private heard(passing: boolean) {
    if (passing && !this.silent && this.phase !== "out") this.speaking.set(this.me(), true);
    else this.speaking.delete(this.me());
  }

  /** The connection broke: ask to be let in again, with growing patience. */
  private again() {
    if (this.phase === "out") return;
    this.close();
    this.phase = "reconnecting";
    const delay = rejoinAfter[Math.min(this.attempts++, rejoinAfter.length - 1)];
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.rejoin(), delay);
  }

  /** One was taken out or moved; which of both is about to be told. When nothing is, one asks. */
  private wait() {
    this.close();
    this.phase = "reconnecting";
    this.timer = setTimeout(() => this.again(), refusedAfter);
  }

  /** Leaving first makes the hall give a new token, whatever it believes of the old connection. */
  private rejoin() {
    if (this.phase === "out") return;
    this.leaving++;
    this.tell(null);
    this.ask();
  }

  /** The gateway is there again after a loss. A voice connection that outlived it goes on. */
  gatewayBack() {
    if (this.phase === "out" || this.connection) return;
    this.attempts = this.leaving = 0;
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
    this.ownVideo = !!state.self_video;
    if (state.channel_id && state.channel_id !== this.channelID) this.streams.end();
    if (state.channel_id) this.channelID = state.channel_id;
    else if (this.leaving > 0) this.leaving--;
    else if (this.phase !== "connecting") this.end();
  }

  guildGone(guildID: string) {
    if (this.guildID === guildID) this.end();
  }

  private end() {
    this.streams.end();
    this.close();
    this.leaving = 0;
    this.phase = "out";
    this.channelID = "";
    this.sound.release("call");
    this.pictures.stop();
  }

  private close() {
    clearTimeout(this.timer);
    this.connection?.close();
    this.connection = null;
    this.pictures.attach(null);
    this.speaking.clear();
  }
}
