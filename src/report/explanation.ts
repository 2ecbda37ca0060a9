/** What `explain()` tells of one address. `--json` prints it as it is; schema `pagewalk/explain@1`. */
import type { EntryFlags, FaultReason } from "../config/processor.ts";
import type { PageSize } from "../config/types.ts";

export type { EntryFlags, FaultReason } from "../config/processor.ts";

/** How an access is made. */
export interface ExplainedAccess {
  kind: "read" | "write" | "fetch";
  privilege: "user" | "supervisor";
  /** Whether it goes through the stack segment; absent if not. */
  stack?: true;
}

export type LevelName = "pml5e" | "pml4e" | "pdpte" | "pde" | "pte";

/** One entry that the walk read. Explanations share what they have in common. */
export interface ExplainedStep {
  readonly level: LevelName;
  /** Where the entry lies, hexadecimal. */
  readonly physicalAddress: string;
  /** The entry as it was before the access, hexadecimal. */
  readonly entry: string;
  /** What the tables have there, hexadecimal, if the option `entries` put `entry` in its place; else `null`. */
  readonly changedFrom: string | null;
  readonly flags: Readonly<EntryFlags>;
  /** Physical address of the table or page that it points to; `null` if it is not present. */
  readonly target: string | null;
  /** Names of the reserved bits that are set, as `bits 51:40`; empty if none are. */
  readonly reserved: readonly string[];
}

export interface ErrorBit {
  readonly name: "P" | "W/R" | "U/S" | "RSVD" | "I/D" | "PK";
  readonly bit: number;
  readonly set: boolean;
  readonly meaning: string;
}

export interface ExplainedFault {
  /** 14 is #PF, 13 #GP, 12 #SS. */
  vector: number;
  errorCode: number;
  /** Bits of the page-fault error code by name, lowest first; empty for other vectors. */
  errorBits: readonly ErrorBit[];
  /** What CR2 holds after a page fault, 16 hexadecimal digits; `null` for other vectors, which leave it. */
  cr2: string | null;
  /** One sentence. */
  reason: string;
  kind: FaultReason;
  /** The level whose entry is to blame, the first of several; `null` if none is. */
  level: LevelName | null;
  /** What a Linux program gets; `null` where Linux resolves the fault, and where the kernel itself is at fault. */
  signal: "SIGSEGV" | "SIGBUS" | "SIGKILL" | null;
  /** si_code of that signal; `null` if there is none or it has none. */
  code: "SEGV_MAPERR" | "SEGV_ACCERR" | "SEGV_PKUERR" | "SI_KERNEL" | null;
  /** Whether Linux surely makes the access possible and repeats it, as at the first touch of a page. */
  resolved: boolean;
  /** What Linux does in a few words: the signal, and unless what, or what else. */
  outcome: string;
  /** The same in a few sentences. */
  linux: string;
  /** What the address looks like and what to look at: a sentence or two each. */
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
  /** CR3 as the walk used it, hexadecimal; `null` if there was no walk, or it started below the top level. */
  cr3: string | null;
  /** What lies there in the example process; `null` elsewhere and with a dump. */
  place: string | null;
  /** Entries read, from the top; empty for a non-canonical address, and where a TLB answered. */
  steps: ExplainedStep[];
  physicalAddress: string | null;
  pageSize: PageSize | null;
  /** Rights that all levels together give; `null` if the walk found no page. */
  rights: { write: boolean; user: boolean; execute: boolean } | null;
  fault: ExplainedFault | null;
  /** Why the tables do not tell: a table lies outside the dump. `null` if they do. */
  error: { message: string; level: LevelName; physicalAddress: string } | null;
}
