/** The processor of single accesses: what it implements and what its registers hold. */
import { ConfigError } from "../errors.ts";
import type { PscSizes, ResolvedGeometry } from "./types.ts";

/** What MAXPHYADDR can be. */
const MAX_PHY_ADDR = { least: 32, most: 52 };

/** What the processor implements, as CPUID tells it. */
export interface Features {
  /** Bits of a physical address (MAXPHYADDR), 32..52. Address bits of an entry from there up are reserved. */
  maxPhyAddr: number;
  /** Whether PS in a PDPTE maps a 1 GiB page; else that bit is reserved. */
  pages1G: boolean;
}

/** Registers that address translation depends on. Paging is on and the processor in 64-bit mode whatever they hold. */
export interface Registers {
  cr0: bigint;
  cr3: bigint;
  cr4: bigint;
  /** IA32_EFER. */
  efer: bigint;
  rflags: bigint;
  /** Rights of protection keys for user pages, 32 bits: for key i, bit 2i disables access, bit 2i + 1 writes. */
  pkru: number;
  /** IA32_PKRS: the same for supervisor pages. */
  pkrs: number;
}

/** The TLBs and paging-structure caches of a processor. */
export interface ProcessorCaches {
  l1i: ResolvedGeometry;
  l1d: ResolvedGeometry;
  stlb: ResolvedGeometry;
  psc: PscSizes;
}

/** The caches in the order in which an access meets them. PML5Es are cached with 5-level paging only. */
export const CACHE_NAMES = ["L1I", "L1D", "STLB", "PDE", "PDPTE", "PML4E", "PML5E"] as const;
export type CacheName = (typeof CACHE_NAMES)[number];

/** Why an access faults. */
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

/** What a processor has unless it is told otherwise: no address bit of an entry is reserved. */
export const FEATURE_DEFAULTS = { maxPhyAddr: 52, pages1G: true } as const satisfies Features;

/** Throws ConfigError unless a processor can have `features`; `got` is what the user gave as maxPhyAddr. */
export function checkFeatures({ maxPhyAddr }: Pick<Features, "maxPhyAddr">, got: unknown = maxPhyAddr): void {
  const { least, most } = MAX_PHY_ADDR;
  if (Number.isInteger(maxPhyAddr) && maxPhyAddr >= least && maxPhyAddr <= most) return;
  throw new ConfigError("maxPhyAddr", got, `a whole number from ${least} to ${most}`);
}
