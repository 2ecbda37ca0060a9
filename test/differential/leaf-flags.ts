/** Reads page tables as bytes, by the SDM's picture of an entry and nothing of the kernel's. */
import type { LeafFlags } from "../reference/machine.ts";

const CR3 = 0x1000n;
const ADDRESS = 0x000f_ffff_ffff_f000n;

/** Flags of every leaf under CR3, by page number (the full 64-bit address over the page's size), ascending. */
export function leafFlagsIn(memory: Uint8Array): Map<number, LeafFlags> {
  const view = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
  const leaves = new Map<number, LeafFlags>();
  const visit = (table: bigint, level: number, above: bigint) => {
    for (let index = 0; index < 512; index++) {
      const entry = view.getBigUint64(Number(table) + 8 * index, true);
      if ((entry & 1n) === 0n) continue;
      // The upper half of the address space has all of bits 63..48 set.
      const page = (above << 9n) | BigInt(index) | (level === 4 && index >= 256 ? 0xffffn << 9n : 0n);
      const isLeaf = level === 1 || (level < 4 && (entry & 0x80n) !== 0n);
      if (isLeaf)
        leaves.set(Number(page), {
          accessed: (entry & 0x20n) !== 0n,
          dirty: (entry & 0x40n) !== 0n,
          writable: (entry & 0x2n) !== 0n,
          executable: entry >> 63n === 0n,
        });
      else visit(entry & ADDRESS, level - 1, page);
    }
  };
  visit(CR3, 4, 0n);
  return new Map([...leaves].sort(([a], [b]) => a - b));
}
