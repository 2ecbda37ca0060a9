/**
 * What a run counts. All u64, little-endian, in memory at countersAddress(); the host reads each field at the offset
 * exported here.
 */
@final
@unmanaged
class Counters {
  // Records by kind.
  fetches: u64;
  loads: u64;
  stores: u64;
  modifies: u64;
  /** Of which the trace tells, fetched or not. */
  instructions: u64;
  // References, one for each 4 KiB page that a record touches.
  fetchReferences: u64;
  dataReferences: u64;
  /** Of these, such that need write permission. */
  storeReferences: u64;
  // Lookups in the L1 TLBs are the references; a run adds up its own.
  l1iMisses: u64;
  l1dMisses: u64;
  stlbLookups: u64;
  stlbMisses: u64;
  // Walks for STLB misses, and the entries that they read.
  walks: u64;
  pml5eReads: u64;
  pml4eReads: u64;
  pdpteReads: u64;
  pdeReads: u64;
  pteReads: u64;
  /** Entries of a host's tables that they read, where they are of a guest: nested/counts.ts tells which. */
  hostReads: u64;
  // Walks for STLB misses that started below an entry of that paging-structure cache.
  pml5eHits: u64;
  pml4eHits: u64;
  pdpteHits: u64;
  pdeHits: u64;
  // Walks that only set D, and the entries that they read.
  setDirty: u64;
  setDirtyReads: u64;
  minorFaults: u64;
  /** Of these, those that copied a page which others have, too. */
  copyOnWrites: u64;
  /** Touches of pages that had been evicted. */
  majorFaults: u64;
  /** Records that ended in SIGSEGV after a page fault. */
  protections: u64;
  /** Frames whose page was taken away for another one, and those of them that were written to swap. */
  evictions: u64;
  writebacks: u64;
  /** Times that another process than before ran, and that the kernel did. */
  switches: u64;
  kernelEntries: u64;
  /** Changes of mappings that invalidated translations; pages of those that did it one by one, and how many flushed a process's all. */
  shootdowns: u64;
  invalidatedPages: u64;
  processFlushes: u64;
  /** Pages larger than 4 KiB that first touch made, parts that were made one page later, and large pages that were split. */
  hugePages: u64;
  promotions: u64;
  demotions: u64;
  /** Page faults that accesses of the processor ended in. */
  pageFaults: u64;
  generalProtections: u64;
  straddles: u64;
  // The decoder's own.
  skippedLines: u64;
  /** Of these, such that begin like a record; and the first of them, counted from 1, if entries were decoded. */
  damagedLines: u64;
  firstDamagedLine: u64;
  /** Events written: flushes, and ranges of pages unmapped. */
  flushes: u64;
  unmaps: u64;
  /** Records of the file of a binary format, whatever they tell. */
  formatRecords: u64;
  // Those of them that are no access, instruction or thread, as far as people may ask for them.
  prefetches: u64;
  cacheFlushes: u64;
  encodings: u64;
  markers: u64;
  /** Where decoding ended with an error: byte offset in the trace, and record and line (0: none) counted from 1. */
  errorOffset: u64;
  errorRecord: u64;
  errorLine: u64;
}

const address: usize = memory.data(offsetof<Counters>(), 8);
export const counters = changetype<Counters>(address);

/** All counts back to zero. */
export function resetCounters(): void {
  memory.fill(address, 0, offsetof<Counters>());
}

/** Entries that walks for STLB misses read, of all levels, and of a host's tables, too. */
export function walkReferences(): u64 {
  const upper = counters.pml5eReads + counters.pml4eReads + counters.pdpteReads;
  return upper + counters.pdeReads + counters.pteReads + counters.hostReads;
}

