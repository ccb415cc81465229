// A music bot on a real library plays to a browser, which hears it at the right pitch, and hears the browser's microphone.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { ogg, recognise, tone } from "../../cli/compat/discordjs/tone.mjs";
import { browser, Hall, person, until } from "./hall.mjs";

const played = 520; // Hz
const beep = 400; // Hz: what Chromium's microphone of tests beeps
const password = "correct horse battery";
let hall, running, alice, bot;
const told = [];

before(async () => {
  hall = await Hall.start();
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  const guild = JSON.parse(hall.command("guild", "create", "--name", "The Hall", "--owner", "alice", "--json"));
  const { token } = JSON.parse(hall.command("bot", "create", "--name", "music", "--owner", "alice", "--guild", guild.id, "--json"));
  const file = join(hall.folder, "tone.ogg");
  writeFileSync(file, ogg(tone(played, 100)));
  bot = spawn("node", ["voice.mjs"], {
    cwd: new URL("../../cli/compat/discordjs", import.meta.url).pathname,
    env: {
      ...process.env,
      API: `http://127.0.0.1:${hall.port}/api`,
      TOKEN: token,
      CHANNEL: guild.channels.find((channel) => channel.type === 2).id,
      TONE: file,
      VOICE: "@discordjs/voice",
      // Voice is dialled over HTTPS, whatever the API is.
      NODE_EXTRA_CA_CERTS: join(hall.folder, "data", "authority", "authority.crt"),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  createInterface({ input: bot.stdout }).on("line", (line) => told.push(JSON.parse(line)));
  running = await browser();
  alice = await person(running);
});
after(async () => {
  if (bot && bot.exitCode === null) {
    const gone = new Promise((done) => bot.once("exit", done));
    bot.kill();
    await gone;
  }
  await running?.close();
  await hall?.close();
});

/** The strongest frequency of all that comes in at a page. */
const pitch = (page) =>
  page.evaluate(async () => {
    window.ear ??= new AudioContext({ sampleRate: 48000 });
    const analyser = new AnalyserNode(window.ear, { fftSize: 16384, smoothingTimeConstant: 0 });
    const tracks = window.peers.filter((peer) => peer.connectionState === "connected").flatMap((peer) => peer.getReceivers().map((receiver) => receiver.track));
    for (const track of tracks.filter((one) => one.kind === "audio")) window.ear.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    await new Promise((done) => setTimeout(done, 500)); // as long as the window that is looked at
    const levels = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(levels);
    const strongest = levels.indexOf(Math.max(...levels));
    return { hz: (strongest * window.ear.sampleRate) / analyser.fftSize, decibel: levels[strongest] };
  });

test("a browser hears a music bot at the right pitch", async () => {
  await alice.goto(hall.url);
  await alice.getByLabel("User name").fill("alice");
  await alice.getByLabel("Password").fill(password);
  await alice.getByRole("button", { name: "Sign in" }).click();
  await until("the bot has joined", () => told.some((one) => one.event === "joined"));
  await alice.getByRole("button", { name: "Join voice in Lounge" }).click();
  await alice.getByRole("status").getByText("Voice connected").waitFor();
  let last;
  await until("the tone is heard", async () => {
    last = await pitch(alice);
    return last.decibel > -50 && Math.abs(last.hz - played) < 10;
  }).catch((error) => assert.fail(`${error.message}; heard last: ${JSON.stringify(last)}`));
  await until("the bot's ring shows that it plays", () => alice.locator("li.talks", { hasText: "music" }).count());
});

test("the bot hears the browser's microphone", async () => {
  let last;
  await until("the beeps are heard", () => {
    const heard = told.filter((one) => one.event === "heard").at(-1);
    if (!heard) return false;
    last = recognise(heard.frames.map((frame) => Buffer.from(frame, "base64")));
    return last.level > 0.001 && Math.abs(last.hz - beep) <= 50;
  }).catch((error) => assert.fail(`${error.message}; heard last: ${JSON.stringify(last)}`));
});

test("neither the page nor the bot complains", () => {
  assert.deepEqual(alice.problems, []);
  assert.deepEqual(told.filter((one) => one.event === "error"), []);
});
