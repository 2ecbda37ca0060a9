/** What `explain()` tells of one address. `--json` prints it as it is; schema `pagewalk/explain@1`. */
import type { PageSize } from "../config/types.ts";

/** How an access is made. */
export interface ExplainedAccess {
  kind: "read" | "write" | "fetch";
  privilege: "user" | "supervisor";
}

export type LevelName = "pml5e" | "pml4e" | "pdpte" | "pde" | "pte";

/**
 * Bits of an entry by their names in the SDM. P says whether any other means anything: an entry that is not present is
 * the operating system's to use. D, PAT, G and PK are only in entries that map a page, PS only where a page could be.
 */
export interface EntryFlags {
  P: boolean;
  RW: boolean;
  US: boolean;
  PWT: boolean;
  PCD: boolean;
  A: boolean;
  D?: boolean;
  PS?: boolean;
  PAT?: boolean;
  G?: boolean;
  /** Protection key, 0..15. */
  PK?: number;
  XD: boolean;
}

/** One entry that the walk read. */
export interface ExplainedStep {
  level: LevelName;
  /** Where the entry lies, hexadecimal. */
  physicalAddress: string;
  /** The entry as it was before the access, hexadecimal. */
  entry: string;
  flags: EntryFlags;
  /** Physical address of the table or page that it points to; `null` if it is not present. */
  target: string | null;
  /** Names of the reserved bits that are set, as `bits 51:40`; empty if none are. */
  reserved: string[];
}

export type FaultReason =
  | "non-canonical"
  | "not-present"
  | "reserved-bit"
  | "supervisor-page"
  | "read-only"
  | "execute-disable"
  | "smep"
  | "smap"
  | "protection-key";

export interface ExplainedFault {
  /** 14 is #PF, 13 #GP, 12 #SS. */
  vector: number;
  errorCode: number;
  /** Bits of the page-fault error code by name, lowest first; empty for other vectors. */
  errorBits: { name: "P" | "W/R" | "U/S" | "RSVD" | "I/D" | "PK"; bit: number; set: boolean; meaning: string }[];
  /** What CR2 holds after a page fault, hexadecimal; `null` for other vectors, which leave it. */
  cr2: string | null;
  /** One sentence. */
  reason: string;
  kind: FaultReason;
  /** The level whose entry is to blame, `null` if none is. */
  level: LevelName | null;
  /** What a Linux program gets, or `null` where the kernel itself is at fault. */
  signal: "SIGSEGV" | "SIGBUS" | null;
  code: "SEGV_MAPERR" | "SEGV_ACCERR" | "SEGV_PKUERR" | "SI_KERNEL" | null;
  /** What to do about it: one sentence each. */
  advice: string[];
}

export interface Explanation {
  schema: "pagewalk/explain@1";
  /** 16 hexadecimal digits, as 0x0000800000001234. */
  address: string;
  access: ExplainedAccess;
  /** 48 with 4-level paging, 57 with 5-level. */
  addressBits: 48 | 57;
  canonical: boolean;
  /** Of each level, 0..511; pml5 only with 5-level paging. */
  indices: { pml5?: number; pml4: number; pdpt: number; pd: number; pt: number };
  /** Byte offset within the page; within 4 KiB if no page was found. */
  offset: number;
  /** CR3 as the walk used it, hexadecimal; `null` if there was no walk. */
  cr3: string | null;
  /** Entries read, from the top; empty for a non-canonical address. */
  steps: ExplainedStep[];
  physicalAddress: string | null;
  pageSize: PageSize | null;
  /** Rights that all levels together give; `null` if the walk found no page. */
  rights: { write: boolean; user: boolean; execute: boolean } | null;
  fault: ExplainedFault | null;
  /** Why the tables do not tell: a table lies outside the dump. `null` if they do. */
  error: { message: string; level: LevelName; physicalAddress: string } | null;
}