export const COUNTER_FETCHES: u32 = offsetof<Counters>("fetches");
export const COUNTER_LOADS: u32 = offsetof<Counters>("loads");
export const COUNTER_STORES: u32 = offsetof<Counters>("stores");
export const COUNTER_MODIFIES: u32 = offsetof<Counters>("modifies");
export const COUNTER_INSTRUCTIONS: u32 = offsetof<Counters>("instructions");
export const COUNTER_FETCH_REFERENCES: u32 = offsetof<Counters>("fetchReferences");
export const COUNTER_DATA_REFERENCES: u32 = offsetof<Counters>("dataReferences");
export const COUNTER_STORE_REFERENCES: u32 = offsetof<Counters>("storeReferences");
export const COUNTER_L1I_MISSES: u32 = offsetof<Counters>("l1iMisses");
export const COUNTER_L1D_MISSES: u32 = offsetof<Counters>("l1dMisses");
export const COUNTER_STLB_LOOKUPS: u32 = offsetof<Counters>("stlbLookups");
export const COUNTER_STLB_MISSES: u32 = offsetof<Counters>("stlbMisses");
export const COUNTER_WALKS: u32 = offsetof<Counters>("walks");
export const COUNTER_PML5E_READS: u32 = offsetof<Counters>("pml5eReads");
export const COUNTER_PML4E_READS: u32 = offsetof<Counters>("pml4eReads");
export const COUNTER_PDPTE_READS: u32 = offsetof<Counters>("pdpteReads");
export const COUNTER_PDE_READS: u32 = offsetof<Counters>("pdeReads");
export const COUNTER_PTE_READS: u32 = offsetof<Counters>("pteReads");
export const COUNTER_HOST_READS: u32 = offsetof<Counters>("hostReads");
export const COUNTER_PML5E_HITS: u32 = offsetof<Counters>("pml5eHits");
export const COUNTER_PML4E_HITS: u32 = offsetof<Counters>("pml4eHits");
export const COUNTER_PDPTE_HITS: u32 = offsetof<Counters>("pdpteHits");
export const COUNTER_PDE_HITS: u32 = offsetof<Counters>("pdeHits");
export const COUNTER_SET_DIRTY: u32 = offsetof<Counters>("setDirty");
export const COUNTER_SET_DIRTY_READS: u32 = offsetof<Counters>("setDirtyReads");
export const COUNTER_MINOR_FAULTS: u32 = offsetof<Counters>("minorFaults");
export const COUNTER_COPY_ON_WRITES: u32 = offsetof<Counters>("copyOnWrites");
export const COUNTER_MAJOR_FAULTS: u32 = offsetof<Counters>("majorFaults");
export const COUNTER_PROTECTIONS: u32 = offsetof<Counters>("protections");
export const COUNTER_EVICTIONS: u32 = offsetof<Counters>("evictions");
export const COUNTER_WRITEBACKS: u32 = offsetof<Counters>("writebacks");
export const COUNTER_SWITCHES: u32 = offsetof<Counters>("switches");
export const COUNTER_KERNEL_ENTRIES: u32 = offsetof<Counters>("kernelEntries");
export const COUNTER_SHOOTDOWNS: u32 = offsetof<Counters>("shootdowns");
export const COUNTER_INVALIDATED_PAGES: u32 = offsetof<Counters>("invalidatedPages");
export const COUNTER_PROCESS_FLUSHES: u32 = offsetof<Counters>("processFlushes");
export const COUNTER_HUGE_PAGES: u32 = offsetof<Counters>("hugePages");
export const COUNTER_PROMOTIONS: u32 = offsetof<Counters>("promotions");
export const COUNTER_DEMOTIONS: u32 = offsetof<Counters>("demotions");
export const COUNTER_PAGE_FAULTS: u32 = offsetof<Counters>("pageFaults");
export const COUNTER_GENERAL_PROTECTIONS: u32 = offsetof<Counters>("generalProtections");
export const COUNTER_STRADDLES: u32 = offsetof<Counters>("straddles");
export const COUNTER_SKIPPED_LINES: u32 = offsetof<Counters>("skippedLines");
export const COUNTER_DAMAGED_LINES: u32 = offsetof<Counters>("damagedLines");
export const COUNTER_FIRST_DAMAGED_LINE: u32 = offsetof<Counters>("firstDamagedLine");
export const COUNTER_FLUSHES: u32 = offsetof<Counters>("flushes");
export const COUNTER_UNMAPS: u32 = offsetof<Counters>("unmaps");
export const COUNTER_FORMAT_RECORDS: u32 = offsetof<Counters>("formatRecords");
export const COUNTER_PREFETCHES: u32 = offsetof<Counters>("prefetches");
export const COUNTER_CACHE_FLUSHES: u32 = offsetof<Counters>("cacheFlushes");
export const COUNTER_ENCODINGS: u32 = offsetof<Counters>("encodings");
export const COUNTER_MARKERS: u32 = offsetof<Counters>("markers");
export const COUNTER_ERROR_OFFSET: u32 = offsetof<Counters>("errorOffset");
export const COUNTER_ERROR_RECORD: u32 = offsetof<Counters>("errorRecord");
export const COUNTER_ERROR_LINE: u32 = offsetof<Counters>("errorLine");
