// An authenticator app, for the tests.
import { createHmac } from "node:crypto";

/** The code (RFC 6238) of a secret in base 32 for a number of half minutes since 1970. */
export function code(secret, at) {
  const bits = [...secret].map((letter) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(at));
  const mac = createHmac("sha1", key).update(counter).digest();
  return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** The half minute that it is. */
export const now = () => Math.floor(Date.now() / 30_000);

/** Waits until at least this much of a half minute is left, in milliseconds, so that its end does not come between two steps of a test. */
export async function early(left = 10_000) {
  const rest = 30_000 - (Date.now() % 30_000);
  if (rest < left) await new Promise((done) => setTimeout(done, rest + 50));
}
