// What happens when there is no microphone, when it may not be used, and when it is unplugged.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, heard, server, until } from "./hall.mjs";
import { look } from "./look.mjs";
import { closes, comes, hears, joins, leaves, opensSound } from "./voice.mjs";

let hall, running, guild, bob;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  guild = server(hall);
  running = await browser();
  bob = await comes(running, hall, guild.invite, "bob");
  await joins(bob);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

/** Stands between a page and its devices: they can be missing, in use, unplugged and plugged in. */
function devices() {
  const media = navigator.mediaDevices;
  const [get, list] = [media.getUserMedia.bind(media), media.enumerateDevices.bind(media)];
  const used = [];
  window.devices = {
    failure: sessionStorage.getItem("failure"),
    gone: new Set(),
    async unplug(label) {
      const device = (await list()).find((d) => d.kind === "audioinput" && d.label === label);
      this.gone.add(device.deviceId);
      for (const track of used.filter((t) => t.readyState === "live" && t.label === label)) {
        track.stop();
        track.dispatchEvent(new Event("ended"));
      }
      media.dispatchEvent(new Event("devicechange"));
    },
    plug() {
      this.failure = null;
      this.gone.clear();
      media.dispatchEvent(new Event("devicechange"));
    },
  };
  media.getUserMedia = async (wanted) => {
    if (window.devices.failure) throw new DOMException("no", window.devices.failure);
    const left = (await media.enumerateDevices()).filter((d) => d.kind === "audioinput" && d.deviceId !== "default");
    const exact = wanted.audio.deviceId?.exact;
    if (exact && !left.some((d) => d.deviceId === exact)) throw new DOMException("gone", "NotFoundError");
    const stream = await get({ audio: { ...wanted.audio, deviceId: { exact: exact ?? left[0].deviceId } } });
    used.push(...stream.getTracks());
    return stream;
  };
  media.enumerateDevices = async () => (await list()).filter((d) => !window.devices.gone.has(d.deviceId));
}

test("when the microphone is unplugged another takes over, and it comes back when it is plugged in", async () => {
  const gina = await comes(running, hall, guild.invite, "gina", { ready: devices });
  await joins(gina);
  await opensSound(gina);
  await gina.getByLabel("Microphone", { exact: true }).selectOption("Fake Audio Input 2");
  await gina.getByText("In use: Fake Audio Input 2").waitFor();
  await hears(bob, "Gina speaks");
  await gina.evaluate(() => window.devices.unplug("Fake Audio Input 2"));
  await gina.getByText("In use: Fake Audio Input 1").waitFor();
  assert.equal(await gina.getByLabel("Microphone", { exact: true }).locator("option:checked").textContent(), "Not plugged in");
  await hears(bob, "Gina speaks by the other");
  await gina.evaluate(() => window.devices.plug());
  await gina.getByText("In use: Fake Audio Input 2").waitFor();
  await hears(bob, "Gina speaks by the first again");
  await leavesForGood(gina);
});

async function leavesForGood(page) {
  await closes(page);
  await leaves(page);
  assert.deepEqual(page.problems, []);
  await page.context().close();
}

for (const [failure, words, bySelf] of [["NotFoundError", /No microphone was found/, true], ["NotReadableError", /Another program uses/, true], ["NotAllowedError", /does not let this page/, false]])
  test(`without a microphone (${failure}) one hears what is wrong, can listen, and speaks as soon as there is one`, async () => {
    const name = failure.toLowerCase();
    const page = await comes(running, hall, guild.invite, name, { ready: devices });
    await page.evaluate((f) => (window.devices.failure = f), failure);
    await joins(page);
    await page.getByRole("alert").getByText(words).waitFor();
    await look(page, `sound-${failure}`, "Channels");
    await until("others are heard all the same", async () => (await heard(page)).energy > 0.001);
    if (bySelf) await page.evaluate(() => window.devices.plug());
    else {
      await page.evaluate(() => (window.devices.failure = null));
      await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
    }
    await page.getByRole("alert").waitFor({ state: "detached" });
    await until(`${name}'s ring shows`, () => bob.locator("li.talks", { hasText: name }).count());
    await hears(bob, "Bob hears them");
    await leaves(page);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });

test("on a page without encryption the way to an encrypted one is shown", async () => {
  const page = await comes(running, hall, guild.invite, "hugo", { ready: () => Object.defineProperty(navigator, "mediaDevices", { value: undefined }) });
  await joins(page);
  await page.getByRole("alert").getByText(/on encrypted pages only/).waitFor();
  assert.match(await page.getByRole("link", { name: "Open this page encrypted" }).getAttribute("href"), /^https:\/\/localhost:/);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});
