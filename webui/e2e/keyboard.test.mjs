// The way from signing in to voice, by keyboard alone: no pointer is used in this file.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { browser, Hall, person, until } from "./hall.mjs";

let hall, running, page;

before(async () => {
  hall = await Hall.start("--rate-limits", "off");
  hall.command("user", "create", "--username", "alice", "--owner", "--password-file", hall.passwordFile("correct horse"));
  const guild = JSON.parse(hall.command("guild", "create", "--name", "The Hall", "--owner", "alice", "--json"));
  assert.ok(guild.id);
  running = await browser();
  page = await person(running);
  await page.goto(hall.url);
});
after(async () => {
  await running?.close();
  await hall?.close();
});

/** What has the focus: the words that a screen reader would say of it. */
const focused = () =>
  page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return "";
    return at.getAttribute("aria-label") || at.labels?.[0]?.innerText || at.placeholder || at.innerText || at.tagName;
  });

/** Goes on with Tab until something has the focus, and checks that the focus can be seen. */
async function tabTo(words, key = "Tab") {
  const met = [];
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press(key);
    const now = await focused();
    met.push(now);
    if (!words.test(now)) continue;
    const ring = await page.evaluate(() => {
      const at = document.activeElement;
      const shown = (e) => e && (getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e).boxShadow !== "none");
      return shown(at) || shown(at.parentElement);
    });
    assert.ok(ring, `the focus on ${now} cannot be seen`);
    return;
  }
  assert.fail(`${words} was not reached; met were ${[...new Set(met)].join(" | ")}`);
}
const press = (key) => page.keyboard.press(key);
const type = (text) => page.keyboard.type(text);

test("signing in", async () => {
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await tabTo(/User name or e-mail/);
  await type("alice");
  await press("Tab");
  assert.match(await focused(), /Password/);
  await type("correct horse");
  await press("Enter");
  await page.getByRole("heading", { name: "general" }).first().waitFor();
});

test("making a channel from the server's menu, and giving the focus back", async () => {
  await tabTo(/Server menu/, "Shift+Tab");
  await press("Enter");
  await until("the menu has the focus", async () => /Invite people/.test(await focused()));
  await press("ArrowDown");
  assert.match(await focused(), /Create a channel/);
  await press("Escape");
  assert.match(await focused(), /Server menu/);
  await press("Enter");
  await until("the menu has the focus", async () => /Invite people/.test(await focused()));
  await press("ArrowDown");
  await press("Enter");
  await page.getByLabel("Channel name").waitFor();
  await tabTo(/Channel name/);
  await type("plans");
  await press("Enter");
  await page.getByRole("button", { name: "plans", exact: true }).waitFor();
  await until("the dialog is gone", async () => !(await page.getByRole("dialog").count()));
});

test("choosing a channel, writing, editing, answering and deleting", async () => {
  await tabTo(/^plans/);
  await press("Enter");
  await page.getByRole("heading", { name: "plans" }).first().waitFor();
  await until("the place to write has the focus", async () => /Write to #plans/.test(await focused()));
  await type("Hello by keyboard");
  await press("Shift+Enter");
  await type("second line");
  await press("Enter");
  await page.locator("article:not(.waiting)", { hasText: "second line" }).waitFor(); // what is on its way cannot be edited
  await press("ArrowUp");
  await until("the editor has the focus", async () => /^Edit/.test(await focused()));
  await type(", edited");
  await press("Enter");
  await page.locator("article", { hasText: "second line, edited" }).getByText("(edited)").waitFor();
  await tabTo(/^Reply$/, "Shift+Tab");
  await press("Enter");
  await until("the place to write has the focus", async () => /Write to #plans/.test(await focused()));
  await type("an answer");
  await press("Enter");
  await page.locator("article", { hasText: "an answer" }).waitFor();
  await tabTo(/^Delete$/, "Shift+Tab");
  await press("Enter");
  await page.getByRole("dialog").waitFor();
  await tabTo(/^Delete$/);
  await press("Enter");
  await page.locator("article", { hasText: "an answer" }).waitFor({ state: "detached" });
});

test("settings open, close and give the focus back", async () => {
  await tabTo(/^Settings$/);
  await press("Enter");
  await page.getByText("this device").waitFor();
  await tabTo(/Dark|As the system|Light/);
  await press("ArrowRight");
  await press("Escape");
  await until("the dialog is gone", async () => !(await page.getByRole("dialog").count()));
  assert.match(await focused(), /^Settings$/);
});

test("joining voice, muting and leaving", async () => {
  await tabTo(/Join voice in Lounge/, "Shift+Tab");
  await press("Enter");
  await page.getByRole("status").getByText("Voice connected").waitFor();
  await tabTo(/^Mute$/);
  await press("Space");
  await until("it says that it can be undone", async () => /^Unmute$/.test(await focused()));
  await tabTo(/Leave voice/, "Shift+Tab");
  await press("Enter");
  await page.getByRole("status").getByText("Voice connected").waitFor({ state: "detached" });
  assert.deepEqual(page.problems, []);
});
