/** The flags of entries of page tables by their names in the SDM, Vol. 3A, "4-Level Paging and 5-Level Paging". */
import type { EntryFlags } from "../config/processor.ts";

/** A flag of an entry by its names. */
export interface FlagName {
  flag: keyof EntryFlags;
  /** In short, as the SDM's figures have it. */
  name: string;
  fullName: string;
  /** What it is to an access if it is 1. */
  meaning: string;
}

/** In the order in which they are told: from the lowest bit, but the key, which is a number, last. */
export const FLAG_NAMES: readonly FlagName[] = [
  { flag: "P", name: "P", fullName: "present", meaning: "the entry leads to memory; if 0, no other bit counts" },
  { flag: "RW", name: "R/W", fullName: "read/write", meaning: "writes are allowed, unless another level forbids them" },
  {
    flag: "US",
    name: "U/S",
    fullName: "user/supervisor",
    meaning: "user mode may pass, unless another level forbids it",
  },
  { flag: "PWT", name: "PWT", fullName: "page-level write-through", meaning: "selects a memory type" },
  { flag: "PCD", name: "PCD", fullName: "page-level cache disable", meaning: "selects a memory type" },
  { flag: "A", name: "A", fullName: "accessed", meaning: "a walk has used the entry" },
  { flag: "D", name: "D", fullName: "dirty", meaning: "the page has been written to" },
  { flag: "PS", name: "PS", fullName: "page size", meaning: "the entry maps a page itself, and points to no table" },
  { flag: "PAT", name: "PAT", fullName: "page attribute table", meaning: "selects a memory type" },
  { flag: "G", name: "G", fullName: "global", meaning: "TLBs keep the translation when CR3 is loaded, under CR4.PGE" },
  { flag: "XD", name: "XD", fullName: "execute-disable", meaning: "no instruction is fetched from below the entry" },
  { flag: "PK", name: "key", fullName: "protection key", meaning: "PKRU says what accesses with that key may do" },
];

/** The bits that are 1 by name, and the key if there is one: `P R/W A key 1`. */
export function setFlagNames(flags: Readonly<EntryFlags>): string {
  return FLAG_NAMES.flatMap(({ flag, name }) => {
    const value = flags[flag];
    if (typeof value === "number") return value === 0 ? [] : [`${name} ${value}`];
    return value === true ? [name] : [];
  }).join(" ");
}
