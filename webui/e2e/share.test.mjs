// Somebody shows their screen with its sound; others watch it when they want to, as sharp as it is.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, server, until } from "./hall.mjs";
import { look } from "./look.mjs";
import { button, comes, joins, leaves } from "./voice.mjs";

let hall, running, alice, bob, carol;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  const { invite } = server(hall);
  running = await browser();
  alice = await comes(running, hall, invite, "alice", { ready: screen });
  bob = await comes(running, hall, invite, "bob");
  carol = await comes(running, hall, invite, "carol");
  for (const page of [alice, bob, carol]) await joins(page);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

/** Keeps what the client asks the browser's own capture for, which gives a screen on which something moves, and beeps. */
function screen() {
  const capture = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = async (wanted) => {
    window.wanted = wanted;
    return (window.shown = await capture(wanted));
  };
}

/** What comes in on all of a page's connections but the call's own, the first. */
const watched = (page) =>
  page.evaluate(async () => {
    const sum = { frames: 0, energy: 0, width: 0, height: 0, sound: "" };
    for (const peer of window.peers.slice(1).filter((p) => p.connectionState === "connected"))
      for (const [, r] of await peer.getStats()) {
        if (r.type === "codec" && r.mimeType === "audio/opus") sum.sound = r.sdpFmtpLine;
        if (r.type !== "inbound-rtp") continue;
        sum.frames += r.framesDecoded ?? 0;
        sum.energy += r.totalAudioEnergy ?? 0;
        sum.width = Math.max(sum.width, r.frameWidth ?? 0);
        sum.height = Math.max(sum.height, r.frameHeight ?? 0);
      }
    return sum;
  });
/** How a screen is shown at a page: its picture's size, and how much of the window it takes. */
const picture = (page, name) => tile(page, name).locator("video").evaluate((v) => ({ width: v.videoWidth, height: v.videoHeight, shown: v.clientWidth, fills: v.clientWidth / innerWidth }));
const seesAndHears = (page, who) =>
  until(`${who} sees and hears it`, async () => {
    const now = await watched(page);
    return now.frames > 20 && now.energy > 1e-4;
  });
const ends = (page, name) => tile(page, name).waitFor({ state: "detached" });
const tile = (page, name) => page.getByRole("figure").filter({ hasText: name });

test("a screen is shown, and watched with its sound by those who want to", async () => {
  await button(alice, "Show your screen").click();
  await look(alice, "share", "Channels");
  await alice.getByText("Motion: smooth").click();
  await button(alice, "Choose what to show").click();
  await tile(alice, "Your screen").waitFor();
  const { audio, video } = await alice.evaluate(() => window.wanted);
  assert.deepEqual([audio.echoCancellation, audio.noiseSuppression, audio.autoGainControl], [false, false, false]);
  assert.equal(video.frameRate.max, 30);
  for (const page of [bob, carol]) await button(page, "Watch the screen of alice").waitFor();
  assert.equal((await watched(carol)).frames, 0, "nobody is shown what they did not ask for");
  await button(bob, "Watch the screen of alice").click();
  await tile(bob, "Screen of alice").waitFor();
  await seesAndHears(bob, "Bob");
  assert.match((await watched(bob)).sound, /stereo=1/);
});

test("it comes as sharp as it is shown", async () => {
  await button(bob, "Show Screen of alice larger").click();
  const whole = await alice.evaluate(() => window.shown.getVideoTracks()[0].getSettings().width);
  await until("no pixel is missing of what is shown", async () => {
    const { width, shown } = await picture(bob, "Screen of alice");
    return shown > 600 && width >= shown;
  });
  await button(bob, "Show Screen of alice on the full screen").click();
  await until("it fills the screen, with all that there is", async () => {
    const { width, fills } = await picture(bob, "Screen of alice");
    return fills > 0.9 && width === whole;
  });
  await button(bob, "Leave the full screen").click();
  await until("it is where it was", async () => (await picture(bob, "Screen of alice")).fills < 0.6);
  await look(bob, "share-watched", "Messages");
});

test("a second one watches, and the first one stops", async () => {
  await button(carol, "Watch the screen of alice").click();
  await seesAndHears(carol, "Carol");
  await button(bob, "Stop watching the screen of alice").click();
  await ends(bob, "Screen of alice");
  await button(bob, "Watch the screen of alice").waitFor();
  assert.equal((await watched(bob)).frames, 0);
  const before = (await watched(carol)).frames;
  await until("Carol goes on", async () => (await watched(carol)).frames > before + 10);
});

test("it ends when its owner stops, and begins anew with what is chosen then", async () => {
  await button(alice, "Stop showing your screen").click();
  for (const page of [bob, carol]) await button(page, "Watch the screen of alice").waitFor({ state: "detached" });
  await ends(carol, "Screen of alice");
  assert.deepEqual(await alice.evaluate(() => window.shown.getTracks().map((track) => track.readyState)), ["ended", "ended"]);
  await button(alice, "Show your screen").click();
  await alice.getByLabel("Resolution").selectOption("At most 480 lines");
  await alice.getByLabel("With sound").uncheck();
  await button(alice, "Choose what to show").click();
  await button(bob, "Watch the screen of alice").click();
  await tile(alice, "Your screen").waitFor();
  const { height } = await alice.evaluate(() => window.shown.getVideoTracks()[0].getSettings());
  assert.ok(height > 240 && height <= 480, `${height} lines were taken`);
  await until("Bob sees it in the resolution that was chosen", async () => (await picture(bob, "Screen of alice")).height === height);
  const before = await watched(bob);
  await until("it goes on", async () => (await watched(bob)).frames > before.frames + 10);
  assert.equal((await watched(bob)).energy, before.energy, "without its sound");
});

test("it ends with the call of its owner", async () => {
  await leaves(alice);
  await ends(bob, "Screen of alice");
  for (const page of [bob, carol]) await button(page, "Watch the screen of alice").waitFor({ state: "detached" });
  for (const page of [alice, bob, carol]) {
    assert.equal(await page.getByRole("alert").count(), 0, "nobody is told of a failure");
    assert.deepEqual(page.problems, []);
  }
});
