/** Calls of AddressSpace that are measured, in Node and in a browser alike. */
import { AddressSpace } from "../src/memory.ts";

export interface MemoryCalls {
  name: string;
  /** Calls that one `run` makes. */
  count: number;
  run: () => void;
}

const PAGE_BYTES = 4096;
const HITS = 2_000_000;
const OTHERS = 200_000;
const CYCLES = 10_000;

/** What is read is added up, so that no call can be left out. */
let sum = 0;

export async function memoryCalls(): Promise<MemoryCalls[]> {
  const memory = await AddressSpace.create();
  const at = memory.mmap(null, 64 * PAGE_BYTES, "rw");
  for (let page = 0; page < 64; page++) memory.write32(at + page * PAGE_BYTES, page);
  const calls = (name: string, count: number, call: (index: number) => void): MemoryCalls => ({
    name,
    count,
    run: () => {
      for (let index = 0; index < count; index++) call(index);
    },
  });
  return [
    calls(READ32, HITS, (index) => {
      sum += memory.read32(at + ((index * 4) & 4095));
    }),
    calls("read32(), one of 16 pages, all in their sets", HITS, (index) => {
      sum += memory.read32(at + (index & 15) * PAGE_BYTES);
    }),
    calls("write32(), one page", HITS, (index) => memory.write32(at + ((index * 4) & 4095), index)),
    calls("readFloat64(), one page", HITS, (index) => {
      sum += memory.readFloat64(at + ((index * 8) & 4095));
    }),
    calls("read32(), one of 64 pages in turn", OTHERS, (index) => {
      sum += memory.read32(at + (index & 63) * PAGE_BYTES);
    }),
    calls("mmap(), touch, munmap() of a page", CYCLES, () => {
      const page = memory.mmap(null, PAGE_BYTES, "rw");
      memory.write8(page, 1);
      memory.munmap(page, PAGE_BYTES);
    }),
  ];
}

/** The one that has a bar. */
export const READ32 = "read32(), one page";

/** Keeps `sum` alive. */
export function memorySum(): number {
  return sum;
}
