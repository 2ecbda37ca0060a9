/** Seeded traces of known shapes, of any length: what programs do to pages. */
import fc from "fast-check";
import { type Access, type AccessKind, isCanonical, type Step, type Unmap } from "../reference/access.ts";
import { randomNumbers } from "./random-numbers.ts";

/** Which of the `pages` is used next. */
export const PATTERNS = ["uniform", "zipf", "loop", "phases", "scan", "jumps"] as const;
type Pattern = (typeof PATTERNS)[number];

/** Where the pages lie, as the VPN of each. Those far apart differ at the larger page sizes, too. */
const LAYOUTS = {
  dense: (index: number) => index,
  every64th: (index: number) => index * 64,
  nextTable: (index: number) => index * 512,
  nextDirectory: (index: number) => index * 2 ** 18,
  odd: (index: number) => index * 513,
  mixed: (index: number) => (index % 4) + 512 * (Math.floor(index / 4) % 4) + 2 ** 18 * Math.floor(index / 16),
} as const;
type Layout = keyof typeof LAYOUTS;

/** The VPN of the first page: of both halves of the address space, and close to what is not canonical. */
const BASES = [0, 0x1000, 2 ** 35 - 2 ** 28, 2 ** 35 - 6, 2 ** 52 - 2 ** 35, 2 ** 52 - 2 ** 28];

/** Bytes of each half of the address space that are canonical. */
const HALF = 1n << 47n;

/** Records in a hundred that fetch and that store or modify; the others load. */
interface Mix {
  fetches: number;
  stores: number;
}

/** A munmap before the record of a number, modulo the records. */
export interface PlannedUnmap {
  before: number;
  /** Of the pages of the shape, the first in the range. */
  page: number;
  /** 4 KiB pages in the range, or half of the address space. */
  pages: number | "lower half" | "upper half";
  /** Bytes that the range is shorter than its pages. */
  lessBytes: number;
}

export interface StreamShape {
  pattern: Pattern;
  layout: Layout;
  base: number;
  pages: number;
  records: number;
  mix: Mix;
  /** Records in a hundred that repeat the page of the one before. */
  repeats: number;
  unmaps: readonly PlannedUnmap[];
  seed: number;
}

/** Shapes that hit, miss and evict in TLBs of up to some fifty entries. */
export function randomShapes(fields: Partial<{ [Field in keyof StreamShape]: fc.Arbitrary<StreamShape[Field]> }> = {}) {
  return fc.record<StreamShape>({
    pattern: fc.constantFrom(...PATTERNS),
    layout: fc.constantFrom(...(Object.keys(LAYOUTS) as Layout[])),
    base: fc.constantFrom(...BASES),
    pages: fc.integer({ min: 1, max: 70 }),
    records: fc.integer({ min: 1, max: 900 }),
    mix: fc.record({ fetches: fc.constantFrom(0, 30, 60), stores: fc.constantFrom(0, 2, 15, 40) }),
    repeats: fc.constantFrom(0, 30, 80),
    unmaps: fc.constant([]),
    seed: fc.nat(),
    ...fields,
  });
}

/** None, a few, or one for each few records. */
export const randomUnmaps: fc.Arbitrary<PlannedUnmap[]> = fc.array(
  fc.record<PlannedUnmap>({
    before: fc.nat(2000),
    page: fc.nat(80),
    pages: fc.oneof(
      { weight: 8, arbitrary: fc.constant(1) },
      { weight: 4, arbitrary: fc.integer({ min: 2, max: 20 }) },
      { weight: 2, arbitrary: fc.integer({ min: 500, max: 6000 }) },
      { weight: 1, arbitrary: fc.constantFrom("lower half" as const, "upper half" as const) },
    ),
    lessBytes: fc.constantFrom(0, 0, 1, 4095),
  }),
  { maxLength: 60, size: "max" },
);

/** No flushes, or one after each so many records. */
export const randomFlushes: fc.Arbitrary<number> = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 2, arbitrary: fc.integer({ min: 2, max: 20 }) },
  { weight: 3, arbitrary: fc.integer({ min: 21, max: 1000 }) },
);

