// What a page shows: pictures of it (SHOTS=folder), what axe finds wrong, and whether it is wider than its window.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const shots = process.env.SHOTS;
if (shots) mkdirSync(shots, { recursive: true });

/** Looks at what a page shows now, in both themes, wide and on a phone; there in one of its panes. */
export async function look(page, name, pane) {
  for (const [size, viewport] of Object.entries({ wide: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } })) {
    await page.setViewportSize(viewport);
    if (pane && size === "phone") await page.evaluate((label) => [...document.querySelectorAll("main nav button")].find((b) => b.textContent.trim() === label).click(), pane);
    for (const colorScheme of ["dark", "light"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (shots) await page.screenshot({ path: join(shots, `${name}-${size}-${colorScheme}.png`) });
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${name} is wider than the window (${size})`);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
      assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.failureSummary).join("; ")}`), [], `${name}, ${size}, ${colorScheme}`);
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
