import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Link, op } from "./link";

// A WebSocket whose other end is the test.
class Socket {
  static readonly OPEN = 1;
  static all: Socket[] = [];
  readyState = Socket.OPEN;
  sent: { op: number; d: Record<string, unknown> }[] = [];
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  constructor(readonly url: string) {
    Socket.all.push(this);
  }
  send(text: string) {
    this.sent.push(JSON.parse(text) as Socket["sent"][number]);
  }
  close() {
    this.readyState = 3;
  }
  tell(code: number, d: unknown = {}, seq?: number) {
    this.onmessage?.({ data: JSON.stringify({ op: code, d, seq }) });
  }
  breaks(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}
const last = () => Socket.all.at(-1)!;
let told: string[];
let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", Socket);
  vi.stubGlobal("location", { protocol: "https:" });
  Socket.all = [];
  told = [];
  link = new Link({ endpoint: "hall.example/voice", token: "t", guildID: "1", userID: "2", sessionID: "s" }, {
    ready: () => told.push("ready"), resumed: () => told.push("resumed"), frame: (code) => told.push(`frame ${code}`), ended: (code) => told.push(`ended ${code}`),
  });
  link.open();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function stands() {
  last().tell(op.hello, { heartbeat_interval: 13750 });
  last().tell(op.ready, { ice_servers: [] });
  told = [];
}

describe("a link to the voice gateway", () => {
  it("identifies, encrypted where the page is", () => {
    expect(last().url).toBe("wss://hall.example/voice?v=8");
    last().tell(op.hello, { heartbeat_interval: 13750 });
    expect(last().sent).toEqual([{ op: op.identify, d: { server_id: "1", user_id: "2", session_id: "s", token: "t", video: true, streams: [] } }]);
    last().tell(op.ready, { ice_servers: [] });
    last().tell(op.connect, {}, 1);
    expect(told).toEqual(["ready", "frame 11"]);
  });
  it("resumes after a break from where it was", () => {
    stands();
    last().tell(op.connect, {}, 7);
    last().breaks();
    vi.advanceTimersByTime(0);
    last().tell(op.hello, { heartbeat_interval: 13750 });
    expect(last().sent).toEqual([{ op: op.resume, d: { server_id: "1", session_id: "s", token: "t", seq_ack: 7 } }]);
    last().tell(op.resumed);
    expect([told, Socket.all.length]).toEqual([["frame 11", "resumed"], 2]);
  });
  it("tries for as long as the hall keeps the place, and ends then", () => {
    stands();
    const began = Date.now();
    while (!told.length) {
      last().breaks();
      vi.advanceTimersToNextTimer();
    }
    expect(told).toEqual(["ended 0"]);
    expect(Date.now() - began).toBeGreaterThan(15_000);
    expect(Date.now() - began).toBeLessThan(30_000);
  });
  it("ends at once when it is not wanted back", () => {
    for (const code of [4004, 4006, 4014, 4016]) {
      link.open();
      stands();
      last().breaks(code);
      expect(told).toEqual([`ended ${code}`]);
    }
  });
  it("ends when it cannot come in at all", () => {
    last().breaks();
    expect(told).toEqual(["ended 0"]);
  });
  it("notices a dead line by a beat that is not answered", () => {
    stands();
    vi.advanceTimersByTime(5000);
    expect(last().sent.at(-1)).toEqual({ op: op.heartbeat, d: { t: expect.any(Number), seq_ack: 0 } });
    last().tell(op.ack, {});
    vi.advanceTimersByTime(5000);
    expect(Socket.all).toHaveLength(1);
    vi.advanceTimersByTime(5001);
    expect(Socket.all).toHaveLength(2);
  });
  it("comes back at once when there is a network again", () => {
    stands();
    last().breaks();
    vi.advanceTimersByTime(0);
    last().breaks();
    last().breaks();
    const attempts = Socket.all.length;
    link.check();
    expect(Socket.all).toHaveLength(attempts + 1);
  });
  it("is quiet once it was closed", () => {
    stands();
    const socket = last();
    link.close();
    socket.tell(op.connect, {}, 2);
    socket.breaks();
    vi.runAllTimers();
    expect([told, Socket.all.length]).toEqual([[], 1]);
  });
});
