/**
 * A trace with a planted remedy: the textbook's hash join (Shatdal, Kant & Naughton, "Cache Conscious Algorithms for Relational
 * Query Processing", VLDB 1994, section 4) whose table does not fit the TLB. Each row of one relation is put into a table of
 * 40 MB on the heap at the hash of its key, then each row of the other is looked up there. Both relations are read in order.
 */
import type { Region } from "../../src/regions/region.ts";

const PAGE = 4096n;
const TABLE_BYTES = 40 << 20;
const ROW_BYTES = 16;
const CODE = 0x401000n;
/** Not at a multiple of 2 MiB, as brk() leaves it. */
const HEAP = 0x4c3000n;
const RELATIONS = 0x7f0000003000n;
const STACK_TOP = 0x7ffffffff000n;

/** The trace as lackey writes it, and the mappings of the program. */
export function hashJoin(rows = 60_000): { text: string; regions: Region[]; heapBytes: number } {
  const lines: string[] = [];
  const record = (kind: string, address: bigint, bytes: number) =>
    lines.push(`${kind} ${address.toString(16)},${bytes}`);
  const slots = TABLE_BYTES / ROW_BYTES;
  for (const pass of [0, 1]) {
    for (let row = 0; row < rows; row++) {
      const code = CODE + BigInt(64 * pass);
      // The probing relation has the keys of the other one in another order: 7919 is prime, and does not divide `rows`.
      const key = pass === 0 ? row : (row * 7919) % rows;
      const slot = HEAP + BigInt((hashOf(key) % slots) * ROW_BYTES);
      record("I ", code, 4);
      record(" L", RELATIONS + BigInt((pass * rows + row) * ROW_BYTES), 8);
      record("I ", code + 4n, 4);
      record(pass === 0 ? " S" : " L", slot, 8);
      if (row % 8 === 0) record(" S", STACK_TOP - 64n, 8);
    }
  }
  const relationBytes = (BigInt(2 * rows * ROW_BYTES) + PAGE - 1n) & -PAGE;
  const region = (name: string, start: bigint, bytes: bigint, permissions: string, file: string | null = null) => {
    return { start, end: start + bytes, permissions, name, file, fromRecord: 0, toRecord: null };
  };
  return {
    text: `${lines.join("\n")}\n`,
    heapBytes: TABLE_BYTES,
    regions: [
      region("exe join", CODE, PAGE, "r-x", "/usr/bin/join"),
      region("heap (brk)", HEAP, BigInt(TABLE_BYTES), "rw-"),
      region("mmap anon", RELATIONS, relationBytes, "rw-"),
      region("stack", STACK_TOP - 32n * PAGE, 32n * PAGE, "rw-"),
    ],
  };
}

/** murmur3's finaliser: github.com/aappleby/smhasher, MurmurHash3.cpp, fmix32(). */
function hashOf(key: number): number {
  let hash = key ^ (key >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
