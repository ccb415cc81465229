import { expect, test } from "vitest";
import { enrolment, newSecret } from "./security.svelte";

test("a secret has 160 bits in base 32, and is another each time", () => {
  const made = Array.from({ length: 50 }, newSecret);
  for (const secret of made) expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  expect(new Set(made).size).toBe(50);
});

test("the address for apps names the hall and the account, whatever is in their names", () => {
  const url = new URL(enrolment("ABC", "Ada: Bob & Co", "ada"));
  expect(url.protocol).toBe("otpauth:");
  expect(decodeURIComponent(url.pathname)).toMatch(/\/Ada {2}Bob & Co:ada$/);
  expect(Object.fromEntries(url.searchParams)).toEqual({ secret: "ABC", issuer: "Ada  Bob & Co" });
});
