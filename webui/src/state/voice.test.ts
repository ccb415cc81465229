import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import wireState from "../../../api/wire/testdata/voice_state.json";
import type { Gateway } from "../api/gateway";
import type { VoiceState } from "../api/types.gen";
import type { Claim, Listener } from "../rtc/connection";
import { Voice } from "./voice.svelte";

// WebRTC is the browser's; here stands what the state asks of a connection and what a connection tells it. The real one is tested in e2e.
const { connections, Connection } = vi.hoisted(() => {
  const connections: InstanceType<typeof Connection>[] = [];
  class Connection {
    muted = false;
    deafened = false;
    closed = false;
    devices: string[] = [];
    constructor(
      readonly claim: Claim,
      readonly listener: Listener,
    ) {
      connections.push(this);
    }
    async open(...devices: string[]) {
      this.devices = devices;
    }
    async openMicrophone(input: string) {
      this.devices[0] = input;
    }
    async setOutput(output: string) {
      this.devices[1] = output;
    }
    setMuted(muted: boolean) {
      this.muted = muted;
    }
    setDeafened(deafened: boolean) {
      this.deafened = deafened;
    }
    close() {
      this.closed = true;
    }
  }
  return { connections, Connection };
});
vi.mock("../rtc/connection", () => ({ VoiceConnection: Connection }));

const guildID = wireState.guild_id;
const me = wireState.user_id;
const server = { guild_id: guildID, endpoint: "hall.example/voice", token: "t" };
const state = (change: Partial<VoiceState>): VoiceState => ({ ...wireState, ...change }) as unknown as VoiceState;

type Told = [guildID: string, channelID: string | null, muted: boolean, deafened: boolean];
let told: Told[];
let voice: Voice;
const last = () => connections.at(-1)!;
const joined = () => {
  voice.join(guildID, "12");
  voice.connect(server);
  last().listener.connected();
  told = [];
};

beforeEach(() => {
  vi.useFakeTimers();
  connections.length = 0;
  told = [];
  const gateway = { sessionID: "s", updateVoice: (...update: Told) => told.push(update) };
  voice = new Voice(gateway as unknown as Gateway, () => me);
});
afterEach(() => vi.useRealTimers());

describe("joining", () => {
  it("asks the hall, and connects where it is sent", () => {
    voice.join(guildID, "12");
    expect([voice.phase, voice.channelID, told]).toEqual(["connecting", "12", [[guildID, "12", false, false]]]);
    voice.connect(server);
    expect(last().claim).toEqual({ endpoint: "hall.example/voice", token: "t", guildID, userID: me, sessionID: "s" });
    expect(voice.phase).toBe("connecting");
    last().listener.connected();
    expect(voice.phase).toBe("connected");
  });
  it("asks once for the same channel", () => {
    joined();
    voice.join(guildID, "12");
    expect([told, last().closed]).toEqual([[], false]);
  });
  it("goes over into another channel on a new connection", () => {
    joined();
    voice.join(guildID, "13");
    expect([connections[0]!.closed, voice.phase, told]).toEqual([true, "connecting", [[guildID, "13", false, false]]]);
    voice.connect(server);
    connections[0]!.listener.connected();
    expect(voice.phase).toBe("connecting");
    last().listener.connected();
    connections[0]!.listener.lost();
    expect([voice.phase, last().closed]).toEqual(["connected", false]);
  });
  it("takes silence for a refusal and says so for a while", () => {
    voice.join(guildID, "12");
    vi.advanceTimersByTime(4999);
    expect([voice.phase, voice.refused]).toEqual(["connecting", false]);
    vi.advanceTimersByTime(1);
    expect([voice.phase, voice.channelID, voice.refused]).toEqual(["out", "", true]);
    vi.advanceTimersByTime(6000);
    expect(voice.refused).toBe(false);
  });
  it("does not follow a server that nobody asked for", () => {
    voice.connect(server);
    voice.join(guildID, "12");
    voice.connect({ ...server, guild_id: "other" });
    expect(connections).toHaveLength(0);
  });
});

describe("leaving", () => {
  it("tells the hall and closes the connection", () => {
    joined();
    voice.leave();
    expect([voice.phase, voice.channelID, last().closed, told]).toEqual(["out", "", true, [[guildID, null, false, false]]]);
    voice.leave();
    expect(told).toHaveLength(1);
  });
  it("stays out, whatever an old connection or timer still does", () => {
    joined();
    last().listener.lost();
    voice.leave();
    last().listener.lost();
    last().listener.connected();
    told = [];
    vi.runAllTimers();
    expect([voice.phase, told]).toEqual(["out", []]);
  });
  it("comes with the server that goes", () => {
    joined();
    voice.guildGone("other");
    expect(voice.phase).toBe("connected");
    voice.guildGone(guildID);
    expect([voice.phase, last().closed]).toEqual(["out", true]);
  });
});

