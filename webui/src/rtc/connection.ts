// A voice connection: the link to the voice gateway, one RTCPeerConnection, and a player for each voice. The client always offers.
import { Link, op, takenOut, type Claim } from "./link";
import { Player } from "./player";
import { forMusic, sendersIn } from "./sdp";
import type { ClientDisconnect, ClientsConnect, MediaSinkWants, Ready, SessionDescription, Speaking, Video } from "./types.gen";
import { cameraLayers, qualityOf, wantedLayers, wantsOf } from "./video";

export type { Claim } from "./link";

export interface Listener {
  connected(): void;
  /** Media does not flow just now; it may come back by itself. */
  unsteady(): void;
  lost(): void;
  /** One was taken out or moved: the main gateway tells which. */
  takenOut(): void;
  speaking(userID: string, on: boolean): void;
  /** Somebody's picture comes on a track, or does not any more. */
  video(userID: string, track: MediaStreamTrack | null): void;
  /** The hall passes nothing on of the picture that one sends. */
  pictureRefused(): void;
}

/** What goes over a connection. */
export interface Sent {
  /** The layers in which a picture is sent; those of a camera where nothing is said. */
  layers?: RTCRtpEncodingParameters[];
  /** Whether the sound is more than a voice. */
  music?: boolean;
}

interface Other {
  audioSSRC: number;
  videoSSRC: number;
  sendsVideo: boolean;
}

/** Places to hear others that are prepared from the beginning, so that most joins need no further round. */
const prepared = 4;
/** How long media may be away before the connection counts as lost, in ms. */
const patience = 15_000;
/** How long only direct paths are looked for, in ms. Offered relays from the beginning, Chromium takes them even where direct paths are open. */
const direct = 2000;
/** How often the hall is told at most what is shown, in ms: sizes change by steps while a window is dragged. */
const settling = 150;

const configuration: RTCConfiguration = { bundlePolicy: "max-bundle", iceServers: [] };

export class VoiceConnection {
  private readonly link: Link;
  private readonly layers: RTCRtpEncodingParameters[];
  private readonly described: (sdp: string) => string;
  private peer: RTCPeerConnection | null = null;
  private iceServers: RTCIceServer[] = [];
  private microphone: RTCRtpSender | null = null;
  private track: MediaStreamTrack | null = null;
  private camera: RTCRtpSender | null = null;
  private picture: MediaStreamTrack | null = null;
  private encoding: Promise<unknown> = Promise.resolve();
  private relaying: ReturnType<typeof setTimeout> | undefined;
  private giveUp: ReturnType<typeof setTimeout> | undefined;
  private telling: ReturnType<typeof setTimeout> | undefined;
  private negotiating = false;
  private again = false;
  private deafened = false;
  private closed = false;
  private output = "";
  private volumes: Readonly<Record<string, number>> = {};
  private readonly others = new Map<string, Other>();
  /** With how many pixels each picture is shown, by user id. */
  private readonly shown = new Map<string, number>();
  private readonly players = new Map<string, Player>();
  private readonly pictures = new Map<string, MediaStreamTrack>();
  /** On which place (mid) an SSRC is. */
  private places = new Map<number, string>();

  constructor(
    private readonly claim: Claim,
    private readonly listener: Listener,
    { layers = cameraLayers, music = false }: Sent = {},
  ) {
    this.layers = layers;
    this.described = music ? forMusic : (sdp) => sdp;
    this.link = new Link(claim, {
      ready: (ready) => this.begin(ready),
      resumed: () => this.resumed(),
      frame: (code, data) => void this.receive(code, data),
      ended: (code) => this.fail(code),
    });
  }

  open() {
    addEventListener("online", this.networkChanged);
    (navigator as { connection?: EventTarget }).connection?.addEventListener("change", this.networkChanged);
    this.link.open();
  }

  /** Chooses what is sent of sound. The track stays its giver's. */
  async setTrack(track: MediaStreamTrack | null) {
    if (this.track === track) return;
    this.track = track;
    await this.microphone?.replaceTrack(track);
  }

  /** Sends a picture, or none any more. The track stays its giver's. */
  async setPicture(track: MediaStreamTrack | null) {
    this.picture = track;
    if (!this.camera) return;
    await this.camera.replaceTrack(track);
    this.encode((layers) => layers.map((layer) => ({ ...layer, active: true })));
    this.tellPicture();
  }

  /** Says with how many pixels somebody's picture is shown, 0 for not at all. */
  show(userID: string, pixels: number) {
    if (pixels > 0) this.shown.set(userID, pixels);
    else this.shown.delete(userID);
    this.tellShown();
  }

  setDeafened(deafened: boolean) {
    this.deafened = deafened;
    for (const player of this.players.values()) player.muted = deafened;
  }

  /** How loud each person is, by user id, as a factor; 1 where nothing is said. */
  setVolumes(volumes: Readonly<Record<string, number>>) {
    this.volumes = volumes;
    this.assign();
  }

  async setOutput(deviceID: string) {
    this.output = deviceID;
    await Promise.all([...this.players.values()].map((player) => player.setOutput(deviceID)));
  }

