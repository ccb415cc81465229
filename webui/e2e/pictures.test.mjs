// Three people with cameras: everybody sees and hears everybody, each picture as good as it is shown, and what nobody looks at costs nothing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, heard, server, until } from "./hall.mjs";
import { look } from "./look.mjs";
import { button, closes, comes, joins, leaves } from "./voice.mjs";

let hall, running, alice, bob, carol, people;
const permissions = ["microphone", "camera"];

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  const { invite } = server(hall);
  running = await browser();
  people = [];
  for (const name of ["alice", "bob", "carol"]) people.push(await comes(running, hall, invite, name, { permissions }));
  [alice, bob, carol] = people;
});
after(async () => {
  await running?.close();
  await hall?.close();
});

/** What comes in of pictures at a page, by whose it is in the order in which they are shown; and what it sends itself. */
const pictures = (page) =>
  page.evaluate(async () => {
    const peer = window.peers.findLast((p) => p.connectionState === "connected");
    const reports = [...((await peer?.getStats())?.values() ?? [])].filter((r) => r.kind === "video");
    const tracks = [...document.querySelectorAll("section.call video")].map((v) => v.srcObject?.getVideoTracks()[0]?.id);
    const of = (r) => ({ frames: r.framesDecoded ?? r.framesSent ?? 0, bytes: r.bytesReceived ?? r.bytesSent ?? 0, width: r.frameWidth ?? 0, layer: r.rid, at: tracks.indexOf(r.trackIdentifier) });
    return { received: reports.filter((r) => r.type === "inbound-rtp").map(of), sent: reports.filter((r) => r.type === "outbound-rtp").map(of) };
  });
const tile = (page, name) => page.getByRole("region", { name: "Cameras and screens" }).getByRole("figure").filter({ hasText: name });
/** How wide the picture of somebody is at a page, as it is shown. */
const widthOf = (page, name) => tile(page, name).locator("video").evaluate((v) => v.videoWidth);
const sum = (list, field) => list.reduce((all, one) => all + one[field], 0);

/** Waits until a number that is asked for every second does not grow any more. */
async function standsStill(what, ask, slack = 0) {
  let last = await ask();
  await until(what, async () => {
    await new Promise((done) => setTimeout(done, 1000));
    const now = await ask();
    const still = now - last <= slack;
    last = now;
    return still;
  });
}

test("three people with cameras see and hear each other", async () => {
  for (const page of people) await joins(page);
  for (const page of people) {
    await button(page, "Turn the camera on").click();
    await button(page, "Turn the camera off").waitFor();
  }
  for (const page of people) {
    await until("three pictures are shown", async () => (await page.getByRole("region", { name: "Cameras and screens" }).getByRole("figure").count()) === 3);
    const before = { ...(await heard(page)), ...(await pictures(page)) };
    await until("both others are seen and heard", async () => {
      const now = await pictures(page);
      const coming = now.received.filter((r) => r.frames > (before.received.find((b) => b.at === r.at)?.frames ?? 0) + 10);
      return coming.length === 2 && (await heard(page)).energy > before.energy + 0.001;
    });
  }
  await look(alice, "cameras");
});

test("a picture is as good as it is shown, and no better", async () => {
  await until("small tiles get small pictures", async () => (await widthOf(alice, "bob")) === 320);
  await button(alice, "Show bob larger").click();
  await until("a large tile gets a larger picture", async () => (await widthOf(alice, "bob")) >= 640);
  assert.equal(await widthOf(alice, "carol"), 320, "the other stays as it was");
  await look(alice, "camera-large");
  await button(alice, "Show bob smaller").click();
  await until("a small tile gets a small picture again", async () => (await widthOf(alice, "bob")) === 320);
});

