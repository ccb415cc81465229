// Somebody lets an application into a server: signing in on the way, choosing a server and what the bot may do; and what they see where that cannot be. SHOTS=folder saves pictures.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

const password = "correct horse battery";
// Administrator, kick, send messages, read what was said before.
const wanted = (1n << 3n) | (1n << 1n) | (1n << 11n) | (1n << 16n);
const wrong = [];
let hall, running, owner, moderator, application, garden, workshop, elsewhere, site, visited;

async function api(method, path, token, body) {
  const answer = await fetch(`${hall.url}/api/v10${path}`, {
    method,
    headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.status === 204 ? null : answer.json();
}

const tokenOf = async (login) => (await api("POST", "/auth/login", null, { login, password })).token;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  const file = hall.passwordFile(password);
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", file);
  for (const name of ["mia", "eve"]) hall.command("user", "create", "--username", name, "--password-file", file);
  const guild = (name) => JSON.parse(hall.command("guild", "create", "--name", name, "--owner", "alice", "--json"));
  garden = guild("The Garden");
  workshop = guild("The Workshop");
  elsewhere = guild("Elsewhere");
  owner = await tokenOf("alice");
  moderator = await tokenOf("mia");
  // mia looks after two of the servers, and may do less there than their owner.
  const mia = await api("GET", "/users/@me", moderator);
  for (const { id, channels } of [garden, workshop]) {
    const { code } = await api("POST", `/channels/${channels.find((one) => one.type === 0).id}/invites`, owner, {});
    await api("POST", `/invites/${code}`, moderator);
    const role = await api("POST", `/guilds/${id}/roles`, owner, { name: "Doors", permissions: String((1n << 5n) | (id === garden.id ? 1n << 1n : 0n)) });
    await api("PUT", `/guilds/${id}/members/${mia.id}/roles/${role.id}`, owner);
  }
  application = await api("POST", "/applications", owner, { name: "Gardener", description: "Waters the plants, and tells who forgot to.\nAsk it with /water.", bot_public: true });
  await new Promise((done) => {
    site = createServer((request, response) => {
      if (request.url.startsWith("/back")) visited = request.url; // and not the icon
      response.setHeader("Content-Type", "text/html");
      response.end("<title>Back</title><h1>Welcome back</h1>");
    }).listen(0, "127.0.0.1", done);
  });
  await api("PATCH", `/applications/${application.id}`, owner, { redirect_uris: [back()], privacy_policy_url: "https://example.org/privacy" });
  running = await browser();
});
after(async () => {
  await running?.close();
  site?.close();
  await hall?.close();
});

const back = () => `http://127.0.0.1:${site.address().port}/back`;
const link = (more = {}) => `${hall.url}/oauth2/authorize?${new URLSearchParams({ client_id: application.id, scope: "bot applications.commands", permissions: String(wanted), ...more })}`;
const button = (page, name) => page.getByRole("button", { name, exact: true });

async function signIn(page, name) {
  await page.getByLabel("User name or e-mail").fill(name);
  await page.getByLabel("Password").fill(password);
  await page.keyboard.press("Enter");
}

