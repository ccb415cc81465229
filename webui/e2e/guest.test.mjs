// Somebody comes in by an invite as a guest, and makes that an account of their own. SHOTS=folder saves pictures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";
import { look } from "./look.mjs";

const password = "correct horse battery";
let hall, running, alice, visitor, invite;

const button = (page, name) => page.getByRole("button", { name, exact: true });
const inside = (page) => page.getByRole("heading", { name: "general" }).first().waitFor();

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile(password));
  const guild = JSON.parse(hall.command("guild", "create", "--name", "The Hall", "--owner", "alice", "--json"));
  const made = JSON.parse(hall.command("invite", "create", "--guild", guild.id, "--json"));
  invite = `${hall.url}/invite/${made.code}`;
  running = await browser();
  alice = await person(running);
  visitor = await person(running);
  await alice.goto(hall.url);
  await alice.getByLabel("User name or e-mail").fill("alice");
  await alice.getByLabel("Password").fill(password);
  await button(alice, "Sign in").click();
  await inside(alice);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

test("where the hall takes no guests, nobody is asked to be one", async () => {
  await visitor.goto(invite);
  await visitor.getByRole("heading", { name: /invited to The Hall/ }).waitFor();
  await button(visitor, "Create account").waitFor();
  assert.equal(await button(visitor, "Join as a guest").count(), 0);
});

test("the owner lets guests in", async () => {
  await button(alice, "Settings").click();
  const allowed = alice.getByRole("checkbox", { name: /Guests may come in/ });
  await allowed.check();
  await allowed.scrollIntoViewIfNeeded();
  await look(alice, "settings-owner");
  await alice.keyboard.press("Escape");
});

test("a guest comes in with nothing but a name", async () => {
  await visitor.goto(invite);
  await button(visitor, "Join as a guest").click();
  await visitor.getByLabel("Name that people see").waitFor();
  await look(visitor, "guest");
  await visitor.getByLabel("Name that people see").fill("Wanda Wanderer");
  await visitor.keyboard.press("Enter");
  await inside(visitor);
  await visitor.getByRole("textbox", { name: /Write to/ }).fill("I am only passing through");
  await visitor.keyboard.press("Enter");
  await alice.locator("article", { hasText: "only passing through" }).waitFor();
  await alice.locator("article", { hasText: "Wanda Wanderer" }).first().waitFor(); // the head of the group
});

test("and becomes an account, with what they wrote", async () => {
  await button(visitor, "Settings").click();
  await visitor.getByText("Here as the guest Wanda Wanderer").waitFor();
  assert.equal(await button(visitor, "Change password").count(), 0);
  await visitor.getByLabel("User name").fill("alice");
  await visitor.getByLabel("Password").fill(password);
  await button(visitor, "Make it an account").click();
  await visitor.getByText("This user name is taken.").waitFor();
  await look(visitor, "claim");
  await visitor.getByLabel("User name").fill("wanda");
  await button(visitor, "Make it an account").click();
  await visitor.getByText("Signed in as wanda").waitFor();
  await visitor.getByText("The guest became an account").waitFor();
  await button(visitor, "Set up an authenticator app").waitFor();
  const again = await person(running);
  await again.goto(hall.url);
  await again.getByLabel("User name or e-mail").fill("wanda");
  await again.getByLabel("Password").fill(password);
  await button(again, "Sign in").click();
  await again.locator("article", { hasText: "only passing through" }).waitFor();
  assert.deepEqual([...again.problems, ...visitor.problems, ...alice.problems], []);
});

test("the command line says whether guests may come in", () => {
  assert.match(hall.command("hall", "policy"), /Guests: on/);
  assert.match(hall.command("hall", "policy", "--guests", "off", "--reason", "a quiet week"), /Guests: off/);
  assert.equal(JSON.parse(hall.command("hall", "policy", "--json")).guests, false);
});
