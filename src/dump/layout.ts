/** Which physical memory lies where in the file of a dump. */
import type { Piece } from "./bytes.ts";

export const FRAME_BYTES = 4096;

/** End of physical memory: the SDM gives MAXPHYADDR at most 52 bits, so that addresses are exact as numbers. */
export const PHYSICAL_END = 2n ** 52n;

/** Ranges or segments that a dump may have; more are taken for damage. */
export const MAX_SEGMENTS = 1 << 20;

/** Control registers of one virtual CPU, from the notes of a dump. */
export interface DumpCpu {
  cr0: bigint;
  cr2: bigint;
  cr3: bigint;
  cr4: bigint;
}

/** Physical memory [start, end), in bytes. */
export interface Segment {
  start: number;
  end: number;
  /** Offset of its first byte in the file; `null` if it is all zero and not stored. */
  offset: number | null;
}

export interface Layout {
  /** Ascending, not overlapping. */
  segments: readonly Segment[];
  cpus: readonly DumpCpu[];
}

/** Returns the first two of the ascending `segments` that overlap, or `null`. */
export function overlapIn(segments: readonly Segment[]): [Segment, Segment] | null {
  for (let next = 1; next < segments.length; next++) {
    const before = segments[next - 1] as Segment;
    const after = segments[next] as Segment;
    if (after.start < before.end) return [before, after];
  }
  return null;
}

export function ascending(segments: readonly Segment[]): Segment[] {
  return segments.toSorted((one, other) => one.start - other.start);
}

/**
 * Resolves overlaps: of stored segments the one that begins first wins, and zeros give way to whatever is stored.
 * Returns them ascending.
 */
export function withoutOverlaps(segments: readonly Segment[]): Segment[] {
  const isStored = ({ offset }: Segment) => offset !== null;
  const stored = trimmed(ascending(segments.filter(isStored)));
  const zeros = trimmed(ascending(segments.filter((segment) => !isStored(segment))));
  if (zeros.length === 0) return stored;
  const gaps: Segment[] = [];
  let next = 0;
  for (const { start, end } of zeros) {
    let from = start;
    while ((stored[next]?.end ?? Number.POSITIVE_INFINITY) <= from) next++;
    // Zeros are disjoint: a stored segment that reaches beyond this one is looked at again for the next.
    for (let index = next; from < end; index++) {
      const until = Math.min(end, stored[index]?.start ?? end);
      if (from < until) gaps.push({ start: from, end: until, offset: null });
      from = Math.max(from, stored[index]?.end ?? end);
    }
  }
  return ascending([...stored, ...gaps]);
}

function trimmed(segments: readonly Segment[]): Segment[] {
  const kept: Segment[] = [];
  let coveredTo = 0;
  for (const { start, end, offset } of segments) {
    if (end <= coveredTo) continue;
    const from = Math.max(start, coveredTo);
    kept.push({ start: from, end, offset: offset === null ? null : offset + (from - start) });
    coveredTo = end;
  }
  return kept;
}

/** The physical memory that `segments` hold, as [start, end) in bytes; adjacent ones are one range. */
export function rangesOf(segments: readonly Segment[]): { start: bigint; end: bigint }[] {
  const ranges: { start: bigint; end: bigint }[] = [];
  for (const segment of segments) {
    const start = BigInt(segment.start);
    const end = BigInt(segment.end);
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}

/**
 * Returns the pieces of the file that make up the frame at `address`, a multiple of 4096, with targets in `frame`; none
 * for zeros. `null` if a byte of it is not held.
 */
export function framePieces(segments: readonly Segment[], address: number, frame: Uint8Array): Piece[] | null {
  const pieces: Piece[] = [];
  const end = address + FRAME_BYTES;
  let at = address;
  for (let index = lastFrom(segments, address); at < end; index++) {
    const segment = segments[index];
    if (segment === undefined || segment.start > at || segment.end <= at) return null;
    const until = Math.min(end, segment.end);
    if (segment.offset !== null) {
      pieces.push({
        offset: segment.offset + (at - segment.start),
        target: frame.subarray(at - address, until - address),
      });
    }
    at = until;
  }
  return pieces;
}

/** Index of the last segment that begins at or below `address`; -1 if there is none. */
function lastFrom(segments: readonly Segment[], address: number): number {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((segments[middle] as Segment).start <= address) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
