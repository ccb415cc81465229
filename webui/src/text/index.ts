import { en, type Dictionary } from "./en";

/** The words of the current language. */
export const t: Dictionary = en;

/** What is wrong with a microphone, and what to do. */
export const micProblems = { fine: "", denied: t.micDenied, missing: t.micMissing, busy: t.micBusy, insecure: t.micInsecure };
/** The same of a camera. */
export const camProblems = { fine: "", denied: t.camDenied, missing: t.camMissing, busy: t.camBusy, insecure: t.camInsecure, refused: t.camRefused };

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });
const short = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export const timeOf = (at: Date) => clock.format(at);
export const fullTimeOf = (at: Date) => full.format(at);
export const shortTimeOf = (at: Date) => short.format(at);

/** Says which day it was, in words where that is natural. */
export function dayOf(at: Date, now = new Date()): string {
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return t.dateToday;
  if (days === 1) return t.dateYesterday;
  return day.format(at);
}
