import { app } from "./app.svelte";

/** The address of an invite that others can use: on this machine's own address, the one for guests. */
export function inviteURL(code: string): string {
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  const base = (local && app.hall?.urls[0]) || location.origin;
  return `${base}/invite/${code}`;
}

/** Takes an invite's code out of what somebody pasted. */
export function codeOf(text: string): string {
  return /(?:\/invite\/|^)([A-Za-z0-9-]{2,32})\/?$/.exec(text.trim())?.[1] ?? "";
}