  /** What the browser counts of the connection; null before there is one. */
  async statistics(): Promise<RTCStatsReport | null> {
    return (await this.peer?.getStats()) ?? null;
  }

  /** Whose sound or picture comes under an SSRC. */
  ownerOf(ssrc: number): string | undefined {
    for (const [userID, other] of this.others) if (other.audioSSRC === ssrc || other.videoSSRC === ssrc) return userID;
    return undefined;
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    removeEventListener("online", this.networkChanged);
    (navigator as { connection?: EventTarget }).connection?.removeEventListener("change", this.networkChanged);
    clearTimeout(this.giveUp);
    clearTimeout(this.relaying);
    clearTimeout(this.telling);
    this.link.close();
    this.peer?.close();
    for (const player of this.players.values()) player.close();
    this.players.clear();
    for (const userID of [...this.pictures.keys()]) this.see(userID, null);
  }

  private fail(code = 0) {
    if (this.closed) return;
    this.close();
    if (code === takenOut) this.listener.takenOut();
    else this.listener.lost();
  }

  private begin(ready: Ready) {
    this.iceServers = ready.ice_servers;
    void this.offer();
  }

  /** What was sent while the link was broken never arrived: it is sent again. */
  private resumed() {
    if (this.negotiating) this.sendOffer();
    this.tellPicture();
    this.tellShown();
  }

  private async receive(code: number, data: unknown) {
    switch (code) {
      case op.description:
        return this.takeAnswer(data as SessionDescription);
      case op.speaking: {
        const { user_id, ssrc, speaking } = data as Speaking;
        if (ssrc && this.others.get(user_id)?.audioSSRC !== ssrc) this.note(user_id, { audioSSRC: ssrc });
        return this.listener.speaking(user_id, speaking !== 0);
      }
      case op.connect:
        for (const userID of (data as ClientsConnect).user_ids) this.note(userID, {});
        return this.offerPlaces();
      case op.video: {
        const { user_id, audio_ssrc, video_ssrc, streams } = data as Video;
        if (user_id === this.claim.userID) return this.listener.pictureRefused();
        this.note(user_id, { audioSSRC: audio_ssrc, videoSSRC: video_ssrc, sendsVideo: streams.length > 0 });
        return this.offerPlaces();
      }
      case op.disconnect: {
        const userID = (data as ClientDisconnect).user_id;
        this.others.delete(userID);
        this.see(userID, null);
        return this.listener.speaking(userID, false);
      }
      case op.update:
        return this.picture ? this.offer() : undefined; // Another codec is agreed to.
      case op.wants:
        return this.encode((layers) => wantedLayers(layers, data as MediaSinkWants));
    }
  }

  private note(userID: string, change: Partial<Other>) {
    const before = this.others.get(userID) ?? { audioSSRC: 0, videoSSRC: 0, sendsVideo: false };
    this.others.set(userID, { ...before, ...change });
    this.assign();
    this.tellShown();
  }

  private makePeer(): RTCPeerConnection {
    const peer = new RTCPeerConnection(configuration);
    this.microphone = peer.addTransceiver(this.track ?? "audio", { direction: "sendonly" }).sender;
    for (let i = 0; i < prepared; i++) peer.addTransceiver("audio", { direction: "recvonly" });
    // A place for the camera from the beginning: it goes on without a further round, and Chromium agrees to layers only before pictures are received.
    this.camera = peer.addTransceiver(this.picture ?? "video", { direction: "sendonly", sendEncodings: this.layers }).sender;
    peer.onconnectionstatechange = () => this.stateChanged(peer);
    this.peer = peer;
    this.relayLater();
    return peer;
  }

  /** Looks for a path by the hall's relays too, when no direct one has been found for a while. */
  private relayLater() {
    clearTimeout(this.relaying);
    this.relaying = setTimeout(() => {
      const peer = this.peer;
      if (!peer || this.closed || peer.connectionState === "connected" || !this.iceServers.length) return;
      peer.setConfiguration({ ...peer.getConfiguration(), iceServers: this.iceServers });
      peer.restartIce();
      void this.offer();
    }, direct);
  }

  private stateChanged(peer: RTCPeerConnection) {
    if (this.closed || this.peer !== peer) return;
    switch (peer.connectionState) {
      case "connected":
        clearTimeout(this.giveUp);
        clearTimeout(this.relaying);
        this.giveUp = undefined;
        this.listener.connected();
        break;
      case "disconnected":
      case "failed":
        this.listener.unsteady();
        this.giveUp ??= setTimeout(() => this.fail(), patience);
        this.restart();
        break;
    }
  }

  /** The device has another network: the old paths may be dead, whatever the browser thinks of them. */
  private readonly networkChanged = () => {
    this.link.check();
    if (this.peer && this.peer.connectionState !== "new") this.restart();
  };

  /** Looks for a new path, over which everything goes on. */
  private restart() {
    this.peer?.setConfiguration({ ...this.peer.getConfiguration(), iceServers: [] });
    this.peer?.restartIce();
    this.relayLater();
    void this.offer();
  }

