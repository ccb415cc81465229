// Keeps the access token, in memory only. The refresh token is in a cookie that scripts cannot read; all tabs share it, so they take turns to renew.
import { ApiError } from "./rest";
import type { SelfUser, TokenSet } from "./types.gen";

/** Renew this long before the end, so that no request meets an ended token. */
const early = 60_000;
/** Under this key the retry key of a refresh waits for its answer: a refresh whose answer was lost is repeated with it. */
const retryStorage = "guildhall.refresh-retry";
const signedInStorage = "guildhall.signed-in";

function stored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

function store(key: string, value: string | null) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Storage is switched off: the cookie alone decides.
  }
}

class Credentials {
  private current: { token: string; until: number } | null = null;
  private renewing: Promise<string> | null = null;
  private channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("guildhall.tokens");
  /** Called when this browser is no longer signed in. */
  onSignedOut: () => void = () => {};

  constructor() {
    this.channel?.addEventListener("message", (event: MessageEvent) => {
      if (event.data?.signedOut) {
        this.current = null;
        this.onSignedOut();
      } else if (event.data?.token) {
        this.current = event.data;
      }
    });
  }

  /** Whether somebody has signed in here and not out; the cookie may have ended meanwhile. */
  get expected() {
    return stored(signedInStorage) === "1";
  }

  accept(set: TokenSet): SelfUser {
    this.current = { token: set.access_token, until: Date.now() + set.expires_in * 1000 };
    store(signedInStorage, "1");
    this.channel?.postMessage(this.current);
    return set.user;
  }

  /** Somebody has signed in elsewhere, and what they got is in the cookie. */
  arrived() {
    store(signedInStorage, "1");
  }

  expire(token: string | null) {
    if (this.current?.token === token) this.current = null;
  }

  forget() {
    this.current = null;
    store(signedInStorage, null);
    store(retryStorage, null);
    this.channel?.postMessage({ signedOut: true });
  }

  /** Gives a good access token, renewed when needed. */
  async token(): Promise<string> {
    if (this.current && Date.now() < this.current.until - early) return this.current.token;
    this.renewing ??= this.renewInTurn().finally(() => (this.renewing = null));
    return this.renewing;
  }

  private async renewInTurn(): Promise<string> {
    const before = this.current?.token;
    if (typeof navigator.locks === "undefined") return this.renew();
    return navigator.locks.request("guildhall.refresh", async () => {
      // Another tab may have renewed while this one waited for its turn.
      if (this.current && this.current.token !== before && Date.now() < this.current.until - early) return this.current.token;
      return this.renew();
    });
  }

  private async renew(): Promise<string> {
    const key = stored(retryStorage) ?? crypto.getRandomValues(new Uint32Array(6)).join("-");
    store(retryStorage, key);
    let response: Response;
    try {
      response = await fetch("/api/v10/auth/refresh", {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": key },
        body: '{"cookie":true}',
        credentials: "same-origin",
      });
    } catch {
      throw new ApiError(0, 0, "Can't reach the hall.");
    }
    if (response.status === 401) {
      store(retryStorage, null);
      this.forget();
      this.onSignedOut();
      throw new ApiError(401, 0, "You are signed out.");
    }
    if (!response.ok) throw new ApiError(response.status, 0, "The hall cannot sign you in right now.");
    const set = (await response.json()) as TokenSet;
    store(retryStorage, null);
    this.accept(set);
    return set.access_token;
  }
}

export const credentials = new Credentials();
