/** What a small machine shows of itself, access by access: `Stepper` makes it, the page draws it. Plain data. */
import type { CacheName } from "../config/processor.ts";
import type { PageSize } from "../config/types.ts";
import type { ExplainedAccess, Explanation } from "./explanation.ts";

export type { CacheName } from "../config/processor.ts";

/** One access to make. */
export interface StepAccess {
  /** 0 to 2^64 - 1, or text: `0x7f12…`. */
  address: bigint | string;
  kind: ExplainedAccess["kind"];
  /** @default "user" */
  privilege?: ExplainedAccess["privilege"];
}

/**
 * What an access came to. short-walk: a paging-structure cache spared it the upper levels. set-dirty: a TLB had the page
 * with D clear, and a store walked to set it. missing-table: a changed entry leads to where there is no memory.
 */
export type StepOutcome =
  | "l1-hit"
  | "stlb-hit"
  | "walk"
  | "short-walk"
  | "set-dirty"
  | "fault"
  | "not-canonical"
  | "missing-table";

/** One entry of a cache that holds something. */
export interface CachedEntry {
  /** First byte of what it translates: of the page, or of the range below a table. Hexadecimal, 16 digits. */
  address: string;
  /** Of the page; `null` in paging-structure caches. */
  pageSize: PageSize | null;
  /** Where the page or the table lies in physical memory, hexadecimal. */
  physicalAddress: string;
  /** Rights of all levels down to this entry, together. */
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

/** An entry of a page table that was written: where it lies, and its values, hexadecimal. */
export interface WrittenEntry {
  physicalAddress: string;
  before: string;
  after: string;
}

/** What one access did to the machine. */
export interface Step {
  outcome: StepOutcome;
  /** The access and its outcome, with the entries that the walk read; `steps` are empty where a TLB answered. */
  explanation: Explanation;
  /**
   * TLBs and paging-structure caches that were asked, in that order. `set` is that of the page at the size that it has,
   * of a 4 KiB page where none was found. `place` where it was found; `null` for a miss.
   */
  lookups: { cache: CacheName; set: number; place: CachePlace | null }[];
  /** Entries that were filled, in that order, and what each held before; `null` for one that was empty. */
  fills: { place: CachePlace; evicted: CachedEntry | null }[];
  /** Entries of TLBs in which D was set. */
  updated: CachePlace[];
  /** Entries that were invalidated, as by a fault. */
  invalidated: CachePlace[];
  /** Entries of page tables that the access changed: A and D. */
  marked: WrittenEntry[];
  /**
   * Entries of page tables that Linux wrote after a fault, so that the same access goes through next (unless a changed
   * entry above forbids it). They are not in `marked`.
   */
  resolvedBy: WrittenEntry[];
}

/** Counts since the beginning. Accesses that fault count as such, and not as lookups of TLBs, since they are repeated. */
export interface StepCounts {
  accesses: number;
  tlbs: { name: "L1I" | "L1D" | "STLB"; lookups: number; hits: number; misses: number; missRatio: number }[];
  /** Walks of misses, and the entries that they read. A walk that only sets D is none of them. */
  walks: number;
  walkReferences: number;
  /** Page faults and general-protection faults. */
  faults: number;
}
