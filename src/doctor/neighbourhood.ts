/** The bytes around a bad place, as people look at them. */
import type { Neighbourhood } from "../errors.ts";

export const NO_BYTES = new Uint8Array(0);

/** Bytes of a line of a dump; dumps begin at a multiple. */
const LINE_BYTES = 16;
/** Bytes before the bad place, at least, and from it on. */
const BEFORE_BYTES = 16;
const FROM_BYTES = 48;

/**
 * About 64 bytes around offset `byteOffset` of a trace: `before` ends there and `from` begins there, of which `badBytes`
 * bytes are to be marked.
 */
export function neighbourhoodOf(
  before: Uint8Array,
  from: Uint8Array,
  byteOffset: number,
  badBytes: number,
): Neighbourhood {
  const start = Math.max(byteOffset - before.length, floorToLine(byteOffset - BEFORE_BYTES), 0);
  const end = floorToLine(byteOffset + FROM_BYTES + LINE_BYTES - 1);
  const near = concat(before.subarray(before.length - (byteOffset - start)), from.subarray(0, end - byteOffset));
  const markedFrom = byteOffset - start;
  return {
    byteOffset: start,
    hex: Array.from(near, (byte) => byte.toString(16).padStart(2, "0")).join(""),
    markedFrom,
    markedBytes: Math.min(badBytes, near.length - markedFrom),
  };
}

export function concat(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function floorToLine(offset: number): number {
  return offset - (offset % LINE_BYTES);
}
