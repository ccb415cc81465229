// Somebody who has forgotten their password gets a link from whoever runs the hall.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, person } from "./hall.mjs";

let hall, running, alice;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile("correct horse"));
  hall.command("guild", "create", "--name", "The Hall", "--owner", "alice");
  running = await browser();
  alice = await person(running);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

const link = () => hall.url + new URL(JSON.parse(hall.command("user", "reset-link", "--user", "alice", "--json")).url).href.replace(/^https?:\/\/[^/]+/, "");

test("the link leads to a new password, and in", async () => {
  const url = link();
  await alice.goto(url);
  await alice.getByLabel("New password").fill("a new password");
  await alice.getByRole("button", { name: "Set the password" }).click();
  await alice.getByRole("heading", { name: "general" }).first().waitFor();
  assert.ok(!alice.url().includes("#"), `the secret stays in the address ${alice.url()}`);

  const again = await person(running);
  await again.goto(url);
  await again.getByLabel("New password").fill("another password");
  await again.getByRole("button", { name: "Set the password" }).click();
  await again.getByRole("alert").getByText(/used or has expired/).waitFor();
  await again.getByRole("button", { name: "Back" }).click();
  await again.getByLabel("User name or e-mail").fill("alice");
  await again.getByLabel("Password").fill("a new password");
  await again.getByRole("button", { name: "Sign in" }).click();
  await again.getByRole("heading", { name: "general" }).first().waitFor();
  assert.deepEqual([alice.problems, again.problems], [[], []]);
});

test("whoever has the page open elsewhere is asked to sign in again", async () => {
  const other = await person(running);
  for (const password of ["a third password", "a fourth password"]) { // the second time from a page that is signed in
    await other.goto(link());
    await other.getByLabel("New password").fill(password);
    await other.getByRole("button", { name: "Set the password" }).click();
    await other.getByRole("heading", { name: "general" }).first().waitFor();
  }
  await alice.getByRole("button", { name: "Sign in" }).waitFor();
  await other.close();
});
