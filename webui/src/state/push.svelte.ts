// Push-to-talk: one is heard while a key is held, or the button on the screen.

/** How long one is heard after letting go, in ms: the last sound comes after the finger. */
const trailing = 200;

/** Keys that write nothing, so that they may be held while somebody types. */
const silentKey = /^(Alt|Control|Shift|Meta|CapsLock|Pause|ScrollLock|Insert|ContextMenu|F\d+|Media|Numpad(?!Enter|\d))/;

const writing = (target: EventTarget | null) => {
  const at = target as Partial<HTMLElement> | null;
  return !!at?.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(at?.tagName ?? "");
};

export class PushToTalk {
  /** The key or the button is held. */
  held = $state(false);
  private on = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly key: () => string,
    private readonly tell: (held: boolean) => void,
  ) {}

  set listening(on: boolean) {
    if (this.on === on) return;
    this.on = on;
    const change = on ? addEventListener : removeEventListener;
    change("keydown", this.down as EventListener, { capture: true });
    change("keyup", this.up as EventListener, { capture: true });
    change("blur", this.away);
    if (!on) this.release(true);
  }

  press() {
    clearTimeout(this.timer);
    if (this.held) return;
    this.held = true;
    this.tell(true);
  }

  release(atOnce = false) {
    if (!this.held) return;
    clearTimeout(this.timer);
    const end = () => {
      this.held = false;
      this.tell(false);
    };
    if (atOnce) end();
    else this.timer = setTimeout(end, trailing);
  }

  private readonly down = (event: KeyboardEvent) => {
    if (event.code !== this.key() || (writing(event.target) && !silentKey.test(event.code))) return;
    event.preventDefault();
    if (!event.repeat) this.press();
  };

  private readonly up = (event: KeyboardEvent) => {
    if (event.code !== this.key()) return;
    if (this.held) event.preventDefault();
    this.release();
  };

  /** Another window has the keys: that this one is let go would never be told. */
  private readonly away = () => this.release(true);
}

/** What a key is called: by what it writes on this keyboard where the browser tells, otherwise by its place. */
export function keyName(code: string, map?: { get(code: string): string | undefined }): string {
  const written = map?.get(code);
  if (written?.trim()) return written.toUpperCase();
  return code
    .replace(/^(Key|Digit)(?=.$)/, "")
    .replace(/^Numpad(?=.)/, "Num ")
    .replace(/^(Alt|Control|Shift|Meta)(Left|Right)$/, (_, name: string, side: string) => `${side} ${name === "Control" ? "Ctrl" : name}`)
    .replace(/([a-z])(?=[A-Z])/g, "$1 ");
}