  /** Offers more places where somebody is there who has none. */
  private async offerPlaces() {
    if (this.peer && (this.missing(this.peer, "audio") > 0 || this.missing(this.peer, "video") > 0)) await this.offer();
  }

  private missing(peer: RTCPeerConnection, kind: "audio" | "video"): number {
    const there = peer.getTransceivers().filter((t) => t.direction === "recvonly" && t.receiver.track.kind === kind).length;
    const needed = kind === "audio" ? this.others.size : [...this.others.values()].filter((other) => other.sendsVideo).length;
    return needed - there;
  }

  /** Offers places for everybody who is there; one round at a time. */
  private async offer() {
    if (this.closed) return;
    if (this.negotiating) {
      this.again = true;
      return;
    }
    this.negotiating = true;
    const peer = this.peer ?? this.makePeer();
    for (const kind of ["audio", "video"] as const) for (let i = this.missing(peer, kind); i > 0; i--) peer.addTransceiver(kind, { direction: "recvonly" });
    try {
      const offer = await peer.createOffer();
      await peer.setLocalDescription({ type: "offer", sdp: this.described(offer.sdp ?? "") });
      this.sendOffer();
    } catch {
      this.fail();
    }
  }

  private sendOffer() {
    // At once, without waiting for candidates of our own: only the hall's are needed.
    this.link.send(op.select, { protocol: "webrtc", data: this.peer?.localDescription?.sdp, codecs: [{ name: "opus", type: "audio", priority: 1000, payload_type: 111 }] });
  }

  private async takeAnswer(answer: SessionDescription) {
    const peer = this.peer;
    if (!peer || this.closed || peer.signalingState !== "have-local-offer") return;
    try {
      await peer.setRemoteDescription({ type: "answer", sdp: this.described(answer.sdp) });
    } catch {
      return this.fail();
    }
    if (this.closed) return;
    this.negotiating = false;
    this.places = new Map(sendersIn(answer.sdp).map(({ mid, ssrc }) => [ssrc, mid]));
    for (const transceiver of peer.getTransceivers()) if (transceiver.direction === "recvonly" && transceiver.receiver.track.kind === "audio" && transceiver.mid) this.play(transceiver);
    this.assign();
    this.tellPicture();
    this.tellShown();
    if (this.again) {
      this.again = false;
      await this.offer();
    }
  }

  /** Plays what comes on a place. Whose voice it is changes with time; the place stays. */
  private play(transceiver: RTCRtpTransceiver) {
    const mid = transceiver.mid!;
    if (this.players.has(mid)) return;
    const player = new Player(transceiver.receiver.track);
    player.muted = this.deafened;
    this.players.set(mid, player);
    void player.setOutput(this.output);
  }

  /** Brings places in line with who is on them: how loud they are, and whose picture it is. */
  private assign() {
    const transceivers = this.peer?.getTransceivers() ?? [];
    for (const [userID, { audioSSRC, videoSSRC, sendsVideo }] of this.others) {
      const player = this.players.get(this.places.get(audioSSRC) ?? "");
      if (player) player.volume = this.volumes[userID] ?? 1;
      const mid = sendsVideo ? this.places.get(videoSSRC) : undefined;
      this.see(userID, (mid && transceivers.find((t) => t.mid === mid)?.receiver.track) || null);
    }
  }

  private see(userID: string, track: MediaStreamTrack | null) {
    if ((this.pictures.get(userID) ?? null) === track) return;
    if (track) this.pictures.set(userID, track);
    else this.pictures.delete(userID);
    this.listener.video(userID, track);
  }

  /** Tells the hall whether a picture is sent, and in which layers. */
  private tellPicture() {
    if (!this.camera || this.closed) return;
    const streams = this.picture ? this.layers.map((layer) => ({ type: "video", rid: layer.rid, ssrc: 0, rtx_ssrc: 0, active: true, quality: qualityOf(layer) })) : [];
    this.link.send(op.video, { audio_ssrc: 0, video_ssrc: 0, rtx_ssrc: 0, streams });
  }

  private tellShown() {
    if (this.closed || !this.peer) return;
    this.telling ??= setTimeout(() => {
      this.telling = undefined;
      const shown = [...this.others].filter(([, other]) => other.videoSSRC).map(([userID, other]) => ({ ssrc: other.videoSSRC, pixels: this.shown.get(userID) ?? 0 }));
      this.link.send(op.wants, wantsOf(shown));
    }, settling);
  }

  /** Changes how the picture is encoded; one change after the other, as browsers ask for. */
  private encode(change: (layers: RTCRtpEncodingParameters[]) => RTCRtpEncodingParameters[] | null) {
    this.encoding = this.encoding.then(async () => {
      if (!this.camera || this.closed) return;
      const parameters = this.camera.getParameters();
      const changed = change(parameters.encodings);
      if (changed) await this.camera.setParameters({ ...parameters, encodings: changed }).catch(() => {});
    });
  }
}
