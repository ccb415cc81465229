// Makes figures for people out of what the browser counts of a connection (https://www.w3.org/TR/webrtc-stats/).

/** By what way media goes: straight over UDP or TCP, or through the hall's relay. */
export type Path = "udp" | "tcp" | "turn-udp" | "turn-tcp" | "turn-tls";

/** Figures of one stream of packets. Counters that a rate is made of are counted since the connection began. */
export interface StreamFigures {
  id: string;
  kind: "audio" | "video";
  direction: "in" | "out";
  ssrc: number;
  /** In bit/s, since the figures before; null without such. */
  bitrate: number | null;
  /** The part of the packets that was lost, 0 to 1, since the figures before. */
  loss: number | null;
  /** In ms. */
  jitter: number | null;
  width?: number;
  height?: number;
  framesPerSecond?: number;
  layer?: string;
  bytes: number;
  packets: number;
  lost: number;
}

export interface Figures {
  /** When, in ms. */
  at: number;
  path: Path | null;
  /** There and back, in ms. */
  roundTrip: number | null;
  streams: StreamFigures[];
}

type Report = Record<string, unknown> & { id: string; type: string };
const number = (value: unknown) => (typeof value === "number" && Number.isFinite(value) ? value : 0);

function pathOf(reports: Map<string, Report>): { path: Path | null; roundTrip: number | null } {
  const transport = [...reports.values()].find((r) => r.type === "transport");
  const pairs = [...reports.values()].filter((r) => r.type === "candidate-pair");
  const pair = reports.get(String(transport?.selectedCandidatePairId)) ?? pairs.find((r) => r.selected === true || (r.nominated === true && r.state === "succeeded"));
  const local = reports.get(String(pair?.localCandidateId));
  if (!pair || !local) return { path: null, roundTrip: null };
  const path = local.candidateType === "relay" ? (`turn-${local.relayProtocol ?? "udp"}` as Path) : ((local.protocol ?? "udp") as Path);
  const measured = typeof pair.currentRoundTripTime === "number";
  return { path, roundTrip: measured ? number(pair.currentRoundTripTime) * 1000 : null };
}

function streamOf(r: Report, reports: Map<string, Report>, at: number, before: Figures | null): StreamFigures {
  const incoming = r.type === "inbound-rtp";
  // What was lost of what one sends, the other side tells.
  const told = incoming ? r : reports.get(String(r.remoteId));
  const figures: StreamFigures = {
    id: r.id,
    kind: r.kind === "video" ? "video" : "audio",
    direction: incoming ? "in" : "out",
    ssrc: number(r.ssrc),
    bytes: number(incoming ? r.bytesReceived : r.bytesSent),
    packets: number(incoming ? r.packetsReceived : r.packetsSent),
    lost: number(told?.packetsLost),
    bitrate: null,
    loss: null,
    jitter: told && typeof told.jitter === "number" ? told.jitter * 1000 : null,
  };
  if (figures.kind === "video") {
    Object.assign(figures, { width: number(r.frameWidth), height: number(r.frameHeight), framesPerSecond: number(r.framesPerSecond) });
    if (r.rid) figures.layer = String(r.rid);
  }
  const last = before?.streams.find((s) => s.id === r.id);
  if (!before || !last || at <= before.at) return figures;
  figures.bitrate = Math.max(0, ((figures.bytes - last.bytes) * 8000) / (at - before.at));
  const lost = Math.max(0, figures.lost - last.lost);
  const packets = Math.max(0, figures.packets - last.packets);
  const all = incoming ? packets + lost : packets;
  figures.loss = all > 0 ? Math.min(1, lost / all) : 0;
  return figures;
}

/** What can be told of a connection now; rates are since what was told before. Streams of which nothing ever came or went are left out. */
export function figuresOf(report: Iterable<[string, unknown]>, at: number, before: Figures | null): Figures {
  const reports = new Map(report as Iterable<[string, Report]>);
  const streams = [...reports.values()]
    .filter((r) => r.type === "inbound-rtp" || r.type === "outbound-rtp")
    .map((r) => streamOf(r, reports, at, before))
    .filter((figures) => figures.packets > 0);
  return { at, ...pathOf(reports), streams };
}

/** The loss of all that comes in, 0 to 1. */
export function lossOf(figures: Figures, before: Figures | null): number | null {
  if (!before) return null;
  let [lost, all] = [0, 0];
  for (const now of figures.streams.filter((s) => s.direction === "in")) {
    const last = before.streams.find((s) => s.id === now.id);
    const gone = Math.max(0, now.lost - (last?.lost ?? 0));
    lost += gone;
    all += gone + Math.max(0, now.packets - (last?.packets ?? 0));
  }
  return all > 0 ? lost / all : 0;
}
