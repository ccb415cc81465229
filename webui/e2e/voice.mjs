// People in a voice channel of a running hall, and what is heard and seen there.
import { heard, member, until } from "./hall.mjs";

export const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Somebody new comes into a server. What they are given as ready is done in their page before anything else. */
export async function comes(browser, hall, invite, name, { ready, ...options } = {}) {
  const page = await member(browser, hall, name, invite, options);
  if (ready) {
    await page.addInitScript(ready);
    await page.reload();
    await page.getByRole("heading", { name: "general" }).first().waitFor();
  }
  return page;
}

export async function joins(page) {
  await button(page, "Join voice in Lounge").click();
  await page.getByRole("status").getByText("Voice connected").waitFor();
}
export const leaves = (page) => button(page, "Leave voice").click();

/** The mean power of what comes in at a page, during some seconds of its own sound. */
export async function power(page, seconds = 1) {
  const start = await heard(page);
  const end = await until("sound comes in", async () => {
    const now = await heard(page);
    return now.seconds >= start.seconds + seconds && now;
  });
  return (end.energy - start.energy) / (end.seconds - start.seconds);
}
export const hears = (page, what) => until(what, async () => (await power(page)) > 1e-4);
export const hearsNothing = (page, what) => until(what, async () => (await power(page)) < 1e-7);

export async function opensSound(page) {
  await button(page, "Sound devices").click();
  await page.getByRole("dialog").waitFor();
}
export const closes = (page) => page.keyboard.press("Escape");