/** Looks at what a page shows now: nothing that axe finds wrong, nothing wider than the window, nothing that a thumb misses. */
async function look(page, name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const where = `consent ${name}, ${size}, ${colorScheme}`;
      if (shots) await page.screenshot({ path: join(shots, `${where.replaceAll(/[^a-z0-9]+/gi, "-")}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) wrong.push(`${where}: ${wide} px wider than the window`);
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const v of found.violations) wrong.push(`${where}: ${v.id}, ${v.nodes.map((n) => `${n.target.join(" ")}: ${n.failureSummary}`).join("; ")}`);
    }
  }
  await page.setViewportSize(sizes.wide);
}

test("whoever is not signed in does so first, and comes back to the page", async () => {
  const page = await person(running);
  await page.goto(link().replace("/oauth2", "/api/oauth2")); // as libraries write it
  await page.getByText("Sign in to add an application").waitFor();
  assert.match(page.url(), /\/oauth2\/authorize\?client_id=/);
  await look(page, "signed out");
  await signIn(page, "mia");
  await page.getByRole("heading", { name: "Add Gardener to a server?" }).waitFor();
  await page.getByText("made by alice · in no server yet").waitFor();
  await button(page, "Use another account").click();
  await signIn(page, "alice");
  await page.getByRole("heading", { name: "Add Gardener to a server?" }).waitFor();
  await page.getByText("Signed in as alice").waitFor();
  await look(page, "owner");
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("only what somebody may do themselves can be given, with the keyboard alone", async () => {
  const page = await person(running);
  await page.goto(link({ guild_id: workshop.id }));
  await signIn(page, "mia");
  await page.getByRole("heading", { name: "Add Gardener" }).waitFor();
  const server = page.getByLabel("Server");
  assert.deepEqual(await server.locator("option").allTextContents(), ["The Garden", "The Workshop"]);
  assert.equal(await server.inputValue(), workshop.id);
  assert.ok(await page.getByLabel(/Kick members/).isDisabled());
  await server.selectOption({ label: "The Garden" });
  const kick = page.getByLabel(/Kick members/);
  assert.ok(await kick.isChecked());
  assert.ok(await page.getByLabel(/Administrator/).isDisabled());
  assert.ok(!(await page.getByLabel(/Administrator/).isChecked()));
  await look(page, "moderator");
  await kick.focus();
  await page.keyboard.press("Space");
  assert.ok(!(await kick.isChecked()));
  await page.keyboard.press("Space");
  await button(page, "Authorize").focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Gardener is in The Garden now" }).waitFor();
  await look(page, "done");
  await page.keyboard.press("Enter"); // the button has the focus
  await page.getByRole("heading", { name: "general" }).first().waitFor();
  assert.match(page.url(), new RegExp(`/channels/${garden.id}/`));
  const roles = await api("GET", `/guilds/${garden.id}/roles`, owner);
  const held = BigInt(roles.find((role) => role.tags?.bot_id === application.id).permissions);
  assert.equal(held & wanted & ~(1n << 11n) & ~(1n << 16n), 1n << 1n);
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("the application's own page is where it leads, whether somebody agrees or not", async () => {
  const page = await person(running);
  await page.goto(link({ guild_id: elsewhere.id, disable_guild_select: "true", permissions: "2048", redirect_uri: back(), state: "a b&c" }));
  await signIn(page, "alice");
  await page.getByText("It comes into Elsewhere").waitFor();
  await page.getByText(`Afterwards you are led to ${new URL(back()).host}`).waitFor();
  assert.equal(await page.getByLabel("Server", { exact: true }).count(), 0);
  await look(page, "one server");
  await button(page, "Cancel").click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  let answer = new URL(visited, back()).searchParams;
  assert.equal(answer.get("error"), "access_denied");
  assert.equal(answer.get("state"), "a b&c");
  await page.goBack();
  await button(page, "Authorize").click();
  await page.getByRole("heading", { name: "Welcome back" }).waitFor();
  answer = new URL(visited, back()).searchParams;
  assert.equal(answer.get("guild_id"), elsewhere.id);
  assert.equal(answer.get("permissions"), "2048");
  await api("GET", `/guilds/${elsewhere.id}/members/${application.id}`, owner);

  // It is there already: less can be given.
  await page.goto(link({ guild_id: elsewhere.id }));
  await page.getByText(/It is there already/).waitFor();
  await look(page, "there already");
  await button(page, "Cancel").click();
  await page.getByRole("heading", { name: "general" }).first().waitFor();
  await page.context().close();
});

test("what cannot be is said in plain words", async () => {
  const page = await person(running);
  await page.goto(link());
  await signIn(page, "eve");
  await page.getByText("You look after no server here.").waitFor();
  await look(page, "nowhere");
  const own = await api("POST", "/applications", owner, { name: "Diary" });
  for (const [name, more, words] of [
    ["private", { client_id: own.id }, /only who made it may add it/], ["unknown", { client_id: "7" }, /no such application/], ["incomplete", { client_id: "" }, /does not say which application/],
    ["scope", { scope: "identify" }, /bot and applications.commands/], ["code", { response_type: "code" }, /does not sign people in/], ["redirect", { redirect_uri: "https://evil.example/" }, /not registered this address/],
    ["closed server", { guild_id: garden.id, disable_guild_select: "true" }, /server that this link is for/],
  ]) {
    await page.goto(link(more));
    await page.getByRole("alert").getByText(words).waitFor();
    await page.getByRole("heading", { name: "This cannot be added" }).waitFor();
    assert.equal(await button(page, "Authorize").count(), 0, name);
  }
  await look(page, "refused");
  await button(page, "To the hall").click();
  await page.getByText("You are in no server yet.").waitFor();
  assert.deepEqual(page.problems, []);
  await page.context().close();
});

test("nothing was wrong with what was seen", () => assert.deepEqual(wrong, []));
