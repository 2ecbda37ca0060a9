/**
 * Four-level page tables as an operating system builds them, one mapping at a time: real 64-bit entries in real
 * tables, reached from CR3 by PFN.
 *
 *   63  62..52  51 .. 12  11..9   8    7      6   5    4     3     2     1     0
 *   XD  ignored   PFN      AVL    G  PS/PAT   D   A   PCD   PWT   U/S   R/W    P
 *
 * SDM 3A "4-Level Paging and 5-Level Paging". Levels are numbered 4 = PML4, 3 = PDPT, 2 = PD, 1 = PT. Rights are those of
 * the leaf: tables take none away. Not modelled: protection keys, PAT and memory types, global pages.
 */
import type { ResolvedConfig } from "../../src/config/types.ts";
import { isCanonical, LEAF_LEVEL, pageNumberAt } from "./access.ts";
import { ADDRESS_BITS, ALL, P, PS } from "./entry-bits.ts";

/** PFN of the first large page that is mapped; tables and 4 KiB pages lie below. An arbitrary choice: no result depends on it. */
const FIRST_DATA_PFN = 2 ** 28;

export const ROOT_LEVEL = 4;

/** Returns the index into the table of `level` for 4 KiB page `vpn`: nine bits of the address. */
export function tableIndex(vpn: number, level: number): number {
  return pageNumberAt(vpn, level) % 512;
}

/** Whether an entry of the table of `level` maps a page rather than naming a table. */
export function isLeaf(entry: bigint, level: number): boolean {
  return level === 1 || (entry & PS) !== 0n;
}

export function pfnOf(entry: bigint): number {
  return Number((entry & ADDRESS_BITS) >> 12n);
}

function entryFor(pfn: number, bits: bigint): bigint {
  return (BigInt(pfn) << 12n) | bits;
}

export class PageTables {
  /** PFN of the PML4. */
  readonly rootPfn: number;
  readonly #pageSize: ResolvedConfig["pageSize"];
  /** The tables, by PFN: 512 entries each. */
  readonly #tables = new Map<number, BigUint64Array>();
  /** Of a table, or of a 4 KiB page: where tables lie decides which lines of a data cache their entries share. */
  #nextSmallPfn = 1;
  #nextDataPfn = FIRST_DATA_PFN;

  constructor(pageSize: ResolvedConfig["pageSize"]) {
    this.#pageSize = pageSize;
    this.rootPfn = this.#newTable();
  }

  /** 4 KiB frames that hold tables, the PML4 included: 1 before anything is mapped. */
  get tableCount(): number {
    return this.#tables.size;
  }

  read(tablePfn: number, index: number): bigint {
    const entry = this.#table(tablePfn)[index];
    if (entry === undefined) throw new Error(`no entry ${index} in a table`);
    return entry;
  }

  write(tablePfn: number, index: number, entry: bigint): void {
    this.#table(tablePfn)[index] = entry;
  }

  /** Returns the leaf entry that maps `vpn`, or 0 if some level is not present. Nothing is counted or changed. */
  leafEntry(vpn: number): bigint {
    let tablePfn = this.rootPfn;
    for (let level = ROOT_LEVEL; ; level--) {
      const entry = this.read(tablePfn, tableIndex(vpn, level));
      if ((entry & P) === 0n) return 0n;
      if (isLeaf(entry, level)) return entry;
      tablePfn = pfnOf(entry);
    }
  }

  /**
   * Maps the page that holds `vpn` with `rights`, bits of an entry, and new tables where they are missing. The page must
   * not be mapped.
   */
  map(vpn: number, rights = ALL): void {
    const leafLevel = LEAF_LEVEL[this.#pageSize];
    let tablePfn = this.rootPfn;
    for (let level = ROOT_LEVEL; level > leafLevel; level--) {
      const index = tableIndex(vpn, level);
      let entry = this.read(tablePfn, index);
      if ((entry & P) === 0n) {
        entry = entryFor(this.#newTable(), ALL);
        this.write(tablePfn, index, entry);
      }
      tablePfn = pfnOf(entry);
    }
    const index = tableIndex(vpn, leafLevel);
    if (this.read(tablePfn, index) !== 0n) throw new Error(`mapped twice: page of VPN ${vpn}`);
    const pageSizeBit = leafLevel === 1 ? 0n : PS;
    this.write(tablePfn, index, entryFor(this.#newDataPfn(), rights | pageSizeBit));
  }

  /** Returns the physical address that `va` is mapped to, or `null` if it is not mapped. Nothing is changed. */
  translate(va: bigint): bigint | null {
    if (!isCanonical(va)) return null;
    const entry = this.leafEntry(Number(va >> 12n));
    if (entry === 0n) return null;
    const offsetBits = BigInt(12 + 9 * (LEAF_LEVEL[this.#pageSize] - 1));
    return (entry & ADDRESS_BITS) | (va & ((1n << offsetBits) - 1n));
  }

  /** Returns all leaf entries by page number, in ascending order of page numbers (at the size of the mapping). */
  leaves(): Map<number, bigint> {
    const found = new Map<number, bigint>();
    this.#collect(this.rootPfn, ROOT_LEVEL, 0, found);
    return found;
  }

  /** `prefix` is the number of the region that this table maps, in regions of that size; the PML4 has 0. */
  #collect(tablePfn: number, level: number, prefix: number, found: Map<number, bigint>): void {
    for (let index = 0; index < 512; index++) {
      const entry = this.read(tablePfn, index);
      if ((entry & P) === 0n) continue;
      // The upper half of the PML4 is sign-extended to 64 bits: bits 63..48, above 9 bits of index.
      const upperHalf = level === ROOT_LEVEL && index >= 256 ? 0xffff * 512 : 0;
      const pageNumber = upperHalf + prefix * 512 + index;
      if (isLeaf(entry, level)) found.set(pageNumber, entry);
      else this.#collect(pfnOf(entry), level - 1, pageNumber, found);
    }
  }

  #table(pfn: number): BigUint64Array {
    const table = this.#tables.get(pfn);
    if (table === undefined) throw new Error(`no table at PFN ${pfn}`);
    return table;
  }

  #newTable(): number {
    const pfn = this.#nextSmallPfn++;
    this.#tables.set(pfn, new BigUint64Array(512));
    return pfn;
  }

  /** Large pages are aligned to their size: all pages have one size, and the first PFN is a multiple of all sizes. */
  #newDataPfn(): number {
    if (this.#pageSize === "4K") return this.#nextSmallPfn++;
    const pfn = this.#nextDataPfn;
    this.#nextDataPfn += 512 ** (LEAF_LEVEL[this.#pageSize] - 1);
    if (this.#nextDataPfn > 2 ** 40) throw new Error("out of 52-bit physical addresses");
    return pfn;
  }
}
