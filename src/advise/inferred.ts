/** Parts of a memory whose mappings nobody has recorded, by what a trace touches. */
import { regionsOf, type TouchedPages } from "../doctor/regions.ts";
import type { Region } from "../regions/region.ts";
import type { RegionKind } from "../report/advising.ts";
import { hexAddress } from "../report/format.ts";
import type { RegionGuess } from "../report/results.ts";
import { type AddressRange, type Part, partOfRange } from "./parts.ts";

const PAGES_PER_BLOCK = 512;
/** A range with more parts than this is left whole. */
const MAX_PARTS = 16;

/** What a range is where it has code, and where it has none. */
const KINDS: Record<RegionGuess, readonly [withCode: RegionKind, withoutCode: RegionKind]> = {
  program: ["text", "heap"],
  heap: ["text", "heap"],
  libraries: ["library", "anonymous"],
  stack: ["stack", "stack"],
  vsyscall: ["system", "system"],
  kernel: ["system", "system"],
};

/** What such a part is called, before its address. */
const NAMES: Partial<Record<RegionKind, string>> = { text: "program", library: "libraries", anonymous: "data" };

/**
 * The parts of the memory that `pages` are of, with what they are as regions: the ranges of regionsOf(), divided where code
 * ends, at multiples of 2 MiB, since data lie right behind it.
 */
export function inferredParts(pages: TouchedPages): { part: Part; region: Region }[] {
  const { ranges } = regionsOf(pages);
  let from = 0;
  return ranges.flatMap(({ pages: count, codePages, guess }) => {
    const to = from + count;
    const pieces = codePages === 0 ? [{ from, to, hasCode: false }] : piecesOf(pages, from, to);
    from = to;
    return pieces.map((piece) => {
      const first = BigInt(pages.numbers[piece.from] ?? 0);
      const last = BigInt(pages.numbers[piece.to - 1] ?? 0);
      const range = { start: first << 12n, end: (last + 1n) << 12n };
      const [withCode, withoutCode] = guess === null ? (["library", "anonymous"] as const) : KINDS[guess];
      return described(piece.hasCode ? withCode : withoutCode, range);
    });
  });
}

function described(kind: RegionKind, range: AddressRange): { part: Part; region: Region } {
  const name = `${NAMES[kind] ?? kind} ${hexAddress(range.start)}`;
  const region = { ...range, permissions: "rwx", name, file: null, fromRecord: 0, toRecord: null };
  return { part: partOfRange(name, kind, range), region };
}

/** The pages at indexes `from` to `to`, the latter not included, apart by whether their 2 MiB have code. */
function piecesOf(pages: TouchedPages, from: number, to: number): { from: number; to: number; hasCode: boolean }[] {
  const blockOf = (at: number) => Math.floor((pages.numbers[at] ?? 0) / PAGES_PER_BLOCK);
  const pieces: { from: number; to: number; hasCode: boolean }[] = [];
  for (let at = from; at < to; ) {
    const first = at;
    let hasCode = false;
    for (const block = blockOf(first); at < to && blockOf(at) === block; at++) hasCode ||= pages.isCode[at] === 1;
    const before = pieces.at(-1);
    if (before?.hasCode === hasCode) before.to = at;
    else pieces.push({ from: first, to: at, hasCode });
  }
  return pieces.length > MAX_PARTS ? [{ from, to, hasCode: true }] : pieces;
}