test("what is hidden costs nothing, and what nobody wants is not even sent", async () => {
  await button(alice, "Hide the pictures").click();
  await standsStill("nothing comes in at Alice", async () => sum((await pictures(alice)).received, "bytes"));
  // Carol looks at small tiles: of Bob's three layers two are for nobody.
  const large = async () => (await pictures(bob)).sent.filter((s) => s.layer !== "q");
  await standsStill("Bob's larger layers are stopped where they are made", async () => sum(await large(), "frames"));
  const small = async () => sum((await pictures(bob)).sent.filter((s) => s.layer === "q"), "frames");
  const before = await small();
  await until("the small one goes on", async () => (await small()) > before + 5);
  await button(carol, "Hide the pictures").click();
  await standsStill("nobody looks at Bob, and he sends no picture", small);
  await button(alice, "Show the pictures").click();
  const still = sum((await pictures(alice)).received, "frames");
  await until("Alice sees them again", async () => sum((await pictures(alice)).received, "frames") > still + 10);
  await button(carol, "Show the pictures").click();
});

test("the statistics tell path, round trip and pictures", async () => {
  await button(alice, "Connection").click();
  const panel = alice.getByRole("dialog", { name: "Connection" });
  await panel.getByText(/^Direct, UDP$/).waitFor();
  await panel.getByRole("row", { name: /^Sees: bob/ }).getByText(/^320×180, \d+ fps$/).waitFor();
  await panel.getByRole("row", { name: /^Hears: bob/ }).getByText(/kbit\/s/).waitFor();
  await look(alice, "statistics", "Channels");
  await closes(alice);
});

test("a lost voice gateway and a changed network are got over on the same connection", async () => {
  const peers = await bob.evaluate(() => window.peers.length);
  const cable = await bob.context().newCDPSession(bob);
  await cable.send("Network.enable");
  await bob.context().setOffline(true);
  await cable.send("Network.emulateNetworkConditions", { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
  await alice.waitForTimeout(6000); // Long enough for the client to notice by its heartbeats.
  await cable.send("Network.emulateNetworkConditions", { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await bob.context().setOffline(false);
  const name = () => bob.evaluate(() => /a=ice-ufrag:(\S+)/.exec(window.peers.at(-1).remoteDescription.sdp)[1]);
  const own = () => bob.evaluate(() => /a=ice-ufrag:(\S+)/.exec(window.peers.at(-1).currentLocalDescription.sdp)[1]);
  const before = [await name(), await own()];
  await bob.evaluate(() => dispatchEvent(new Event("online")));
  await until("ICE begins anew", async () => (await own()) !== before[1]);
  await bob.getByRole("status").getByText("Voice connected").waitFor();
  for (const page of people) {
    const start = await heard(page);
    await until("sound goes on", async () => (await heard(page)).energy > start.energy + 0.001);
  }
  const frames = sum((await pictures(alice)).received, "frames");
  await until("pictures go on", async () => sum((await pictures(alice)).received, "frames") > frames + 20);
  assert.equal(await bob.evaluate(() => window.peers.length), peers, "the connection is the same");
});

test("a camera that is off is gone everywhere, and comes back", async () => {
  await button(bob, "Turn the camera off").click();
  for (const page of [alice, carol]) await tile(page, "bob").waitFor({ state: "detached" });
  await button(bob, "Turn the camera on").click();
  for (const page of [alice, carol]) await tile(page, "bob").waitFor();
  const frames = sum((await pictures(alice)).received, "frames");
  await until("it is seen again", async () => sum((await pictures(alice)).received, "frames") > frames + 20 && (await widthOf(alice, "bob")) > 0);
  await leaves(bob);
  for (const page of [alice, carol]) await tile(page, "bob").waitFor({ state: "detached" });
  assert.equal(await button(bob, "Turn the camera off").count(), 0);
});

test("without a camera one hears what is wrong, and the call goes on", async () => {
  await button(carol, "Turn the camera off").click();
  for (const [failure, words] of [["NotFoundError", /No camera was found/], ["NotReadableError", /Another program uses the camera/], ["NotAllowedError", /does not let this page use the camera/]]) {
    await carol.evaluate((name) => {
      window.original ??= navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async () => {
        throw new DOMException("no", name);
      };
    }, failure);
    await button(carol, "Turn the camera on").click();
    await carol.getByRole("alert").getByText(words).waitFor();
  }
  await carol.evaluate(() => (navigator.mediaDevices.getUserMedia = window.original.bind(navigator.mediaDevices)));
  await button(carol, "Turn the camera on").click();
  await button(carol, "Turn the camera off").waitFor();
  assert.equal(await carol.getByRole("alert").count(), 0);
  for (const page of people) assert.deepEqual(page.problems, []);
});
