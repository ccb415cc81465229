import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import wireState from "../../../api/wire/testdata/voice_state.json";
import type { Gateway } from "../api/gateway";
import type { VoiceState } from "../api/types.gen";
import type { Claim, Listener } from "../rtc/connection";
import type { MicrophoneListener } from "../rtc/microphone";
import type { VoiceSettings } from "../rtc/settings";
import { Voice } from "./voice.svelte";

// WebRTC and microphones are the browser's; here stands what the state asks of them and what they tell it. The real ones are tested in e2e.
const { connections, Connection, microphones, Microphone } = vi.hoisted(() => {
  const microphones: InstanceType<typeof Microphone>[] = [];
  class Microphone {
    muted = false;
    stopped = false;
    opened = 0;
    constructor(
      public settings: VoiceSettings,
      readonly listener: MicrophoneListener,
    ) {
      microphones.push(this);
    }
    async open() {
      this.opened++;
      this.listener.track(`track ${microphones.indexOf(this)}` as unknown as MediaStreamTrack);
    }
    async apply(settings: VoiceSettings) {
      this.settings = settings;
    }
    setMuted(muted: boolean) {
      this.muted = muted;
    }
    hold() {}
    stop() {
      this.stopped = true;
    }
  }
  const connections: InstanceType<typeof Connection>[] = [];
  class Connection {
    deafened = false;
    closed = false;
    track = "";
    output = "";
    volumes: Readonly<Record<string, number>> = {};
    constructor(
      readonly claim: Claim,
      readonly listener: Listener,
    ) {
      connections.push(this);
    }
    open() {}
    async setTrack(track: string) {
      this.track = track;
    }
    async setOutput(output: string) {
      this.output = output;
    }
    setVolumes(volumes: Readonly<Record<string, number>>) {
      this.volumes = volumes;
    }
    setDeafened(deafened: boolean) {
      this.deafened = deafened;
    }
    close() {
      this.closed = true;
    }
  }
  return { connections, Connection, microphones, Microphone };
});
vi.mock("../rtc/connection", () => ({ VoiceConnection: Connection }));
vi.mock("../rtc/microphone", () => ({ Microphone }));

const guildID = wireState.guild_id;
const me = wireState.user_id;
const server = { guild_id: guildID, endpoint: "hall.example/voice", token: "t" };
const state = (change: Partial<VoiceState>): VoiceState => ({ ...wireState, ...change }) as unknown as VoiceState;

type Told = [guildID: string, channelID: string | null, muted: boolean, deafened: boolean];
let told: Told[];
let voice: Voice;
const last = () => connections.at(-1)!;
const microphone = () => microphones.at(-1)!;
const joined = () => {
  voice.join(guildID, "12");
  voice.connect(server);
  last().listener.connected();
  told = [];
};

beforeEach(() => {
  vi.useFakeTimers();
  connections.length = microphones.length = 0;
  told = [];
  const gateway = { sessionID: "s", updateVoice: (...[g, c, m, d]: Told) => told.push([g, c, m, d]) };
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
    expect([microphone().muted, last().deafened]).toEqual([true, false]);
    voice.toggleMute();
    expect([microphone().muted, told]).toEqual([false, [[guildID, "12", false, false]]]);
  });
  it("comes with deafening, and is as before when one hears again", () => {
    joined();
    voice.toggleDeafen();
    expect([voice.muted, microphone().muted, last().deafened]).toEqual([false, true, true]);
    voice.toggleDeafen();
    expect([microphone().muted, last().deafened]).toEqual([false, false]);
  });
  it("undone while deafened undoes both", () => {
    joined();
    voice.toggleMute();
    voice.toggleDeafen();
    voice.toggleMute();
    expect([voice.muted, voice.deafened, microphone().muted, last().deafened]).toEqual([false, false, false, false]);
    expect(told.at(-1)).toEqual([guildID, "12", false, false]);
  });
  it("lets nobody seem to speak", () => {
    joined();
    microphone().listener.level(0.5, true);
    expect([voice.speaking.has(me), voice.sound.level]).toEqual([true, 0.5]);
    voice.toggleMute();
    expect(voice.speaking.has(me)).toBe(false);
    microphone().listener.level(0.5, true);
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
  it("may be lost again before the hall has told of one's leaving", () => {
    joined();
    for (let i = 0; i < 2; i++) {
      last().listener.lost();
      vi.advanceTimersByTime(1000);
      voice.connect(server);
    }
    voice.stateChanged(state({ channel_id: null }));
    voice.stateChanged(state({}));
    voice.stateChanged(state({ channel_id: null }));
    last().listener.connected();
    expect(voice.phase).toBe("connected");
    voice.stateChanged(state({ channel_id: null }));
    expect(voice.phase).toBe("out");
  });
  it("that was taken away by the hall is left or followed, as the hall tells", () => {
    joined();
    last().listener.takenOut();
    expect([voice.phase, last().closed, told]).toEqual(["reconnecting", true, []]);
    voice.connect(server);
    last().listener.connected();
    expect(voice.phase).toBe("connected");
    last().listener.takenOut();
    voice.stateChanged(state({ channel_id: null }));
    vi.runAllTimers();
    expect([voice.phase, told]).toEqual(["out", []]);
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

describe("the microphone", () => {
  it("is opened while the hall answers, and is the same over every connection of a stay", () => {
    voice.join(guildID, "12");
    expect(microphone().opened).toBe(1);
    voice.connect(server);
    expect(last().track).toBe("track 0");
    last().listener.connected();
    last().listener.lost();
    vi.advanceTimersByTime(500);
    voice.connect(server);
    expect([last().track, connections.length, microphones.length, microphone().stopped]).toEqual(["track 0", 2, 1, false]);
    voice.leave();
    expect(microphone().stopped).toBe(true);
  });
  it("is closed when one is refused or taken out", () => {
    voice.join(guildID, "12");
    vi.advanceTimersByTime(5000);
    expect(microphone().stopped).toBe(true);
    joined();
    voice.stateChanged(state({ channel_id: null }));
    expect([microphones.length, microphone().stopped]).toEqual([2, true]);
  });
  it("stays open for a test that was begun before", () => {
    voice.sound.use("test");
    joined();
    voice.leave();
    expect([microphones.length, microphone().stopped]).toEqual([1, false]);
    voice.sound.release("test");
    expect(microphone().stopped).toBe(true);
  });
  it("tells what is wrong until one leaves, and is tried again on request", () => {
    joined();
    microphone().listener.problem("denied");
    expect(voice.sound.problem).toBe("denied");
    voice.sound.retry();
    expect([microphone().opened, last().track]).toEqual([2, "track 0"]);
    voice.leave();
    expect(voice.sound.problem).toBe("fine");
  });
});

describe("what was chosen", () => {
  it("holds before and during a connection", async () => {
    await voice.sound.choose({ input: "in", output: "out" });
    voice.sound.setVolume("a", 1.5);
    joined();
    expect([microphone().settings.input, last().output, last().volumes]).toEqual(["in", "out", { a: 1.5 }]);
    await voice.sound.choose({ input: "other", suppression: "strong" });
    voice.sound.setVolume("a", 1);
    expect([microphone().settings.input, microphone().settings.suppression, last().volumes]).toEqual(["other", "strong", {}]);
  });
});
