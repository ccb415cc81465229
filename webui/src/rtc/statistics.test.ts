import { describe, expect, it } from "vitest";
import { figuresOf, lossOf } from "./statistics";

const reports = (seconds: number, more: object = {}): [string, unknown][] =>
  Object.entries({
    T: { type: "transport", selectedCandidatePairId: "P" },
    P: { type: "candidate-pair", localCandidateId: "L", currentRoundTripTime: 0.02 },
    L: { type: "local-candidate", candidateType: "host", protocol: "udp" },
    A: { type: "inbound-rtp", kind: "audio", ssrc: 7, bytesReceived: 4000 * seconds, packetsReceived: 45 * seconds, packetsLost: 5 * seconds, jitter: 0.003 },
    V: { type: "outbound-rtp", kind: "video", ssrc: 8, rid: "h", bytesSent: 50_000 * seconds, packetsSent: 100 * seconds, remoteId: "R", frameWidth: 640, frameHeight: 360, framesPerSecond: 30 },
    R: { type: "remote-inbound-rtp", packetsLost: 2 * seconds, jitter: 0.001 },
    E: { type: "inbound-rtp", kind: "audio", ssrc: 9, bytesReceived: 0, packetsReceived: 0 },
    ...more,
  }).map(([id, report]) => [id, { id, ...report }]);

describe("figures of a connection", () => {
  it("tell path, round trip, loss, jitter, rates and sizes", () => {
    const first = figuresOf(reports(1), 1000, null);
    const now = figuresOf(reports(3), 3000, first);
    expect([now.path, now.roundTrip]).toEqual(["udp", 20]);
    expect(now.streams).toHaveLength(2);
    expect(now.streams[0]).toMatchObject({ kind: "audio", direction: "in", ssrc: 7, bitrate: 32_000, loss: 0.1, jitter: 3 });
    expect(now.streams[1]).toMatchObject({ kind: "video", direction: "out", layer: "h", bitrate: 400_000, loss: 0.02, jitter: 1, width: 640, height: 360, framesPerSecond: 30 });
    expect(lossOf(now, first)).toBeCloseTo(0.1);
  });
  it("have no rates without figures before, and none of a stream that is new", () => {
    const first = figuresOf(reports(1), 1000, null);
    expect(first.streams.map((s) => [s.bitrate, s.loss])).toEqual([[null, null], [null, null]]);
    expect(lossOf(first, null)).toBeNull();
    expect(figuresOf(reports(2), 1000, first).streams[0]!.bitrate).toBeNull();
  });
  it("know TCP and relays", () => {
    const local = (report: object) => figuresOf(reports(1, { L: { type: "local-candidate", ...report } }), 0, null).path;
    expect(local({ candidateType: "host", protocol: "tcp" })).toBe("tcp");
    for (const relayProtocol of ["udp", "tcp", "tls"]) expect(local({ candidateType: "relay", protocol: "udp", relayProtocol })).toBe(`turn-${relayProtocol}`);
  });
  it("are nothing of a connection that does not stand", () => {
    expect(figuresOf([], 0, null)).toEqual({ at: 0, path: null, roundTrip: null, streams: [] });
  });
});
