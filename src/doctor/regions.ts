/** The ranges of addresses that a trace touches, and what they probably are. */
import { hexAddress } from "../report/format.ts";
import type { Region, RegionGuess } from "../report/results.ts";

type RecordKind = "fetches" | "loads" | "stores" | "modifies";

/** Pages of a trace in ascending order, and what was counted of each: parallel arrays. */
export interface TouchedPages {
  numbers: ArrayLike<number>;
  /** Records; `null` if only pages are known. */
  kinds: Record<RecordKind, ArrayLike<number>> | null;
  isCode: ArrayLike<number>;
  isData: ArrayLike<number>;
  isWritten: ArrayLike<number>;
}

const PAGE_BYTES = 4096;
/** Untouched bytes that divide two regions, unless there would be too many. */
const LEAST_GAP_BYTES = 1 << 20;
const MAX_REGIONS = 64;

/** Pages of the upper half of a 48-bit address space begin here, as numbers of 52 bits. */
export const UPPER_HALF_PAGE = 2 ** 52 - 2 ** 35;
/** The page at 0xffffffffff600000 that Linux shows to programs. */
export const VSYSCALL_PAGE = 0xffffffffff600;

/** A range of page numbers, and what is probably there. */
interface Place {
  guess: RegionGuess;
  from: number;
  to: number;
  holds?: (region: Region, isWritten: boolean) => boolean;
}

/** A region without a guess. */
interface Touched {
  region: Region;
  isWritten: boolean;
}

/** Where Linux for x86-64 puts things, whatever else there is. */
const PLACES: readonly Place[] = [
  { guess: "vsyscall", from: VSYSCALL_PAGE, to: VSYSCALL_PAGE },
  { guess: "kernel", from: UPPER_HALF_PAGE, to: 2 ** 52 - 1 },
  { guess: "libraries", from: 0x700000000, to: 0x7ffffffff },
  // Position-independent programs: from ELF_ET_DYN_BASE, two thirds of user space, 2^40 bytes of chance upwards.
  { guess: "program", from: 0x555555554, to: 0x565555554, holds: hasCode },
  { guess: "heap", from: 0x555555554, to: 0x565555554 },
  // Others: at 0x400000, where linkers put them, and Valgrind's at 0x108000.
  { guess: "program", from: 0x100, to: 0x3fff, holds: hasCode },
];

/** Where Valgrind maps what its client maps. */
const VALGRIND_MAPPINGS: Place = { guess: "libraries", from: 0x4000, to: 0x1fefffff, holds: hasCode };

/** Where stacks of first threads are: of Linux, and of Valgrind's client. */
const STACKS: readonly (Place & { isValgrind: boolean })[] = [
  { guess: "stack", from: 0x7ff000000, to: 0x7ffffffff, holds: isStackLike, isValgrind: false },
  { guess: "stack", from: 0x1ff0000, to: 0x1ffffff, holds: isStackLike, isValgrind: true },
];

/** The regions of `pages`, 64 at most, and how many untouched bytes divide them at least. */
export function regionsOf(pages: TouchedPages): { gapBytes: number; ranges: Region[] } {
  let gapBytes = LEAST_GAP_BYTES;
  while (countRegions(pages.numbers, gapBytes) > MAX_REGIONS) gapBytes *= 2;
  const ranges: Touched[] = [];
  const { numbers, isWritten } = pages;
  for (let first = 0, at = 1; at <= numbers.length; at++) {
    if (at < numbers.length && !isDivided(numbers, at, gapBytes)) continue;
    ranges.push({ region: regionOf(pages, first, at), isWritten: sumOf(isWritten, first, at) > 0 });
    first = at;
  }
  return { gapBytes, ranges: guessed(ranges) };
}

/** `ranges` with what they probably are. The stack is the highest range that can be one. */
function guessed(ranges: readonly Touched[]): Region[] {
  let stack: Touched | null = null;
  let isValgrind = false;
  for (const range of ranges) {
    const place = STACKS.find((each) => liesIn(range, each));
    if (place === undefined) continue;
    stack = range;
    isValgrind = place.isValgrind;
  }
  const places = isValgrind ? [VALGRIND_MAPPINGS, ...PLACES] : PLACES;
  return ranges.map((range) => {
    const guess = range === stack ? "stack" : (places.find((place) => liesIn(range, place))?.guess ?? null);
    return { ...range.region, guess };
  });
}

function liesIn({ region, isWritten }: Touched, { from, to, holds }: Place): boolean {
  const first = Number(BigInt(region.address) >> 12n);
  const last = first + region.bytes / PAGE_BYTES - 1;
  return first >= from && last <= to && (holds?.(region, isWritten) ?? true);
}

function countRegions(numbers: ArrayLike<number>, gapBytes: number): number {
  let count = Math.min(1, numbers.length);
  for (let at = 1; at < numbers.length; at++) if (isDivided(numbers, at, gapBytes)) count++;
  return count;
}

/** Whether a region ends before the page at index `at`. The two halves of the address space never share one. */
function isDivided(numbers: ArrayLike<number>, at: number, gapBytes: number): boolean {
  const [before = 0, page = 0] = [numbers[at - 1], numbers[at]];
  return (page - before - 1) * PAGE_BYTES >= gapBytes || (before < UPPER_HALF_PAGE && page >= UPPER_HALF_PAGE);
}

/** The region of the pages at indexes `from` to `to`, the latter not included. */
function regionOf(pages: TouchedPages, from: number, to: number): Region {
  const records = (kind: RecordKind) => (pages.kinds === null ? null : sumOf(pages.kinds[kind], from, to));
  const [first = 0, last = 0] = [pages.numbers[from], pages.numbers[to - 1]];
  return {
    address: hexAddress(BigInt(first) << 12n),
    bytes: (last - first + 1) * PAGE_BYTES,
    pages: to - from,
    codePages: sumOf(pages.isCode, from, to),
    dataPages: sumOf(pages.isData, from, to),
    fetches: records("fetches"),
    loads: records("loads"),
    stores: records("stores"),
    modifies: records("modifies"),
    guess: null,
  };
}

function sumOf(counts: ArrayLike<number>, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at++) total += counts[at] ?? 0;
  return total;
}

function hasCode({ codePages }: Region): boolean {
  return codePages > 0;
}

/** Written to, and not executed. */
function isStackLike({ codePages }: Region, isWritten: boolean): boolean {
  return codePages === 0 && isWritten;
}
