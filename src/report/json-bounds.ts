/** What JSON from anywhere may be, whatever it says: looked at before anything goes through it by recursion, counts in it or prints it. */
import { nameOf, pathOf } from "../config/schema-parts.ts";
import { ConfigError } from "../errors.ts";

/** Levels of lists and objects in one another; a result has 10. */
const MAX_DEPTH = 32;
/** Characters of a text, of which the longest is a command line. */
export const MAX_TEXT = 1 << 16;

/** Throws ConfigError unless all of `value`, which is at `path`, is of moderate depth and length, with numbers that are finite. */
export function checkBounds(value: unknown, path: (string | number)[] = []): void {
  const refuse = (allowed: string): never => {
    throw new ConfigError(pathOf(path).replace(/^\./, ""), nameOf(value), allowed);
  };
  if (typeof value === "number" && !Number.isFinite(value)) refuse("a number below 2^1024");
  if (typeof value === "string" && value.length > MAX_TEXT) refuse(`text of ${MAX_TEXT} characters at most`);
  if (typeof value !== "object" || value === null) return;
  if (path.length === MAX_DEPTH) refuse(`${MAX_DEPTH} levels of lists and objects at most`);
  for (const [key, member] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    path.push(key);
    checkBounds(member, path);
    path.pop();
  }
}
