/** What a machine counts, as an AddressSpace tells it. */
import type { AddressSpaceKernel } from "../kernel/address-space.ts";
import { walkReferences } from "../kernel/counters.ts";

/** References that a TLB looked up. */
export interface TlbCounts {
  lookups: number;
  hits: number;
  misses: number;
}

/** What a machine has counted since it was created. */
export interface AddressSpaceCounters {
  /** Accesses by kind, also those that ended in a signal. One of more than 4096 bytes counts once for each page. */
  accesses: { reads: number; writes: number; fetches: number };
  /** The L1 TLBs look up each page of an access; the STLB, what they miss. */
  tlbs: { l1i: TlbCounts; l1d: TlbCounts; stlb: TlbCounts };
  /** Page walks for what the STLB missed, and the entries that they read. */
  walks: { count: number; references: number };
  /**
   * minor: a page came that needed nothing but a frame; of these, copyOnWrite: it was copied. major: it came back from
   * swap. protection and generalProtection: SIGSEGV after a page fault, and after a general protection.
   */
  faults: { minor: number; copyOnWrite: number; major: number; protection: number; generalProtection: number };
  /** Pages that were taken out of memory, and those of them that were written to swap. */
  evictions: number;
  writebacks: number;
  /** What is in use now: frames of 4 KiB with pages of programs, frames with page tables, and slots of swap. */
  inUse: { frames: number; tables: number; swapSlots: number };
}

/**
 * What `kernel` has counted.
 * @internal
 */
export function countersOf(kernel: AddressSpaceKernel): AddressSpaceCounters {
  const counters = kernel.counters();
  const tlb = (lookups: number, misses: number): TlbCounts => ({ lookups, hits: lookups - misses, misses });
  return {
    accesses: { reads: counters.loads, writes: counters.stores, fetches: counters.fetches },
    tlbs: {
      l1i: tlb(counters.fetchReferences, counters.l1iMisses),
      l1d: tlb(counters.dataReferences, counters.l1dMisses),
      stlb: tlb(counters.stlbLookups, counters.stlbMisses),
    },
    walks: { count: counters.walks, references: walkReferences(counters) },
    faults: {
      minor: counters.minorFaults,
      copyOnWrite: counters.copyOnWrites,
      major: counters.majorFaults,
      protection: counters.protections,
      generalProtection: counters.generalProtections,
    },
    evictions: counters.evictions,
    writebacks: counters.writebacks,
    inUse: { frames: kernel.programFrames(), tables: kernel.tableFrames(), swapSlots: kernel.swapSlots() },
  };
}
