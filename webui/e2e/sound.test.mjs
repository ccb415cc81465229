// One's own sound: what is chosen for it and stays chosen, when one is heard, and how loud others are.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, Hall, server, until } from "./hall.mjs";
import { look } from "./look.mjs";
import { button, closes, comes, hears, hearsNothing, joins, leaves, opensSound, power } from "./voice.mjs";

let hall, running, noisy, guild, bob;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  guild = server(hall);
  running = await browser();
  bob = await comes(running, hall, guild.invite, "bob", { ready: listening });
  await joins(bob);
});
after(async () => {
  await noisy?.close();
  await running?.close();
  await hall?.close();
});

/** Keeps the amplifiers that a page makes, so that what comes out of them can be measured. */
function listening() {
  const original = AudioContext.prototype.createGain;
  window.gains = [];
  AudioContext.prototype.createGain = function () {
    const gain = original.call(this);
    window.gains.push(gain);
    return gain;
  };
}

test("what was chosen is there after a reload, also beside a call", async () => {
  const alice = await comes(running, hall, guild.invite, "alice");
  await button(alice, "Settings").click();
  const sound = alice.getByRole("region", { name: "Voice and sound" });
  await sound.getByLabel("While you hold a key").check({ force: true });
  await button(sound, "Right Alt: change").click();
  await alice.keyboard.press("F8");
  await button(sound, "F8: change").waitFor();
  await sound.getByLabel("Noise suppression").selectOption("Strong: speech only");
  await sound.getByLabel("Echo cancellation").uncheck();
  await button(sound, "Test the microphone").click();
  await sound.getByText(/^In use: Fake/).waitFor();
  await until("the level moves", async () => Number(await sound.getByLabel("Microphone level").getAttribute("value")) > 0.2);
  await button(sound, "End the test").click();
  await sound.getByLabel("Microphone", { exact: true }).selectOption("Fake Audio Input 2");
  await alice.reload();
  await button(alice, "Settings").click();
  await button(sound, "F8: change").waitFor();
  assert.equal(await sound.getByLabel("Noise suppression").inputValue(), "strong");
  assert.equal(await sound.getByLabel("Echo cancellation").isChecked(), false);
  await button(sound, "Test the microphone").click();
  await sound.getByText("In use: Fake Audio Input 2").waitFor();
  assert.deepEqual(alice.problems, []);
  await alice.context().close();
});

test("with push-to-talk one is heard while the key or the button is held, and not otherwise", async () => {
  const carol = await comes(running, hall, guild.invite, "carol");
  await joins(carol);
  await hears(bob, "Carol speaks, and is heard");
  await opensSound(carol);
  await carol.getByLabel("While you hold a key").check({ force: true });
  await look(carol, "sound-push", "Channels");
  await closes(carol);
  await hearsNothing(bob, "nobody holds the key");
  await carol.keyboard.down("AltRight");
  await hears(bob, "the key is held");
  await carol.keyboard.up("AltRight");
  await hearsNothing(bob, "the key was let go");
  await carol.getByRole("textbox", { name: /Write to/ }).focus();
  await carol.keyboard.down("AltRight");
  await hears(bob, "the key is held while writing");
  await carol.keyboard.up("AltRight");
  const hold = button(carol, "Hold to talk");
  await look(carol, "sound-hold", "Channels");
  await hold.focus();
  await carol.keyboard.down("Space");
  await hears(bob, "the button is held by keyboard");
  await carol.keyboard.up("Space");
  await hearsNothing(bob, "the button was let go");
  await hold.hover();
  await carol.mouse.down();
  await hears(bob, "the button is held");
  await button(carol, "Mute").focus(); // A button that is held and covered or gone lets go by itself.
  await carol.mouse.up();
  await hearsNothing(bob, "the button was let go");
  await carol.keyboard.down("AltRight");
  await hears(bob, "the key is held again");
  await carol.evaluate(() => dispatchEvent(new Event("blur")));
  await hearsNothing(bob, "another window has the keys");
  await carol.keyboard.up("AltRight");
  await leaves(carol);
  assert.deepEqual(carol.problems, []);
  await carol.context().close();
});