/** The trace of `shape`: always the same for the same shape. */
export function stepsOf(shape: StreamShape): Step[] {
  const { records, unmaps, repeats, mix } = shape;
  const random = randomNumbers(shape.seed);
  const next = PATTERN_STARTS[shape.pattern](shape.pages, records, random);
  const unmapsBefore = new Map<number, PlannedUnmap[]>();
  for (const unmap of unmaps) {
    // One more place than there are records: after the last.
    const before = unmap.before % (records + 1);
    unmapsBefore.set(before, [...(unmapsBefore.get(before) ?? []), unmap]);
  }
  const steps: Step[] = [];
  let index = 0;
  for (let record = 0; record <= records; record++) {
    for (const unmap of unmapsBefore.get(record) ?? []) steps.push(rangeOf(unmap, shape));
    if (record === records) break;
    if (record === 0 || random() % 100 >= repeats) index = next();
    steps.push(accessTo(addressOf(index, shape), kindOf(random() % 100, mix, random), random));
  }
  return steps;
}

/** Loads from each of some pages, one after the other, again and again. */
export function loopOver(pages: number, times: number): Step[] {
  return Array.from({ length: pages * times }, (_, index) => {
    return { kind: "load", va: BigInt(index % pages) << 12n, size: 8 };
  });
}

/** Returns the function that gives the index of each next page. */
const PATTERN_STARTS: Record<Pattern, (pages: number, records: number, random: () => number) => () => number> = {
  uniform: (pages, _, random) => () => random() % pages,
  zipf: (pages, _, random) => {
    // The page of rank r is used 1/r as often as the first.
    const limits: number[] = [];
    for (let rank = 1; rank <= pages; rank++) limits.push((limits.at(-1) ?? 0) + 1 / rank);
    return () => {
      const drawn = (random() / 2 ** 32) * (limits.at(-1) ?? 0);
      const rank = limits.findIndex((limit) => drawn < limit);
      return (Math.max(rank, 0) * 7) % pages;
    };
  },
  loop: (pages) => {
    let at = 0;
    return () => at++ % pages;
  },
  phases: (pages, records, random) => {
    const length = Math.max(1, Math.floor(records / 4));
    const size = Math.max(1, Math.floor(pages / 3));
    let at = 0;
    return () => (Math.floor(at++ / length) * Math.floor(size / 2 + 1) + (random() % size)) % pages;
  },
  scan: (pages, records) => {
    // Each page some times, then never again.
    const times = Math.max(1, Math.floor(records / pages));
    let at = 0;
    return () => Math.floor(at++ / times);
  },
  jumps: (pages, _, random) => {
    let at = 0;
    return () => {
      at = (at + ([1, -1, 2, 16, -16, 5][random() % 6] ?? 0) + pages * 16) % pages;
      return at;
    };
  },
};

function addressOf(index: number, { layout, base }: StreamShape): bigint {
  return BigInt.asUintN(64, (BigInt(base) + BigInt(LAYOUTS[layout](index))) << 12n);
}

function kindOf(percent: number, { fetches, stores }: Mix, random: () => number): AccessKind {
  if (percent < fetches) return "fetch";
  if (percent < fetches + stores) return random() % 4 === 0 ? "modify" : "store";
  return "load";
}

/** Some bytes of the page; of one record in sixteen, some of the next page, too. */
function accessTo(page: bigint, kind: AccessKind, random: () => number): Access {
  if (random() % 16 === 0) return { kind, va: page + 4092n, size: 8 };
  return { kind, va: page + BigInt(random() % 4089), size: 1 << (random() % 4) };
}

function rangeOf({ page, pages, lessBytes }: PlannedUnmap, shape: StreamShape): Unmap {
  if (pages === "lower half") return { kind: "unmap", va: 0n, bytes: HALF };
  if (pages === "upper half") return { kind: "unmap", va: (1n << 64n) - HALF, bytes: HALF };
  const given = addressOf(page % (shape.pages + 2), shape);
  const va = isCanonical(given) ? given : addressOf(0, shape);
  // Nothing is mapped, and so unmapped, in the hole between the halves or beyond the end.
  const room = (va < HALF ? HALF : 1n << 64n) - va;
  const bytes = BigInt(pages) * 4096n - BigInt(lessBytes);
  return { kind: "unmap", va, bytes: bytes < room ? bytes : room };
}
