/** Seeded streams of records that hit, miss and evict everywhere in small machines. */
import fc from "fast-check";
import type { Access } from "../reference/access.ts";

/** Page numbers that lie close together, in several tables and on both sides of every edge of the address space. */
export const BASE_PAGES = [
  0x0n, // page 0, so that 2^64 wraps to it
  0x1n << 9n, // the next page table
  0x1n << 18n, // the next page directory
  0x1n << 27n, // the next PDPT
  (1n << 35n) - 4n, // up to the last canonical page of the lower half, and beyond it
  (1n << 52n) - (1n << 35n) - 4n, // around the first of the upper half
  (1n << 52n) - 4n, // the last pages, beyond which is page 0
];

const kind = fc.oneof(
  { weight: 4, arbitrary: fc.constant("load" as const) },
  { weight: 3, arbitrary: fc.constant("fetch" as const) },
  { weight: 2, arbitrary: fc.constant("store" as const) },
  { weight: 1, arbitrary: fc.constant("modify" as const) },
);

const PAGE_MASK = (1n << 52n) - 1n;

const page = fc
  .tuple(fc.constantFrom(...BASE_PAGES), fc.nat(23), fc.constantFrom(1n, 1n, 1n, 16n, 512n))
  .map(([base, index, stride]) => (base + BigInt(index) * stride) & PAGE_MASK);

const offset = fc.oneof(
  { weight: 6, arbitrary: fc.nat(4095) },
  { weight: 1, arbitrary: fc.integer({ min: 4088, max: 4095 }) },
);

const size = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(1, 2, 4, 8) },
  { weight: 2, arbitrary: fc.constantFrom(3, 13, 16, 32, 100) },
  { weight: 1, arbitrary: fc.constantFrom(4095, 4096) },
);

const accessTo = (page: fc.Arbitrary<bigint>): fc.Arbitrary<Access> =>
  fc
    .tuple(kind, page, offset, size)
    .map(([kind, page, offset, size]) => ({ kind, va: (page << 12n) | BigInt(offset), size }));

/**
 * Runs of records to one page are what filters leave out, so there must be some: each record comes 1 to 4 times. By
 * default fast-check makes arrays of ten items at most; size "max" goes up to their maxLength.
 */
export const randomRecords: fc.Arbitrary<Access[]> = fc
  .array(page, { minLength: 2, maxLength: 40, size: "max" }) // a pool, so that pages come back
  .chain((pages) => {
    const access = accessTo(fc.constantFrom(...pages));
    return fc.array(fc.tuple(access, fc.integer({ min: 1, max: 4 })), { minLength: 1, maxLength: 400, size: "max" });
  })
  .map((runs) => runs.flatMap(([record, times]) => Array<Access>(times).fill(record)));

const LETTERS = { fetch: "I ", load: " L", store: " S", modify: " M" } as const;

/** The records as lackey prints them. */
export function lackeyText(records: readonly Access[]): string {
  return records.map(({ kind, va, size }) => `${LETTERS[kind]} ${va.toString(16).padStart(8, "0")},${size}\n`).join("");
}
