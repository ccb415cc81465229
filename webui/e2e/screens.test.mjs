// Every screen, in both themes and three sizes: nothing that axe finds wrong, nothing wider than the window. SHOTS=folder saves pictures of all.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { browser, Hall, person, until } from "./hall.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 }, narrow: { width: 360, height: 640 } };
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

const wrong = [];
let hall, running, alice, bob;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  running = await browser();
  alice = await person(running);
  bob = await person(running);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

/** Looks at what a page shows now. */
async function look(page, name, { only = Object.keys(sizes) } = {}) {
  for (const size of only) {
    await page.setViewportSize(sizes[size]);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const where = `${name}, ${size}, ${colorScheme}`;
      if (shots) await page.screenshot({ path: join(shots, `${where.replaceAll(/[^a-z0-9]+/gi, "-")}.png`) });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) wrong.push(`${where}: ${wide} px wider than the window`);
      if (size === "narrow") continue; // for axe the same as the phone
      await page.evaluate(axe);
      const found = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      for (const v of found.violations) wrong.push(`${where}: ${v.id}, ${v.nodes.map((n) => `${n.target.join(" ")}: ${n.failureSummary}`).join("; ")}`);
    }
  }
  await page.setViewportSize(sizes.wide);
}

const field = (page, label) => page.getByLabel(label);
const button = (page, name) => page.getByRole("button", { name, exact: true });
const composer = (page) => page.getByRole("textbox", { name: /Write to/ });
async function say(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
  await page.locator("article").last().waitFor();
}

test("outside, before there is an owner", async () => {
  await bob.goto(hall.url);
  await bob.getByText(/no owner yet/).waitFor();
  await look(bob, "unclaimed");
});

test("the set-up wizard", async () => {
  await alice.goto(hall.setupLink);
  await field(alice, "User name").waitFor();
  await look(alice, "setup 1 owner");
  await field(alice, "User name").fill("alice");
  await field(alice, /^Name that/).fill("Alice");
  await field(alice, "Password").fill("correct horse");
  await button(alice, "Next").click();
  await field(alice, "Server name").fill("The Hall");
  await look(alice, "setup 2 server");
  await button(alice, "Next").click();
  await field(alice, /Only people with an invite/).check();
  await look(alice, "setup 3 policy");
  await button(alice, "Next").click();
  await button(alice, "Check the microphone").waitFor();
  await look(alice, "setup 4 voice");
  await button(alice, "Check the microphone").click();
  await alice.getByText("Your microphone works.").waitFor();
  await look(alice, "setup 4 voice checked");
  await button(alice, "Next").click();
  const link = await field(alice, "Invite link").inputValue();
  await look(alice, "setup 5 invite");
  await button(alice, "Enter the hall").click();
  await alice.getByRole("heading", { name: "general" }).first().waitFor();
  await look(alice, "empty channel");
  hall.invite = link.replace("127.0.0.1", "localhost");
});

test("signing in and invites", async () => {
  await bob.reload();
  await button(bob, "Sign in").waitFor();
  await look(bob, "sign in");
  await field(bob, "User name or e-mail").fill("bob");
  await field(bob, "Password").fill("not his password");
  await button(bob, "Sign in").click();
  await bob.getByRole("alert").waitFor();
  await look(bob, "sign in refused");
  await bob.goto(`${hall.url}/invite/nothing00`);
  await bob.getByText(/does not work any more/).waitFor();
  await look(bob, "invite that does not work");
  await bob.goto(hall.invite);
  await bob.getByRole("heading", { name: /invited to The Hall/ }).waitFor();
  await look(bob, "invite");
  await field(bob, "User name").fill("Bob the Builder!");
  await field(bob, "Password").fill("long enough");
  await button(bob, "Create account").click();
  await bob.getByText(/Use only letters/).waitFor();
  await look(bob, "register refused");
  await field(bob, "User name").fill("bob");
  await field(bob, /^Name that/).fill("Bob, the one with the very long display");
  await field(bob, "Password").fill("battery staple");
  await button(bob, "Create account").click();
  await bob.getByRole("heading", { name: "general" }).first().waitFor();
});

test("a conversation", async () => {
  await say(alice, "# Plans\n**Bold**, *slanted*, ~~struck~~, `code`, ||a secret||, [a link](https://example.org) and https://example.org/a/very/long/address/that/goes/on/and/on/and/on/and/on/and/on");
  await say(alice, "> quoted words\n- one\n- two\n1. first\n2. second");
  await say(alice, '```go\nfunc main() { fmt.Println("a line of code that is longer than a phone is wide, so that it has to scroll by itself") }\n```');
  await say(bob, "Loremipsumdolorsitametconsecteturadipiscingelitseddoeiusmodtemporincididuntutlaboreetdoloremagnaaliqua".repeat(3));
  await say(bob, "@alice <@1> 🏰 שלום مرحبا");
  await alice.locator("article", { hasText: "🏰" }).waitFor();
  const own = alice.locator("article", { hasText: "quoted words" });
  await own.hover();
  await own.getByRole("button", { name: "Edit" }).first().click();
  await look(alice, "editing", { only: ["wide"] });
  await alice.getByRole("textbox", { name: "Edit" }).press("Escape");
  await look(alice, "conversation");
  for (const size of [sizes.narrow, { width: 390, height: 420 }, sizes.wide]) { // as when a phone's keyboard comes and goes
    await alice.setViewportSize(size);
    await until("the newest message stays in sight", () => alice.locator("article").last().evaluate((row) => row.getBoundingClientRect().bottom <= innerHeight && row.innerText.includes("שלום")));
  }
  await composer(alice).fill("x".repeat(2010));
  await look(alice, "too long");
  await composer(alice).fill("several\nlines\nof\ntext\nto write");
  await look(alice, "writing");
  await composer(alice).fill("");
  await own.hover();
  await own.getByRole("button", { name: "Delete" }).first().click();
  await alice.getByRole("dialog").waitFor();
  await look(alice, "delete a message");
  await button(alice.getByRole("dialog"), "Cancel").click();
  const others = alice.locator("article", { hasText: "Loremipsum" });
  await others.hover();
  await others.getByRole("button", { name: "Reply" }).first().click();
  await alice.getByText(/Replying to/).waitFor();
  await look(alice, "replying");
  await composer(alice).press("Escape");
});

