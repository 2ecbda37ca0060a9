/** What callers may pass to an AddressSpace, checked. All functions throw ConfigError. */
import { ConfigError } from "../errors.ts";

/** An address: a number from 0 to 2^53 - 1, or a bigint from 0 to 2^64 - 1. */
export type Address = number | bigint;

/** Any of `r`, `w` and `x`, each once; hyphens may stand for what is missing, as in `r-x` or `---`. */
export type Rights = string;

const LAST_ADDRESS = 2n ** 64n - 1n;
/** Bytes that one call reads or writes at most. */
const MAX_BYTES = 2 ** 30;
/** Characters of a name at most. */
const MAX_NAME_LENGTH = 512;

export function addressOf(given: unknown, option = "address"): bigint {
  if (typeof given === "number" && Number.isSafeInteger(given) && given >= 0) return BigInt(given);
  if (typeof given === "bigint" && given >= 0n && given <= LAST_ADDRESS) return given;
  throw new ConfigError(option, shown(given), "a whole number from 0 to 2^53 - 1, or a bigint to 2^64 - 1");
}

/** Bytes that are read at once. */
export function bytesOf(given: unknown, option = "length"): number {
  if (typeof given === "number" && Number.isInteger(given) && given >= 0 && given <= MAX_BYTES) return given;
  throw new ConfigError(option, shown(given), `a whole number of bytes, 0 to ${MAX_BYTES}`);
}

/** Bytes that are written at once. */
export function dataOf(given: unknown): Uint8Array {
  if (given instanceof Uint8Array && given.length <= MAX_BYTES) return given;
  const got = given instanceof Uint8Array ? `${given.length} bytes` : shown(given);
  throw new ConfigError("bytes", got, `a Uint8Array of at most ${MAX_BYTES} bytes`);
}

/** `rw-`. */
export function rightsOf(given: unknown): string {
  if (typeof given === "string" && given.length <= 3 && /^[rwx-]*$/.test(given)) {
    const letters = given.replaceAll("-", "");
    if (new Set(letters).size === letters.length) {
      return ["r", "w", "x"].map((letter) => (letters.includes(letter) ? letter : "-")).join("");
    }
  }
  throw new ConfigError("rights", shown(given), "any of r, w and x, each once, and hyphens: rw, r-x, ---");
}

/** The name of a mapping. */
export function nameOf(given: unknown): string {
  if (typeof given === "string" && given.length <= MAX_NAME_LENGTH) return given;
  throw new ConfigError("name", shown(given), `text of at most ${MAX_NAME_LENGTH} characters`);
}

/** What was given, for messages. */
function shown(given: unknown): string {
  if (typeof given === "string") return JSON.stringify(given.length > 40 ? `${given.slice(0, 40)}…` : given);
  return typeof given === "number" || typeof given === "bigint" || given === null ? String(given) : typeof given;
}