describe("muting", () => {
  it("holds before joining and reaches the hall and the connection", () => {
    voice.toggleMute();
    expect(told).toEqual([]);
    joined();
    expect([last().muted, last().deafened]).toEqual([true, false]);
    voice.toggleMute();
    expect([last().muted, told]).toEqual([false, [[guildID, "12", false, false]]]);
  });
  it("comes with deafening, and is as before when one hears again", () => {
    joined();
    voice.toggleDeafen();
    expect([voice.muted, last().muted, last().deafened]).toEqual([false, true, true]);
    voice.toggleDeafen();
    expect([last().muted, last().deafened]).toEqual([false, false]);
  });
  it("undone while deafened undoes both", () => {
    joined();
    voice.toggleMute();
    voice.toggleDeafen();
    voice.toggleMute();
    expect([voice.muted, voice.deafened, last().muted, last().deafened]).toEqual([false, false, false, false]);
    expect(told.at(-1)).toEqual([guildID, "12", false, false]);
  });
  it("lets nobody seem to speak", () => {
    joined();
    last().listener.level(0.5, true);
    expect([voice.speaking.has(me), voice.level]).toEqual([true, 0.5]);
    voice.toggleMute();
    expect(voice.speaking.has(me)).toBe(false);
    last().listener.level(0.5, true);
    expect(voice.speaking.has(me)).toBe(false);
  });
});

describe("who speaks", () => {
  it("is shown until they stop, leave or go elsewhere", () => {
    joined();
    for (const id of ["a", "b", "c"]) last().listener.speaking(id, true);
    last().listener.speaking("a", false);
    voice.stateChanged(state({ user_id: "b", channel_id: null }));
    expect([...voice.speaking.keys()]).toEqual(["c"]);
    voice.stateChanged(state({ user_id: "c", channel_id: "12" }));
    expect([...voice.speaking.keys()]).toEqual(["c"]);
    voice.stateChanged(state({ user_id: "c", channel_id: "13" }));
    expect(voice.speaking.size).toBe(0);
  });
});

describe("a lost connection", () => {
  it("is asked for again, leaving first so that the hall gives a new token", () => {
    joined();
    last().listener.lost();
    expect([voice.phase, last().closed, told]).toEqual(["reconnecting", true, []]);
    vi.advanceTimersByTime(500);
    expect(told).toEqual([[guildID, null, false, false], [guildID, "12", false, false]]);
    voice.stateChanged(state({ channel_id: null })); // the leaving, come back as an event
    voice.connect(server);
    last().listener.connected();
    expect([voice.phase, voice.channelID, connections.length]).toEqual(["connected", "12", 2]);
  });
  it("is tried with growing patience, from the beginning again once it stood", () => {
    const waited = () => {
      const before = Date.now();
      told = [];
      last().listener.lost();
      while (told.length === 0) vi.advanceTimersToNextTimer();
      voice.connect(server);
      return Date.now() - before;
    };
    joined();
    expect([waited(), waited(), waited(), waited(), waited(), waited()]).toEqual([500, 1000, 2000, 4000, 8000, 8000]);
    last().listener.connected();
    expect(waited()).toBe(500);
  });
  it("goes on trying when the hall does not answer", () => {
    joined();
    last().listener.lost();
    vi.advanceTimersByTime(500 + 5000 + 1000);
    expect([voice.phase, voice.refused]).toEqual(["reconnecting", false]);
    expect(told.filter(([, channel]) => channel === "12")).toHaveLength(2);
  });
  it("may only be unsteady and come back by itself", () => {
    joined();
    last().listener.unsteady();
    expect([voice.phase, last().closed]).toEqual(["reconnecting", false]);
    last().listener.connected();
    expect([voice.phase, connections.length]).toEqual(["connected", 1]);
  });
  it("is not made of a loss of the gateway alone", () => {
    joined();
    voice.gatewayBack();
    expect([voice.phase, last().closed]).toEqual(["connected", false]);
    last().listener.lost();
    vi.advanceTimersByTime(500);
    told = [];
    voice.gatewayBack();
    vi.advanceTimersByTime(500);
    expect(told.at(-1)).toEqual([guildID, "12", false, false]);
  });
});

describe("one's own voice state", () => {
  it("follows when somebody is moved, and ends when taken out", () => {
    joined();
    voice.stateChanged(state({ channel_id: "13" }));
    expect([voice.phase, voice.channelID]).toEqual(["connected", "13"]);
    voice.stateChanged(state({ channel_id: null }));
    expect([voice.phase, voice.channelID, last().closed, told]).toEqual(["out", "", true, []]);
  });
  it("ends here when another device takes over, and not when that one leaves", () => {
    joined();
    voice.stateChanged(state({ session_id: "another", channel_id: null }));
    expect(voice.phase).toBe("connected");
    voice.stateChanged(state({ session_id: "another" }));
    expect([voice.phase, last().closed, told]).toEqual(["out", true, []]);
  });
  it("of another server changes nothing here", () => {
    joined();
    voice.stateChanged(state({ guild_id: "other", channel_id: null }));
    expect(voice.phase).toBe("connected");
  });
});

describe("devices", () => {
  it("are those chosen, before and during a connection", async () => {
    await voice.chooseInput("in");
    joined();
    expect(last().devices).toEqual(["in", ""]);
    await voice.chooseOutput("out");
    await voice.chooseInput("other");
    expect(last().devices).toEqual(["other", "out"]);
  });
  it("tell what is wrong with the microphone until one leaves", () => {
    joined();
    last().listener.microphone("denied");
    expect(voice.microphone).toBe("denied");
    voice.leave();
    expect(voice.microphone).toBe("fine");
  });
});
