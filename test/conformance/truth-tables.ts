/** The tables of a row: its entries, laid where a walk looks for them. */
import type { Access } from "../../src/kernel/processor.ts";
import { ADDRESS_BITS } from "../reference/entry-bits.ts";
import { entryAddress, isLeafAt, type Memory, pagesOf, stopsWalk } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";

interface RowEntry {
  /** As PML4E; the PTE of the next page is `next PTE`. */
  name: string;
  /** 5 = PML5E ... 1 = PTE. */
  level: number;
  value: bigint;
  /** `null` where the word is another entry's: no walk comes to such a one. */
  address: bigint | null;
}

export interface RowTables {
  memory: Memory;
  /** The top level first, then the next page's PTE. */
  entries: RowEntry[];
  /** Whether entries that walks need would lie in one word and differ: there are no such tables. */
  contradictory: boolean;
}

export const ENTRY_NAMES = ["", "PTE", "PDE", "PDPTE", "PML4E", "PML5E"] as const;

/** A frame for the top table that no entry names: else a table could be its own. */
export function freeFrame(entries: bigint[]): bigint {
  const named = new Set(entries.map((entry) => entry & ADDRESS_BITS));
  for (let frame = 0x1000n; ; frame += 0x1000n) if (!named.has(frame)) return frame;
}

/** The level of the entry that ends the walk of a page: its leaf, or one that stops it. */
function lastLevel(mode: Mode, entries: bigint[]): number {
  // Which entries stop a walk depends on no access.
  const anyAccess: Access = { va: 0n, kind: "read", privilege: "user" };
  const depth = entries.findIndex((entry, at) => {
    const level = mode.levels - at;
    return isLeafAt(level, entry) || stopsWalk(mode, anyAccess, level, entry) !== null;
  });
  return mode.levels - depth;
}

/**
 * Each entry lies in the table that the one above names, whatever it forbids. Those that no walk comes to, such as the
 * zeros below a leaf, take no word from the others.
 */
export function placeEntries(mode: Mode, va: bigint, values: bigint[], nextPte: bigint | null): RowTables {
  let table = mode.cr3;
  const entries: RowEntry[] = values.map((value, depth) => {
    const level = mode.levels - depth;
    const address = entryAddress(table, level, va);
    table = value;
    return { name: ENTRY_NAMES[level] as string, level, value, address };
  });
  // Elsewhere it lies in a table that the row does not tell.
  const inSameTable = ((va >> 12n) & 511n) !== 511n;
  if (nextPte !== null && inSameTable) {
    const address = (entries.at(-1)?.address as bigint) + 8n;
    entries.push({ name: "next PTE", level: 1, value: nextPte, address });
  }

  const memory: Memory = new Map();
  const last = lastLevel(mode, values);
  let contradictory = false;
  for (const { level, value, address } of entries) {
    if (level < last || address === null) continue;
    if ((memory.get(address) ?? value) !== value) contradictory = true;
    memory.set(address, value);
  }
  for (const entry of entries) {
    if (entry.level >= last || entry.address === null) continue;
    if (!memory.has(entry.address)) memory.set(entry.address, entry.value);
    else if (memory.get(entry.address) !== entry.value) entry.address = null;
  }
  return { memory, entries, contradictory };
}

/** Whether the row has the entries of every page of `access`, as far as it comes: to the page of `faultAt`, if any. */
export function tellsPagesOf(
  access: Access,
  mode: Mode,
  va: bigint,
  values: bigint[],
  nextPte: bigint | null,
  faultAt: bigint | null,
): boolean {
  // All zeros: nothing is mapped thereabouts.
  if (values.every((value) => value === 0n)) return true;
  const last = lastLevel(mode, values);
  for (const page of pagesOf(access)) {
    const isSameLeaf = page >> BigInt(12 + 9 * (last - 1)) === va >> BigInt(12 + 9 * (last - 1));
    const isNext = last === 1 && nextPte !== null && page >> 12n === (va >> 12n) + 1n && (page & 0x1ff000n) !== 0n;
    if (!isSameLeaf && !isNext) return false;
    if (faultAt !== null && page >> 12n === faultAt >> 12n) return true;
  }
  return true;
}
