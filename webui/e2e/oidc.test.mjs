// People sign in with an OpenID provider: for the first time and again, with an account that they have, with a second step, and when the provider fails.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";
import { code as codeOf, now } from "./totp.mjs";

const password = "correct horse battery";
const secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
let hall, running, provider, issuer, folder, consent;

/** Tells the provider what to do. */
async function tell(what) {
  const answer = await fetch(`${issuer}/test`, { method: "POST", body: JSON.stringify(what) });
  assert.equal(answer.status, 204);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "guildhall-provider-"));
  const binary = join(folder, "provider");
  execFileSync("go", ["build", "-o", binary, "./cli/clitest/provider"], { cwd: new URL("../..", import.meta.url).pathname, stdio: "inherit" });
  provider = spawn(binary);
  issuer = await new Promise((done, fail) => {
    provider.stdout.once("data", (line) => done(String(line).trim()));
    provider.once("exit", () => fail(new Error("the provider did not start")));
  });
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  hall.command("guild", "create", "--name", "The Hall", "--owner", "alice");
  const bot = JSON.parse(hall.command("bot", "create", "--name", "Gardener", "--owner", "alice", "--public", "--json"));
  consent = `${hall.url}/oauth2/authorize?${new URLSearchParams({ client_id: bot.id, scope: "bot applications.commands", permissions: "2048", state: "s&%é".repeat(100) })}`;
  const secretFile = join(folder, "secret");
  writeFileSync(secretFile, "a secret of the client's: %&+ é\n", { mode: 0o600 });
  hall.command("oidc", "add", "--key", "house", "--name", "House", "--issuer", issuer, "--client-id", "guildhall", "--secret-file", secretFile, "--accounts", "open");
  running = await browser();
});
after(async () => {
  await running?.close();
  await hall?.close();
  provider?.kill();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

/** Goes to the provider from the sign-in page, or another that asks for one, and signs in there as somebody. */
async function continueAs(page, name, from = hall.url) {
  await page.goto(from);
  await page.getByRole("link", { name: "Continue with House" }).click();
  await page.getByRole("button", { name }).click();
}

const shot = async (page, name) => process.env.SHOTS && page.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
const settings = async (page) => {
  await page.getByRole("button", { name: "Settings", exact: true }).click();
  await page.getByRole("heading", { name: "Linked accounts" }).waitFor();
};

test("somebody new chooses a name, is in, and comes again without a question", async () => {
  const page = await person(running);
  await page.goto(hall.url);
  await page.getByRole("link", { name: "Continue with House" }).waitFor();
  await shot(page, "1-sign-in");
  await continueAs(page, "Eve Adams");
  await page.getByRole("heading", { name: "Welcome from House" }).waitFor();
  assert.equal(await page.getByLabel("User name").inputValue(), "eve");
  await shot(page, "2-new");
  await page.getByLabel("User name").fill("alice");
  await page.keyboard.press("Enter");
  await page.getByText("This user name is taken.").waitFor();
  await page.getByLabel("User name").fill("eve");
  await page.keyboard.press("Enter");
  await page.getByText("You are in no server yet.").first().waitFor();
  await page.reload();
  await page.getByText("You are in no server yet.").first().waitFor();

  const again = await person(running, { viewport: { width: 390, height: 844 }, colorScheme: "light" });
  await continueAs(again, "Eve Adams");
  await again.getByText("You are in no server yet.").first().waitFor();
  assert.equal(new URL(again.url()).pathname, "/");
  assert.deepEqual([...page.problems, ...again.problems], []);
});

test("somebody with an account links it by signing in to it, and unlinks it", async () => {
  const page = await person(running);
  await continueAs(page, "Alice Elsewhere");
  await page.getByRole("button", { name: "I have an account" }).click();
  await page.getByLabel("User name or e-mail").fill("alice");
  await page.getByLabel("Password").fill("not the password");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  await shot(page, "3-link");
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in and link" }).click();
  await page.getByRole("heading", { name: "general" }).first().waitFor();

  const again = await person(running);
  await continueAs(again, "Alice Elsewhere");
  await again.getByRole("heading", { name: "general" }).first().waitFor();
  await settings(again);
  await again.getByText("alice@example.org").scrollIntoViewIfNeeded();
  await shot(again, "4-settings");
  await again.getByRole("button", { name: "Unlink House" }).click();
  await again.getByLabel("Current password").fill(password);
  await again.getByRole("button", { name: "Unlink", exact: true }).click();
  await again.getByRole("button", { name: "Link House" }).waitFor();

  // And links it again from here.
  await again.getByRole("button", { name: "Link House" }).click();
  await again.getByLabel("Current password").fill(password);
  await again.getByRole("button", { name: "Continue" }).click();
  await again.getByRole("button", { name: "Alice Elsewhere" }).click();
  await again.getByRole("heading", { name: "Linked" }).waitFor();
  await again.getByRole("button", { name: "Continue" }).click();
  await again.getByRole("heading", { name: "general" }).first().waitFor();
  assert.deepEqual([...page.problems, ...again.problems], []);
});

test("whoever signs in to add an application comes back to the page that asks, also as somebody new", async () => {
  const known = await person(running);
  await continueAs(known, "Alice Elsewhere", consent);
  await known.getByRole("heading", { name: "Add Gardener to a server?" }).waitFor();
  await known.getByText("Signed in as alice").waitFor();
  assert.equal(known.url(), consent);

  const fresh = await person(running);
  await continueAs(fresh, "Nora Newcomer", consent);
  await fresh.getByLabel("User name").fill("nora");
  await fresh.keyboard.press("Enter");
  await fresh.getByRole("heading", { name: "Add Gardener to a server?" }).waitFor();
  await fresh.getByText("Signed in as").filter({ hasText: "nora" }).waitFor();
  assert.equal(fresh.url(), consent);
  assert.deepEqual([...known.problems, ...fresh.problems], []);
});

test("the last way in is not unlinked, and a password can be set by who has just signed in", async () => {
  const page = await person(running, { viewport: { width: 390, height: 844 }, colorScheme: "dark" });
  await continueAs(page, "Eve Adams");
  await page.getByText("You are in no server yet.").first().waitFor();
  await settings(page);
  await page.getByRole("button", { name: "Unlink House" }).click();
  await shot(page, "5-unlink-phone");
  await page.getByRole("button", { name: "Unlink", exact: true }).click();
  await page.getByText("This is the last way into your account. Set a password first.").waitFor();
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Set a password" }).click();
  await page.getByLabel("New password").fill("a password of Eve's own");
  await page.getByRole("button", { name: "Set a password" }).last().click();
  await page.getByRole("button", { name: "Change password" }).waitFor();
  await page.getByRole("button", { name: "Unlink House" }).click();
  await page.getByLabel("Current password").fill("a password of Eve's own");
  await page.getByRole("button", { name: "Unlink", exact: true }).click();
  await page.getByRole("button", { name: "Link House" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("the second step of an account is asked for after the provider, too", async () => {
  const login = await fetch(`${hall.url}/api/v10/auth/login`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ login: "alice", password }) });
  const { token } = await login.json();
  const spent = now();
  const enabled = await fetch(`${hall.url}/api/v10/users/@me/mfa/totp/enable`, { method: "POST", headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` }, body: JSON.stringify({ password, secret, code: codeOf(secret, spent) }) });
  assert.equal(enabled.status, 200);
  const recovery = (await enabled.json()).backup_codes[0].code;
  const page = await person(running);
  await continueAs(page, "Alice Elsewhere");
  await page.getByLabel("Code", { exact: true }).fill(codeOf(secret, Math.max(spent + 1, now())));
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "general" }).first().waitFor();

  const asked = await person(running);
  await continueAs(asked, "Alice Elsewhere", consent);
  await asked.getByLabel("Code", { exact: true }).waitFor();
  await asked.getByRole("button", { name: "Use a recovery code" }).click();
  await asked.getByLabel("Recovery code").fill(recovery);
  await asked.keyboard.press("Enter");
  await asked.getByRole("heading", { name: "Add Gardener to a server?" }).waitFor();
  assert.equal(asked.url(), consent);
  assert.deepEqual([...page.problems, ...asked.problems], []);
});

test("what goes wrong is said in plain words, and a password still leads in", async () => {
  const page = await person(running);
  await continueAs(page, "Cancel");
  await page.getByText("House did not let you in").waitFor();
  await shot(page, "6-denied");
  await page.getByRole("button", { name: "Sign in another way" }).click();

  await page.getByRole("link", { name: "Continue with House" }).click();
  await page.getByRole("button", { name: "Eve Adams" }).waitFor();
  await tell({ down: true });
  await page.goBack();
  await tell({ forge: true });
  await continueAs(page, "Eve Adams");
  await page.getByText("could not be trusted").waitFor();
  await tell({ rotate: true });
  await page.goto(`${hall.url}/oidc/continue`);
  await page.getByText("This sign-in took too long").waitFor();
  await page.goto(`${hall.url}/oidc/in?return=//evil.example/`);
  await page.getByLabel("Password").waitFor();
  assert.equal(new URL(page.url()).origin, hall.url);

  await page.getByRole("link", { name: "Continue with House" }).click();
  await page.getByRole("button", { name: "Eve Adams" }).waitFor();
  const way = page.url();
  await tell({ down: true });
  await page.goto(`${hall.url}/api/auth/oidc/house/callback?state=${new URL(way).searchParams.get("state")}&code=x&iss=${encodeURIComponent(issuer)}`);
  await page.getByText("House cannot be reached just now").waitFor();
  await shot(page, "7-away");
  await page.getByRole("button", { name: "Sign in another way" }).click();
  await page.getByLabel("User name or e-mail").fill("eve");
  await page.getByLabel("Password").fill("a password of Eve's own");
  await page.keyboard.press("Enter");
  await page.getByText("You are in no server yet.").first().waitFor();
  await tell({});
  assert.deepEqual(page.problems, []);
});
