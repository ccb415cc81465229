import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Gateway } from "../api/gateway";
import type { Claim, Listener } from "../rtc/connection";
import type { Sound } from "./sound.svelte";
import { Streams } from "./streams.svelte";

// WebRTC and screens are the browser's; here stands what is asked of them. The real ones are tested in e2e.
const { connections, Connection } = vi.hoisted(() => {
  const connections: InstanceType<typeof Connection>[] = [];
  class Connection {
    closed = false;
    pixels = 0;
    constructor(
      readonly claim: Claim,
      readonly listener: Listener,
    ) {
      connections.push(this);
    }
    open() {}
    async setTrack() {}
    async setPicture() {}
    async setOutput() {}
    setVolumes() {}
    setDeafened() {}
    show(_: string, pixels: number) {
      this.pixels = pixels;
    }
    close() {
      this.closed = true;
    }
  }
  return { connections, Connection };
});
vi.mock("../rtc/connection", () => ({ VoiceConnection: Connection }));

const choice = { preset: "text", height: 0, framesPerSecond: 15, audio: true } as const;
const mine = "guild:1:2:3", hers = "guild:1:2:4";

function capture() {
  const tracks = [{ kind: "video", contentHint: "", onended: null as (() => void) | null, stop: vi.fn() }, { kind: "audio", onended: null, stop: vi.fn() }];
  return { tracks, getTracks: () => tracks, getVideoTracks: () => [tracks[0]], getAudioTracks: () => [tracks[1]] };
}

describe("the screens of a call", () => {
  const place = { guildID: "1", channelID: "2", deafened: false };
  const gateway = { sessionID: "s", createStream: vi.fn(), deleteStream: vi.fn(), watchStream: vi.fn() };
  const failed = vi.fn();
  const display = vi.fn();
  let streams: Streams;

  beforeEach(() => {
    vi.clearAllMocks();
    connections.length = 0;
    place.channelID = "2";
    vi.stubGlobal("navigator", { mediaDevices: { getDisplayMedia: display } });
    streams = new Streams(gateway as unknown as Gateway, () => "3", () => place, () => ({ settings: { volumes: {}, output: "" } }) as unknown as Sound, failed);
  });
  afterEach(() => vi.unstubAllGlobals());

  const summon = (key: string) => {
    streams.created({ stream_key: key, rtc_server_id: `room of ${key}` } as never);
    streams.summoned({ stream_key: key, token: "t", endpoint: "e" } as never);
    return connections.at(-1)!;
  };
  const shares = async () => {
    const stream = capture();
    display.mockResolvedValueOnce(stream);
    await streams.share(choice);
    return stream;
  };

  it("a screen is shown until one stops, or the browser does", async () => {
    const { tracks } = await shares();
    expect(gateway.createStream).toHaveBeenCalledWith("1", "2");
    const connection = summon(mine);
    expect([connection.claim.guildID, tracks[0]!.contentHint]).toEqual([`room of ${mine}`, "detail"]);
    tracks[0]!.onended!();
    expect([streams.own, connection.closed, tracks.map((track) => track.stop.mock.calls.length)]).toEqual([null, true, [1, 1]]);
    expect(gateway.deleteStream).toHaveBeenCalledWith(mine);
  });
  it("who has left while they chose shows nothing", async () => {
    const stream = capture();
    display.mockImplementationOnce(async () => {
      place.channelID = "";
      return stream;
    });
    await streams.share(choice);
    expect([streams.own, stream.tracks.map((track) => track.stop.mock.calls.length)]).toEqual([null, [1, 1]]);
    expect(gateway.createStream).not.toHaveBeenCalled();
  });
  it("the end that one asked for does not end what one shows since", async () => {
    await shares();
    streams.stopSharing();
    await shares();
    streams.deleted({ stream_key: mine, reason: "user_requested" } as never);
    const connection = summon(mine);
    expect([!!streams.own, connection.closed]).toEqual([true, false]);
    streams.deleted({ stream_key: mine, reason: "stream_ended" } as never);
    expect([streams.own, connection.closed]).toEqual([null, true]);
    expect(failed).not.toHaveBeenCalled();
  });
  it("closing the browser's choice needs no words, a screen that cannot be taken does", async () => {
    display.mockRejectedValueOnce(new DOMException("", "NotAllowedError"));
    await streams.share(choice);
    expect(failed).not.toHaveBeenCalled();
    display.mockRejectedValueOnce(new DOMException("", "NotReadableError"));
    await streams.share(choice);
    expect(failed).toHaveBeenCalledWith("denied");
  });
  it("what is watched is told with no pixel missing, and what nobody asked for is not joined", () => {
    streams.created({ stream_key: hers, rtc_server_id: "r" } as never);
    streams.summoned({ stream_key: hers, token: "t", endpoint: "e" } as never);
    expect(connections).toEqual([]);
    streams.watch("4");
    expect(gateway.watchStream).toHaveBeenCalledWith(hers);
    const connection = summon(hers);
    streams.show("4", 300);
    expect(connection.pixels).toBe(400);
  });
  it("a connection that breaks is told, one that was replaced is not", () => {
    streams.watch("4");
    const first = summon(hers);
    const second = summon(hers);
    expect(first.closed).toBe(true);
    first.listener.lost();
    expect([second.closed, streams.watched.has("4")]).toEqual([false, true]);
    second.listener.lost();
    expect([second.closed, streams.watched.has("4")]).toEqual([true, false]);
    expect(failed.mock.calls).toEqual([["lost"]]);
  });
  it("why one may not watch is told, and nothing is left of it", () => {
    streams.watch("4");
    streams.deleted({ stream_key: hers, reason: "stream_full" } as never);
    expect(streams.watched.size).toBe(0);
    expect(failed).toHaveBeenCalledWith("stream_full");
  });
});
