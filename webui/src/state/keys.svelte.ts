import { keyName } from "./push.svelte";

interface LayoutMap {
  get(code: string): string | undefined;
}

let layout = $state<LayoutMap>();
const keyboard = typeof navigator === "undefined" ? undefined : (navigator as { keyboard?: { getLayoutMap?(): Promise<LayoutMap> } }).keyboard;
// Chromium tells what keys write; elsewhere keys are called by their place.
keyboard?.getLayoutMap?.().then((map) => (layout = map), () => {});

/** What a key is called on this keyboard. */
export const named = (code: string) => keyName(code, layout);
