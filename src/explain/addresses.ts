/** Addresses and other numbers of 64 bits as users give them. */
import { NUMBER_FORMS, parseNumber } from "../config/number.ts";
import { ConfigError } from "../errors.ts";

const LAST_ADDRESS = 2n ** 64n - 1n;
const MAX_TEXT_TOLD = 64;

/** The address that `given` is or writes. Throws ConfigError, which names it, if it is none. */
export function parseAddress(given: bigint | string): bigint {
  const address = numberOf(given);
  if (address === null) throw new ConfigError("address", givenText(given), NUMBER_FORMS);
  if (address >= 0n && address <= LAST_ADDRESS) return address;
  throw new ConfigError("address", givenText(given), "64 bits: 0 to 0xffffffffffffffff");
}

/** The number that `given` is or writes; `null` if it is none. */
export function numberOf(given: bigint | string): bigint | null {
  return typeof given === "bigint" ? given : typeof given === "string" ? parseNumber(given) : null;
}

/** What was given in place of a number, for messages. */
export function givenText(given: unknown): string {
  const text = typeof given === "number" ? `the number ${given}, which is no bigint` : String(given);
  return text.length > MAX_TEXT_TOLD ? `${text.slice(0, MAX_TEXT_TOLD)}…` : text;
}
