// People look after the safety of their account in the settings: password, authenticator app, recovery codes, and what happened. SHOTS=folder saves pictures of all.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";
import { look } from "./look.mjs";
import { code, early, now } from "./totp.mjs";

const shots = process.env.SHOTS;
const password = "correct horse battery";
let hall, running, alice, secret, recovery;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  hall.command("guild", "create", "--name", "The Hall", "--owner", "alice");
  running = await browser();
  alice = await person(running, { acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
  await firstStep(alice);
  await alice.getByRole("heading", { name: "general" }).first().waitFor();
});
after(async () => {
  await running?.close();
  await hall?.close();
});

async function firstStep(page, typed = password) {
  await page.goto(hall.url);
  await page.getByLabel("User name or e-mail").fill("alice");
  await page.getByLabel("Password").fill(typed);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Somebody signs in anew with a code. */
async function withCode(typed) {
  const page = await person(running);
  await firstStep(page);
  await page.getByLabel("Code", { exact: true }).fill(typed);
  await page.getByRole("button", { name: "Sign in" }).click();
  return page;
}
const inside = (page) => page.getByRole("heading", { name: "general" }).first().waitFor();
const refused = (page) => page.getByRole("alert").waitFor();
const button = (page, name) => page.getByRole("button", { name, exact: true });
const dialog = (page, name) => page.getByRole("dialog", { name, exact: true });

test("an authenticator app is set up with the keyboard alone", async () => {
  await button(alice, "Settings").click();
  await alice.getByText("Not set up").waitFor();
  await look(alice, "settings");
  await button(alice, "Set up an authenticator app").focus();
  await alice.keyboard.press("Enter");
  const enrol = dialog(alice, "Set up an authenticator app");
  secret = (await enrol.getByLabel("Key for the app").innerText()).replaceAll(/\s/g, "");
  assert.match(secret, /^[A-Z2-7]{32}$/);
  assert.equal(await enrol.getByRole("img", { name: /QR code/ }).evaluate((picture) => picture.naturalWidth > 0), true);
  await look(alice, "enrol");
  await enrol.getByLabel("Code that the app shows").focus();
  await alice.keyboard.type("000000");
  await alice.keyboard.press("Tab");
  await alice.keyboard.type("not the password");
  await alice.keyboard.press("Enter");
  await enrol.getByText("This is not your current password.").waitFor();
  await enrol.getByLabel("Current password").fill(password);
  await alice.keyboard.press("Enter");
  await enrol.getByText(/check the clock of your device/).waitFor();
  await look(alice, "enrol-refused");
  await early();
  await enrol.getByLabel("Code that the app shows").fill(code(secret, now()).replace(/^.../, "$& "));
  await alice.keyboard.press("Enter");
  const shown = dialog(alice, "Recovery codes");
  await shown.getByText("They are shown only now").waitFor();
  await look(alice, "recovery-codes");
  recovery = await shown.getByRole("listitem").allInnerTexts();
  assert.equal(new Set(recovery).size, 10);
  await shown.getByRole("button", { name: "Copy" }).click();
  await shown.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await alice.evaluate(() => navigator.clipboard.readText()), recovery.join("\n"));
  const [download] = await Promise.all([alice.waitForEvent("download"), shown.getByRole("link", { name: "Download" }).click()]);
  assert.match(download.suggestedFilename(), /-recovery-codes\.txt$/);
  const kept = readFileSync(await download.path(), "utf8");
  for (const one of recovery) assert.ok(kept.includes(one));
  await button(shown, "I have kept them").click();
  await alice.getByText("10 are left").waitFor();
  await alice.getByText("An authenticator app was set up").waitFor();
  await alice.getByText("Signed in with the password").waitFor();
});

test("codes of a clock that is half a minute off lead in, and none leads in twice", async () => {
  await early();
  const at = now() + 1; // a clock that is ahead
  const ahead = await withCode(code(secret, at));
  await inside(ahead);
  await refused(await withCode(code(secret, at))); // replayed
  await refused(await withCode(code(secret, at - 1))); // older than what was used
  await refused(await withCode(code(secret, now() - 3))); // too far off
});

test("recovery codes are made anew, and the old ones stop working", async () => {
  await button(alice, "New recovery codes").click();
  const ask = dialog(alice, "New recovery codes");
  await ask.getByLabel("Current password").fill(password);
  await ask.getByLabel("Code of your app, or a recovery code").fill("wrong-code");
  await look(alice, "prove");
  await button(ask, "Make new codes").click();
  await ask.getByText("was used already").waitFor();
  await ask.getByLabel("Code of your app, or a recovery code").fill(recovery[0]);
  await button(ask, "Make new codes").click();
  const shown = dialog(alice, "Recovery codes");
  const before = recovery;
  await shown.getByText("They are shown only now").waitFor();
  recovery = await shown.getByRole("listitem").allInnerTexts();
  await alice.keyboard.press("Escape");
  for (const [typed, good] of [[before[1], false], [recovery[0], true]]) {
    const page = await person(running);
    await firstStep(page);
    await button(page, "Use a recovery code").click();
    await page.getByLabel("Recovery code").fill(typed);
    await button(page, "Sign in").click();
    await (good ? inside(page) : refused(page));
  }
});

test("a new password ends the other sessions and is noticed", async () => {
  const other = await person(running);
  await firstStep(other);
  await button(other, "Use a recovery code").click();
  await other.getByLabel("Recovery code").fill(recovery[1]);
  await button(other, "Sign in").click();
  await inside(other);
  await button(alice, "Change password").click();
  const ask = dialog(alice, "Change password");
  for (const [typed, words] of [["password", /guessed first/], ["alice 12345", /too much like your name/]]) {
    await ask.getByLabel("New password").fill(typed);
    await ask.getByLabel("Current password").fill(password);
    await ask.getByLabel("Code of your app, or a recovery code").fill(recovery[2]);
    await ask.getByRole("button", { name: "Change password" }).click();
    await ask.getByText(words).waitFor();
  }
  await look(alice, "change-password");
  await ask.getByLabel("New password").fill("battery staple horse");
  await ask.getByLabel("Code of your app, or a recovery code").fill(recovery[2]);
  await ask.getByRole("button", { name: "Change password" }).click();
  await ask.waitFor({ state: "detached" });
  await button(other, "Sign in").waitFor();
  await alice.getByText("The password was changed").waitFor();
  await alice.getByText("this device").waitFor();
  await look(alice, "settings-protected");
  await alice.getByText("What happened to your account").scrollIntoViewIfNeeded();
  if (shots) await alice.screenshot({ path: join(shots, "what-happened.png") });
});

test("without the app, the password is enough again", async () => {
  await button(alice, "Remove the app").click();
  const ask = dialog(alice, "Remove the authenticator app?");
  await ask.getByLabel("Current password").fill("battery staple horse");
  await ask.getByLabel("Code of your app, or a recovery code").fill(recovery[3]);
  await button(ask, "Remove the app").click();
  await alice.getByText("Not set up").waitFor();
  await alice.getByText("The authenticator app was removed").waitFor();
  const page = await person(running);
  await firstStep(page, "battery staple horse");
  await inside(page);
  assert.deepEqual(alice.problems, []);
});
