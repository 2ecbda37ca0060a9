/** Accesses of a processor and what they come to. */
import type { FaultReason } from "../config/processor.ts";

/** One access of an instruction. */
export interface Access {
  /** Address of the first byte, 0..2^64-1. */
  va: bigint;
  /** Bytes, 1..4096: two pages at most. @default 1 */
  size?: number;
  /** modify: reads and writes in one; needs the right to write from the start. */
  kind: "read" | "write" | "fetch" | "modify";
  /** user: CPL 3; supervisor: CPL 0..2. */
  privilege: "user" | "supervisor";
  /** An access that the processor makes by itself, as to a descriptor table: a supervisor access at any CPL. */
  implicit?: boolean;
  /** Through the stack segment, as push and pop. */
  stack?: boolean;
  /** A prefetch: it raises no fault and marks no entry. */
  hint?: boolean;
}

export interface Fault {
  vector: 12 | 13 | 14;
  errorCode: number;
  /** What a page fault left in CR2; `null` for other vectors. */
  cr2: bigint | null;
  reason: FaultReason;
  /** 5 = PML5E ... 1 = PTE: the entry that stopped the walk; for rights, the leaf's; 0 if no table was looked at. */
  level: number;
}

/** What an instruction that may not be executed so ends in. */
export interface GeneralProtection {
  vector: 13;
  errorCode: 0;
}

/** Where one page of an access was found. */
export interface Translation {
  /** Of the first byte of the access in that page. */
  physicalAddress: bigint;
  /** Level of the entry that maps the page: 1 = 4 KiB, 2 = 2 MiB, 3 = 1 GiB. */
  leafLevel: 1 | 2 | 3;
  /** The leaf with R/W, U/S and XD combined over all levels. */
  entry: bigint;
  foundIn: "l1" | "stlb" | "tables";
}

/** One entry that a walk read. */
export interface WalkStep {
  /** 5 = PML5E ... 1 = PTE. */
  level: number;
  /** Physical address of the entry. */
  address: bigint;
  before: bigint;
  /** With A and D as the access left them. */
  after: bigint;
}

export interface Outcome {
  fault: Fault | null;
  /** One for each page that the access touches; empty unless all of it went through. */
  translations: Translation[];
  /** Entries read, in their order; none where the TLBs answered. If the second page faults, only its entries. */
  steps: WalkStep[];
  /** The table that the walk needed and that has no bytes here. The access then did nothing. */
  missing: { level: number; physicalAddress: bigint } | null;
}
