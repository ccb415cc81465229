import { SvelteMap } from "svelte/reactivity";
import type { Gateway } from "../api/gateway";
import type { StreamDelete, StreamServerUpdate, StreamShown } from "../api/types.gen";
import { VoiceConnection } from "../rtc/connection";
import { captureOf, hintOf, shareLayers, sharp, type ShareChoice } from "../rtc/share";
import type { Sound } from "./sound.svelte";

/** Where a call is. */
interface Place {
  guildID: string;
  channelID: string;
  deafened: boolean;
}

/** The screens of a call: the one that one shows oneself, and those that one watches. Each is a room of its own at the hall. */
export class Streams {
  /** What one shows, while one does. */
  own = $state.raw<MediaStream | null>(null);
  /** What one watches, by whose it is; null until the first picture comes. */
  readonly watched = new SvelteMap<string, MediaStream | null>();
  private choice: ShareChoice | null = null;
  /** The rooms' names at the hall, and the connections to them, by the streams' keys. */
  private readonly rooms = new Map<string, string>();
  private readonly connections = new Map<string, VoiceConnection>();

  constructor(
    private readonly gateway: Gateway,
    private readonly me: () => string,
    private readonly place: () => Place,
    private readonly sound: () => Sound,
    /** Told why something did not come about or is over: a reason of the hall, "denied" where the browser could not show it, "lost" where the connection broke. */
    private readonly failed: (reason: string) => void,
  ) {}

  private keyOf(userID: string) {
    const { guildID, channelID } = this.place();
    return `guild:${guildID}:${channelID}:${userID}`;
  }

  async share(choice: ShareChoice) {
    const { guildID, channelID } = this.place();
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getDisplayMedia(captureOf(choice));
    } catch (cause) {
      // Who closes the browser's choice wants nothing, which needs no words.
      if (!(cause instanceof DOMException && cause.name === "NotAllowedError")) this.failed("denied");
      return;
    }
    // Whoever has left the call meanwhile shows nothing.
    if (!channelID || this.place().channelID !== channelID) return stream.getTracks().forEach((track) => track.stop());
    this.stopSharing();
    const [video] = stream.getVideoTracks();
    video!.contentHint = hintOf(choice.preset);
    video!.onended = () => this.stopSharing(); // The browser's own button.
    this.own = stream;
    this.choice = choice;
    this.gateway.createStream(guildID, channelID);
  }

  stopSharing() {
    if (!this.own) return;
    const key = this.keyOf(this.me());
    for (const track of this.own.getTracks()) {
      track.onended = null;
      track.stop();
    }
    this.own = null;
    this.gateway.deleteStream(key);
    this.drop(key);
  }

  watch(userID: string) {
    this.watched.set(userID, null);
    this.gateway.watchStream(this.keyOf(userID));
  }

  stopWatching(userID: string) {
    const key = this.keyOf(userID);
    this.watched.delete(userID);
    this.gateway.deleteStream(key);
    this.drop(key);
  }

  show(userID: string, pixels: number) {
    this.connections.get(this.keyOf(userID))?.show(userID, sharp(pixels));
  }

  /** A stream has a room. */
  created(e: StreamShown) {
    this.rooms.set(e.stream_key, e.rtc_server_id);
  }

  /** The hall tells where to join a stream's room. */
  summoned(e: StreamServerUpdate) {
    const key = e.stream_key;
    const server = this.rooms.get(key);
    const owner = key.split(":").at(-1)!;
    const mine = owner === this.me();
    if (!server || (mine ? !this.own : !this.watched.has(owner))) return;
    this.connections.get(key)?.close();
    const connection = new VoiceConnection(
      { endpoint: e.endpoint, token: e.token, guildID: server, userID: this.me(), sessionID: this.gateway.sessionID },
      {
        connected: () => {},
        unsteady: () => {},
        speaking: () => {},
        pictureRefused: () => {},
        // Why is about to be told.
        takenOut: () => {},
        lost: () => {
          if (this.connections.get(key) === connection) this.lost(owner);
        },
        video: (userID, track) => {
          if (userID === owner && this.connections.get(key) === connection && this.watched.has(owner)) this.watched.set(owner, track && new MediaStream([track]));
        },
      },
      { layers: mine ? shareLayers(this.choice!) : undefined, music: true },
    );
    this.connections.set(key, connection);
    if (mine) {
      void connection.setPicture(this.own!.getVideoTracks()[0]!);
      void connection.setTrack(this.own!.getAudioTracks()[0] ?? null);
    }
    this.follow();
    connection.open();
  }

  /** A stream has ended, or one may not have it. */
  deleted(e: StreamDelete) {
    // What one ended oneself is done with, and another may have begun since.
    if (e.reason === "user_requested") return;
    const owner = e.stream_key.split(":").at(-1)!;
    const wanted = owner === this.me() ? this.own : this.watched.has(owner);
    if (wanted && (e.reason === "unauthorized" || e.reason === "stream_full")) this.failed(e.reason);
    if (owner === this.me()) this.stopSharing();
    this.watched.delete(owner);
    this.rooms.delete(e.stream_key);
    this.drop(e.stream_key);
  }

  /** Has the connections follow what was chosen for sound. */
  follow() {
    const { settings } = this.sound();
    for (const connection of this.connections.values()) {
      connection.setDeafened(this.place().deafened);
      connection.setVolumes(settings.volumes);
      void connection.setOutput(settings.output);
    }
  }

  /** The call is over, or goes on elsewhere. */
  end() {
    this.stopSharing();
    this.watched.clear();
    for (const key of [...this.connections.keys()]) this.drop(key);
    this.rooms.clear();
  }

  private lost(owner: string) {
    this.failed("lost");
    if (owner === this.me()) this.stopSharing();
    else this.stopWatching(owner);
  }

  private drop(key: string) {
    const connection = this.connections.get(key);
    this.connections.delete(key);
    connection?.close();
  }
}
