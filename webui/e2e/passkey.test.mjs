// People make passkeys in the settings and sign in with them, with Chromium's virtual authenticator. SHOTS=folder saves pictures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";
import { look } from "./look.mjs";

const password = "correct horse battery";
let hall, running, alice, key, recovery;

/** An authenticator in a page's browser. */
class Authenticator {
  static async in(page) {
    const made = new Authenticator();
    made.session = await page.context().newCDPSession(page);
    await made.session.send("WebAuthn.enable");
    const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
    made.id = (await made.session.send("WebAuthn.addVirtualAuthenticator", { options })).authenticatorId;
    return made;
  }
  async keys() {
    return (await this.session.send("WebAuthn.getCredentials", { authenticatorId: this.id })).credentials;
  }
  async take(credential) {
    await this.session.send("WebAuthn.addCredential", { authenticatorId: this.id, credential });
  }
  async verify(isUserVerified) {
    await this.session.send("WebAuthn.setUserVerified", { authenticatorId: this.id, isUserVerified });
  }
}

const button = (page, name) => page.getByRole("button", { name, exact: true });
const dialog = (page, name) => page.getByRole("dialog", { name, exact: true });
const inside = (page) => page.getByRole("heading", { name: "general" }).first().waitFor();

async function post(path, body) {
  const answer = await fetch(`${hall.url}/api/v10${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

async function firstStep(page) {
  await page.goto(hall.url);
  await page.getByLabel("User name or e-mail").fill("alice");
  await page.getByLabel("Password").fill(password);
  await button(page, "Sign in").click();
}

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  hall.command("guild", "create", "--name", "The Hall", "--owner", "alice");
  running = await browser();
  alice = await person(running);
  await firstStep(alice);
  await inside(alice);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

test("a passkey is made in the settings", async () => {
  key = await Authenticator.in(alice);
  await button(alice, "Settings").click();
  await button(alice, "Add a passkey").click();
  const ask = dialog(alice, "Add a passkey");
  await ask.getByLabel("Name of the passkey").fill("Laptop");
  await ask.getByLabel("Current password").fill("not the password");
  await button(ask, "Next").click();
  await ask.getByText("This is not your current password.").waitFor();
  await look(alice, "passkey-add");
  await ask.getByLabel("Current password").fill(password);
  await alice.keyboard.press("Enter");
  const shown = dialog(alice, "Recovery codes");
  await shown.getByText("They are shown only now").waitFor();
  recovery = await shown.getByRole("listitem").allInnerTexts();
  await button(shown, "I have kept them").click();
  await alice.getByText("for localhost · never used").waitFor();
  await button(alice, "Rename: Laptop").click();
  await dialog(alice, "Rename").getByLabel("Name of the passkey").fill("Work laptop");
  await alice.keyboard.press("Enter");
  await alice.getByText("Work laptop", { exact: true }).waitFor();
  await alice.getByText("The passkey “Laptop” was added").waitFor();
  assert.equal((await key.keys()).length, 1);
  await look(alice, "settings-passkey");
});

test("it signs in by itself, and what it signed is good once", async () => {
  const page = await person(running);
  const here = await Authenticator.in(page);
  await here.take((await key.keys())[0]);
  await page.goto(hall.url);
  await look(page, "sign-in");
  const sent = page.waitForRequest((request) => request.url().endsWith("/auth/passkeys/login"));
  await button(page, "Use a passkey").click();
  const { ticket, credential } = (await sent).postDataJSON();
  await inside(page);

  assert.equal((await post("/auth/passkeys/login", { ticket, credential })).status, 400);
  const fresh = (await post("/auth/passkeys/challenge", {})).body;
  const replayed = await post("/auth/passkeys/login", { ticket: fresh.ticket, credential });
  assert.deepEqual([replayed.status, replayed.body.code], [400, 60008]);

  // A copy that has counted less is refused, and its holder sees that.
  const copied = await person(running);
  const copy = await Authenticator.in(copied);
  await copy.take({ ...(await here.keys())[0], signCount: 0 });
  await copied.goto(hall.url);
  await button(copied, "Use a passkey").click();
  await copied.getByText("This passkey was not accepted.").waitFor();
  await button(page, "Settings").click();
  await page.getByText("there may be a copy of it").waitFor();
  await page.getByText("Signed in with a passkey").waitFor();
  assert.deepEqual(page.problems, []);
});

test("it does not when it cannot tell who its user is", async () => {
  const page = await person(running);
  const here = await Authenticator.in(page);
  const [credential] = await key.keys();
  await here.take({ ...credential, signCount: credential.signCount + 100 });
  await here.verify(false);
  await page.goto(hall.url);
  await button(page, "Use a passkey").click();
  await page.getByText("The browser used no passkey").waitFor();
});

test("it is the second factor after the password", async () => {
  const page = await person(running);
  const here = await Authenticator.in(page);
  const [credential] = await key.keys();
  await here.take({ ...credential, signCount: credential.signCount + 200 });
  await firstStep(page);
  await button(page, "Use a passkey").waitFor();
  await look(page, "second-step-passkey");
  await button(page, "Use a passkey").click();
  await inside(page);
  await button(page, "Settings").click();
  await page.getByText("Signed in with password and passkey").waitFor();
  // And it stands for a code where one is asked for.
  await button(page, "New recovery codes").click();
  const ask = dialog(page, "New recovery codes");
  await ask.getByLabel("Current password").fill(password);
  await button(ask, "Use a passkey instead of a code").click();
  const shown = dialog(page, "Recovery codes");
  await shown.getByText("They are shown only now").waitFor();
  recovery = await shown.getByRole("listitem").allInnerTexts();
});

test("a deleted passkey is refused", async () => {
  await button(alice, "Remove… Work laptop").click();
  const ask = dialog(alice, "Remove “Work laptop”?");
  await ask.getByLabel("Current password").fill(password);
  await ask.getByLabel("Code of your app, or a recovery code").fill(recovery[0]);
  await button(ask, "Remove the passkey").click();
  await alice.getByText("The passkey “Work laptop” was removed").waitFor();
  const page = await person(running);
  const here = await Authenticator.in(page);
  const [credential] = await key.keys();
  await here.take({ ...credential, signCount: credential.signCount + 300 });
  await page.goto(hall.url);
  await button(page, "Use a passkey").click();
  await page.getByText("This passkey was not accepted.").waitFor();
  await firstStep(page);
  await inside(page); // the password is enough again
  assert.deepEqual([...page.problems, ...alice.problems], []);
});

test("on a bare address there are no passkeys", async () => {
  const page = await person(running);
  await page.goto(hall.url.replace("localhost", "127.0.0.1"));
  await button(page, "Sign in").waitFor();
  assert.equal(await button(page, "Use a passkey").count(), 0);
});
