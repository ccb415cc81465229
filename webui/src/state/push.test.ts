import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { keyName, PushToTalk } from "./push.svelte";

let keyboard: EventTarget;
let told: boolean[];
let key = "AltRight";
let push: PushToTalk;

beforeEach(() => {
  vi.useFakeTimers();
  keyboard = new EventTarget();
  for (const name of ["addEventListener", "removeEventListener"] as const) vi.stubGlobal(name, keyboard[name].bind(keyboard));
  told = [];
  key = "AltRight";
  push = new PushToTalk(() => key, (held) => told.push(held));
  push.listening = true;
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

function send(name: string, code = key, more: object = {}) {
  const event = Object.assign(new Event(name, { cancelable: true }), { code, repeat: false });
  for (const [field, value] of Object.entries(more)) Object.defineProperty(event, field, { value });
  keyboard.dispatchEvent(event);
  return event;
}

describe("push-to-talk", () => {
  it("is heard while the key is held, and a moment longer", () => {
    expect(send("keydown").defaultPrevented).toBe(true);
    send("keydown", key, { repeat: true });
    expect(told).toEqual([true]);
    send("keyup");
    expect([told, push.held]).toEqual([[true], true]);
    vi.advanceTimersByTime(200);
    expect([told, push.held]).toEqual([[true, false], false]);
  });
  it("goes on when the key is pressed again within that moment", () => {
    send("keydown");
    send("keyup");
    vi.advanceTimersByTime(100);
    send("keydown");
    vi.advanceTimersByTime(1000);
    expect(told).toEqual([true]);
  });
  it("knows its own key only", () => {
    expect(send("keydown", "AltLeft").defaultPrevented).toBe(false);
    expect(told).toEqual([]);
  });
  it("leaves letters to whoever writes, and takes keys that write nothing", () => {
    const field = { target: { tagName: "TEXTAREA" } };
    key = "KeyV";
    expect(send("keydown", key, field).defaultPrevented).toBe(false);
    expect(told).toEqual([]);
    send("keydown");
    send("keyup");
    vi.runAllTimers();
    key = "F8";
    send("keydown", key, field);
    expect(told).toEqual([true, false, true]);
  });
  it("ends when the window loses the keys, and when it is switched off", () => {
    send("keydown");
    keyboard.dispatchEvent(new Event("blur"));
    expect(told).toEqual([true, false]);
    send("keydown");
    push.listening = false;
    expect(told).toEqual([true, false, true, false]);
    send("keydown");
    expect(told).toHaveLength(4);
  });
});

it("keys are called by what they write, or by their place", () => {
  expect(["AltRight", "ControlLeft", "KeyV", "Digit5", "Numpad0", "F8", "Backquote", "PageUp"].map((code) => keyName(code))).toEqual(["Right Alt", "Left Ctrl", "V", "5", "Num 0", "F8", "Backquote", "Page Up"]);
  expect(keyName("KeyY", new Map([["KeyY", "z"]]))).toBe("Z");
});
