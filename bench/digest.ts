import { createHash } from "node:crypto";

/** A number that other values, as JSON, do not have, short of an accident. */
export function digestOf(value: unknown): number {
  return createHash("sha256").update(JSON.stringify(value)).digest().readUIntBE(0, 6);
}
