/** What a small machine shows of itself, access by access: `Stepper` makes it, the page draws it. Plain data. */
import type { PageSize } from "../config/types.ts";
import type { Explanation } from "./explanation.ts";

/** The caches in the order in which an access meets them. */
export type CacheName = "L1I" | "L1D" | "STLB" | "PDE" | "PDPTE" | "PML4E";

/** One entry of a cache that holds something. */
export interface CachedEntry {
  /** First byte of what it translates: of the page, or of the range below a table. Hexadecimal, 16 digits. */
  address: string;
  /** Of the page; `null` in paging-structure caches. */
  pageSize: PageSize | null;
  /** Where the page or the table lies in physical memory, hexadecimal. */
  physicalAddress: string;
  write: boolean;
  user: boolean;
  execute: boolean;
  /** Whether a store may use it without a walk; `null` in paging-structure caches. */
  dirty: boolean | null;
  global: boolean;
  /** 0 for the entry of its set that was used last, then 1, …: the largest is the next victim once the set is full. */
  age: number;
}

/** All of one cache: `sets[set][way]`; `null` is an entry that holds nothing. */
export interface CacheContents {
  name: CacheName;
  ways: number;
  sets: (CachedEntry | null)[][];
}

/** A place in a cache. */
export interface CachePlace {
  cache: CacheName;
  set: number;
  way: number;
}

/** What one access did to the machine. */
export interface Step {
  /** The access and its outcome, with the entries that the walk read; `steps` are empty where a TLB answered. */
  explanation: Explanation;
  /** TLBs and paging-structure caches that were asked, in that order. `place` where it was found; `null` for a miss. */
  lookups: { cache: CacheName; set: number; place: CachePlace | null }[];
  /** Entries that were filled, and what each held before; `null` for one that was empty. */
  fills: { place: CachePlace; evicted: CachedEntry | null }[];
  /** Entries that were invalidated, as by a fault. */
  invalidated: CachePlace[];
  /** Entries of page tables that the access changed: A and D. Physical address and values, hexadecimal. */
  marked: { physicalAddress: string; before: string; after: string }[];
}

/** Counts since the beginning. */
export interface StepCounts {
  accesses: number;
  tlbs: { name: "L1I" | "L1D" | "STLB"; lookups: number; hits: number; misses: number; missRatio: number }[];
  walks: number;
  walkReferences: number;
  faults: number;
}
