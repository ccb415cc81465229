// Somebody whose account has a second factor signs in: with a code of their app, and with a recovery code when they lost it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";
import { code as codeOf, now } from "./totp.mjs";

const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const password = "correct horse battery";
let hall, running, recovery, spent;

const code = (at) => codeOf(secret, at);

async function api(path, body, token) {
  const answer = await fetch(`${hall.url}/api/v10${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: JSON.stringify(body),
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
}

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  hall.command("guild", "create", "--name", "The Hall", "--owner", "alice");
  const { token } = await api("/auth/login", { login: "alice", password });
  spent = now();
  recovery = (await api("/users/@me/mfa/totp/enable", { password, secret, code: code(spent) }, token)).backup_codes.map((one) => one.code);
  running = await browser();
});
after(async () => {
  await running?.close();
  await hall?.close();
});

async function firstStep(page, typed = password) {
  await page.goto(hall.url);
  await page.getByLabel("User name or e-mail").fill("alice");
  await page.getByLabel("Password").fill(typed);
  await page.keyboard.press("Enter");
  await page.getByText("authenticator app").waitFor();
}

test("a code of the app leads in, and is good once", async () => {
  const alice = await person(running);
  await firstStep(alice);
  await alice.keyboard.type("000000"); // the field has the focus
  await alice.keyboard.press("Enter");
  await alice.getByRole("alert").waitFor();
  spent = Math.max(spent + 1, now()); // that of the enrolment is spent; a clock may be half a minute ahead
  await alice.getByLabel("Code", { exact: true }).fill(code(spent));
  await alice.keyboard.press("Enter");
  await alice.getByRole("heading", { name: "general" }).first().waitFor();

  const again = await person(running);
  await firstStep(again);
  await again.getByLabel("Code", { exact: true }).fill(code(spent));
  await again.keyboard.press("Enter");
  await again.getByRole("alert").waitFor();
  await again.getByRole("button", { name: "Back" }).click();
  await again.getByLabel("Password").waitFor();
});

test("a recovery code leads in, once", async () => {
  for (const [typed, good] of [[recovery[0], true], [recovery[0], false], [recovery[1], true]]) {
    const page = await person(running);
    await firstStep(page);
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.getByLabel("Recovery code").fill(typed);
    await page.getByRole("button", { name: "Sign in" }).click();
    await (good ? page.getByRole("heading", { name: "general" }).first() : page.getByRole("alert")).waitFor();
  }
});

test("a reset link asks for it too", async () => {
  const link = JSON.parse(hall.command("user", "reset-link", "--user", "alice", "--json")).url;
  const page = await person(running);
  await page.goto(hall.url + new URL(link).href.replace(/^https?:\/\/[^/]+/, ""));
  await page.getByLabel("New password").fill("another good password");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("button", { name: "Use a recovery code" }).click();
  await page.getByLabel("Recovery code").fill(recovery[2]);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "general" }).first().waitFor();
});
