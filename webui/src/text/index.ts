import { en, type Dictionary } from "./en";

/** The words of the current language. */
export const t: Dictionary = en;

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