test("below the threshold nothing is sent, and muting is above all", async () => {
  const dora = await comes(running, hall, guild.invite, "dora");
  await joins(dora);
  await opensSound(dora);
  const threshold = dora.getByLabel("Sensitivity");
  await threshold.fill("100");
  await look(dora, "sound-activity", "Channels");
  await hearsNothing(bob, "the threshold is above all sound");
  await threshold.fill("0");
  await hears(bob, "everything passes");
  await closes(dora);
  await button(dora, "Mute").click();
  await hearsNothing(bob, "Dora is muted");
  await button(dora, "Unmute").click();
  await hears(bob, "Dora is heard again");
  await leaves(dora);
  assert.deepEqual(dora.problems, []);
  await dora.context().close();
});

test("somebody is as loud here as was chosen, up to twice what they send", async () => {
  const erik = await comes(running, hall, guild.invite, "erik");
  await joins(erik);
  await hears(bob, "Erik speaks");
  await button(bob, "Volume of erik").click();
  const volume = bob.getByLabel("Volume", { exact: true });
  await volume.fill("200");
  await look(bob, "sound-volume", "Channels");
  const amplified = () =>
    bob.evaluate(async () => {
      const gain = window.gains.at(-1);
      window.analyser ??= gain.context.createAnalyser();
      gain.connect(window.analyser);
      const samples = new Float32Array(window.analyser.fftSize);
      window.analyser.getFloatTimeDomainData(samples);
      return { factor: gain.gain.value, loudest: Math.max(...samples.map(Math.abs)) };
    });
  await until("Erik comes through the amplifier", async () => (await amplified()).loudest > 0.02);
  assert.equal((await amplified()).factor, 2);
  const playing = () => bob.evaluate(() => window.gains.length);
  await volume.fill("50");
  assert.equal(await playing(), 1, "who is made quieter needs no amplifier");
  await closes(bob);
  await bob.reload();
  await joins(bob);
  await button(bob, "Volume of erik").click();
  assert.equal(await volume.inputValue(), "50");
  await button(bob, "As sent").click();
  assert.equal(await volume.inputValue(), "100");
  await closes(bob);
  await erik.context().close();
});

test("strong noise suppression takes noise away, within the policy of the page", async () => {
  // White noise, which no voice is: 16 bits, 48 kHz, one channel.
  const rate = 48_000;
  const samples = Int16Array.from({ length: rate * 4 }, () => (Math.random() - 0.5) * 16_000);
  const header = Buffer.alloc(44);
  for (const [at, text] of [[0, "RIFF"], [8, "WAVEfmt "], [36, "data"]]) header.write(text, at);
  for (const [at, value] of [[4, 36 + samples.byteLength], [16, 16], [24, rate], [28, rate * 2], [40, samples.byteLength]]) header.writeUInt32LE(value, at);
  for (const [at, value] of [[20, 1], [22, 1], [32, 2], [34, 16]]) header.writeUInt16LE(value, at);
  const file = join(hall.folder, "noise.wav");
  writeFileSync(file, Buffer.concat([header, Buffer.from(samples.buffer)]));

  noisy = await browser(`--use-file-for-fake-audio-capture=${file}`);
  const fred = await comes(noisy, hall, guild.invite, "fred");
  await joins(fred);
  await opensSound(fred);
  await fred.getByLabel("Automatic gain").uncheck();
  await fred.getByLabel("Echo cancellation").uncheck();
  await fred.getByLabel("Sensitivity").fill("0");
  await fred.getByLabel("Noise suppression").selectOption("None");
  const before = await until("the noise is heard", async () => {
    const now = await power(bob, 1.5);
    return now > 1e-3 && now;
  });
  const loaded = () => fred.evaluate(() => performance.getEntriesByType("resource").filter((r) => r.name.includes("rnnoise")).length);
  assert.equal(await loaded(), 0, "nothing is loaded that nobody asked for");
  await fred.getByLabel("Noise suppression").selectOption("Strong: speech only");
  const after = await until("the noise is gone", async () => {
    const now = await power(bob, 1.5);
    return now < before / 10 && { now };
  });
  console.log(`noise: ${before.toExponential(1)} before, ${after.now.toExponential(1)} after`);
  assert.ok((await loaded()) > 0);
  assert.equal(await fred.getByText(/could not be loaded/).count(), 0);
  assert.deepEqual(fred.problems, []);
  await fred.context().close();
});
