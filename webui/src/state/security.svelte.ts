// What protects one's own account: the password, second factors, where it is signed in, and what happened to it.
import { makePasskey, usePasskey } from "../api/passkey";
import { get, patch, post, remove } from "../api/rest";
import type { Authenticator, AuthSession, AuthSessions, BackupCodes, Factors, LinkedAccounts, PasskeyAdded, PasskeyChallenge, SecurityEvent } from "../api/types.gen";

/** What somebody shows again before they change what protects their account. */
export interface Proof {
  password: string;
  code?: string;
  /** The answer of a passkey, instead of a code. */
  ticket?: string;
  credential?: string;
}

const passkeys = "/users/@me/mfa/webauthn/credentials";

/** How many events are read at a time. */
const page = 10;

export class Security {
  factors = $state.raw<Factors | null>(null);
  sessions = $state.raw<AuthSession[] | null>(null);
  events = $state.raw<SecurityEvent[] | null>(null);
  /** The accounts elsewhere that this one is linked to. */
  links = $state.raw<LinkedAccounts | null>(null);
  /** Whether there may be older events than those that were read. */
  more = $state(false);
  /** Why something could not be read. */
  problem = $state("");

  /** Whether a proof needs more than the password. */
  get second() {
    return !!this.factors && (this.factors.totp || this.factors.authenticators.length > 0);
  }

  /** Whether the account has a password: who came by a provider may have none, and proves themself by having just signed in. */
  get hasPassword() {
    return this.links?.has_password ?? true;
  }

  /** Whether a passkey of this page can stand for the second factor. */
  get passkeyHere() {
    return !!this.factors?.passkeys_here && this.factors.authenticators.some((one) => one.host === location.hostname);
  }

  /** Reads everything anew. */
  async load() {
    this.problem = "";
    try {
      const [factors, sessions, events, links] = await Promise.all([get<Factors>("/users/@me/mfa"), get<AuthSessions>("/auth/sessions"), this.read(), get<LinkedAccounts>("/users/@me/oidc")]);
      this.links = links;
      this.factors = factors;
      this.sessions = sessions.user_sessions;
      this.take([], events);
    } catch (cause) {
      this.problem = (cause as Error).message;
    }
  }

  /** Reads older events. */
  async loadMore() {
    try {
      this.take(this.events ?? [], await this.read(this.events?.at(-1)?.id));
    } catch (cause) {
      this.problem = (cause as Error).message;
    }
  }

  private read(before?: string) {
    return get<SecurityEvent[]>(`/users/@me/security-events?limit=${page}${before ? `&before=${before}` : ""}`);
  }

  private take(known: SecurityEvent[], read: SecurityEvent[]) {
    this.events = [...known, ...read];
    this.more = read.length === page;
  }

  async end(session: AuthSession) {
    try {
      await post("/auth/sessions/logout", { session_ids: [session.id] });
      await this.load();
    } catch (cause) {
      this.problem = (cause as Error).message;
    }
  }

  /** Sets another password, which signs all other devices out. */
  async changePassword(password: string, proof: Proof) {
    await patch("/users/@me", { new_password: password, ...proof });
    await this.load();
  }

  /** Takes an authenticator app into use. It gives recovery codes, which are shown this once; none where there were some. */
  async enableApp(secret: string, code: string, proof: Proof): Promise<string[]> {
    const made = await post<BackupCodes>("/users/@me/mfa/totp/enable", { ...proof, secret, code, second_code: proof.code });
    await this.load();
    return made.backup_codes.map((one) => one.code);
  }

  /** Asks for a passkey in place of a code. */
  async provePasskey(): Promise<Pick<Proof, "ticket" | "credential">> {
    const asked = await post<PasskeyChallenge>("/users/@me/mfa/webauthn/challenge");
    return { ticket: asked.ticket, credential: await usePasskey(asked.challenge) };
  }

  /** Makes a passkey. It gives recovery codes, which are shown this once; none where there were some. */
  async addPasskey(name: string, proof: Proof): Promise<string[]> {
    const asked = await post<PasskeyChallenge>(passkeys, proof);
    const made = await post<PasskeyAdded>(passkeys, { name, ticket: asked.ticket, credential: await makePasskey(asked.challenge) });
    await this.load();
    return made.backup_codes.map((one) => one.code);
  }

  async renamePasskey(passkey: Authenticator, name: string) {
    await patch(`${passkeys}/${passkey.id}`, { name });
    await this.load();
  }

  async removePasskey(passkey: Authenticator, proof: Proof) {
    await remove(`${passkeys}/${passkey.id}`, proof);
    await this.load();
  }

  async disableApp(proof: Proof) {
    await post("/users/@me/mfa/totp/disable", proof);
    await this.load();
  }

  /** Makes recovery codes in place of those that there are. */
  async renewCodes(proof: Proof): Promise<string[]> {
    const made = await post<BackupCodes>("/users/@me/mfa/codes", proof);
    await this.load();
    return made.backup_codes.map((one) => one.code);
  }
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new secret for an authenticator app: 160 bits, as RFC 4226 recommends, in base 32. */
export function newSecret(): string {
  return [...crypto.getRandomValues(new Uint8Array(32))].map((byte) => alphabet[byte & 31]).join("");
}

/** The address that authenticator apps read from a QR code (Google's key URI format, which all of them know). */
export function enrolment(secret: string, issuer: string, account: string): string {
  const plain = issuer.replaceAll(":", " "); // it parts the two names
  return `otpauth://totp/${encodeURIComponent(plain)}:${encodeURIComponent(account)}?secret=${secret}&issuer=${encodeURIComponent(plain)}`;
}