test("dialogs and menus", async () => {
  await alice.getByRole("button", { name: /Server menu/ }).click();
  await look(alice, "server menu", { only: ["wide"] });
  await alice.getByRole("menuitem", { name: "Invite people" }).click();
  await field(alice, "Invite link").waitFor();
  await look(alice, "invite people");
  await alice.keyboard.press("Escape");
  await alice.getByRole("button", { name: /Server menu/ }).click();
  await alice.getByRole("menuitem", { name: "Create a channel" }).click();
  await field(alice, "Channel name").waitFor();
  await look(alice, "create a channel");
  await alice.keyboard.press("Escape");
  await alice.getByRole("button", { name: /Server menu/ }).click();
  await alice.getByRole("menuitem", { name: "Delete server" }).click();
  await look(alice, "delete the server");
  await alice.keyboard.press("Escape");
  await button(alice, "Add a server").click();
  await look(alice, "add a server");
  await alice.keyboard.press("Escape");
  await button(alice, "Settings").click();
  await alice.getByText("this device").waitFor();
  await look(alice, "settings");
  await alice.keyboard.press("Escape");
});

test("the panes of a phone", async () => {
  await alice.setViewportSize(sizes.phone);
  for (const pane of ["Channels", "Members", "Messages"]) {
    await alice.getByRole("navigation", { name: "Views" }).getByRole("button", { name: pane }).click();
    await look(alice, `pane ${pane}`, { only: ["phone", "narrow"] });
    await alice.setViewportSize(sizes.phone);
  }
});

test("voice", async () => {
  await alice.setViewportSize(sizes.wide);
  for (const page of [alice, bob]) {
    await button(page, "Join voice in Lounge").click();
    await page.getByRole("status").getByText("Voice connected").waitFor();
  }
  await look(alice, "voice");
  await button(alice, "Sound devices").click();
  await alice.getByRole("dialog").waitFor();
  await look(alice, "sound devices");
  await alice.keyboard.press("Escape");
  await button(alice, "Deafen").first().click();
  await look(alice, "deafened", { only: ["wide"] });
  await button(alice, "Leave voice").click();
});

test("a person with no server", async () => {
  const name = "eve";
  hall.command("user", "create", "--username", name, "--password-file", hall.passwordFile("quiet evening"));
  const eve = await person(running);
  await eve.goto(hall.url);
  await field(eve, "User name or e-mail").fill(name);
  await field(eve, "Password").fill("quiet evening");
  await button(eve, "Sign in").click();
  await eve.getByText("You are in no server yet.").waitFor();
  await look(eve, "no server");
  await eve.context().close();
});

test("the page about trust", async () => {
  await bob.goto(`${hall.url}/trust`);
  await look(bob, "trust");
  await bob.goto(hall.url);
  await bob.getByRole("heading", { name: "general" }).first().waitFor();
});

test("the hall is away", async () => {
  await hall.kill();
  await alice.getByText(/Can't reach the hall/).waitFor();
  await look(alice, "away");
  await hall.run();
  await alice.getByText(/Can't reach the hall/).waitFor({ state: "detached" });
  for (const page of [alice, bob]) assert.deepEqual(page.problems, []);
});

test("touch finds every control", async () => {
  const phone = await person(running, { viewport: sizes.phone, hasTouch: true, isMobile: true });
  await phone.goto(hall.url);
  await field(phone, "User name or e-mail").fill("bob");
  await field(phone, "Password").fill("battery staple");
  await button(phone, "Sign in").tap();
  await phone.getByRole("heading", { name: "general" }).first().waitFor();
  for (const pane of ["Channels", "Members", "Messages"]) {
    await phone.getByRole("navigation", { name: "Views" }).getByRole("button", { name: pane }).tap();
    if (shots) await phone.screenshot({ path: join(shots, `touch-${pane}.png`) });
    const small = await phone.evaluate(() =>
      [...document.querySelectorAll("button, a[href], input, select, textarea, [role=button]")]
        .map((control) => ({ control, box: control.getBoundingClientRect() }))
        .filter(({ control, box }) => box.width > 0 && control.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !control.closest(".text, .visually-hidden"))
        .filter(({ box }) => box.height < 43.5 || box.width < 43.5)
        .map(({ control, box }) => `${control.getAttribute("aria-label") ?? control.textContent.trim()}: ${Math.round(box.width)}×${Math.round(box.height)}`),
    );
    assert.deepEqual(small, [], pane);
  }
  await phone.context().close();
});

test("nothing was wrong with what was seen", () => assert.deepEqual(wrong, []));
