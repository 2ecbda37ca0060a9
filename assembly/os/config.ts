/** The options of the operating system, as the host writes them before it configures a replay. */
@final
@unmanaged
export class OsConfig {
  /** Records after which another process runs, where there is one trace; 0: never. */
  switchEvery: u64;
  /** Level of the leaves that first touch makes where a mapping does not say: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
  leafLevel: u32;
  /** Whether translations are tagged with PCIDs: 0 or 1. */
  pcids: u32;
  /** Whether munmap and mprotect that the trace tells of are obeyed: 0 or 1. */
  obeysCalls: u32;
  /** Whether the timeline says what is mapped: 0, everything is; or 1. */
  hasMaps: u32;
  /** Changes of mappings in the timeline. */
  changes: u32;
  /** Whether some pages may be larger than leafLevel says: 0 or 1. */
  mixesSizes: u32;
  /** Whether the kernel has page tables of its own: 0 or 1. */
  kpti: u32;
  /** Traces that are replayed in turn; 0 or 1: one. */
  traces: u32;
  /** Frames for pages of programs; 0: no limit. */
  memoryFrames: u64;
  /** Slots of swap, of a page each; OS_NO_LIMIT: as many as are needed. */
  swapSlots: u32;
  /** A RECLAIM_ (reclaim/ids.ts). */
  reclaim: u32;
  /** Begins what is chosen at random. */
  seed: u32;
  /** Whether frames of programs have bytes: 0 or 1. Not written by the host: see configureProcesses(). */
  bytes: u32;
  /** Whether the uses of pages are listed (uses.ts): 0 or 1. Then there is no limit. */
  listsUses: u32;
  /** Whether huge pages are transparent (huge.ts): 0 or 1. */
  transparent: u32;
  /** The share of requests for a 2 MiB block that are answered, 0..1. */
  blockShare: f64;
  /** Begins the random numbers that decide which. */
  blockSeed: u32;
  /** Present pages of a 2 MiB part, 1..512, from which on a pass promotes it. */
  promotedPages: u32;
  /** Records between two such passes; 0: there are none. */
  promotedEvery: u64;
}

export const OS_NO_LIMIT: u32 = 0x7fff_ffff;

const address: usize = memory.data(offsetof<OsConfig>(), 8);
export const osConfig = changetype<OsConfig>(address);

/** Address of the options; all 0 after this call. */
export function clearOsConfig(): usize {
  memory.fill(address, 0, offsetof<OsConfig>());
  return address;
}

export const OS_LEAF_LEVEL: u32 = offsetof<OsConfig>("leafLevel");
export const OS_PCIDS: u32 = offsetof<OsConfig>("pcids");
export const OS_OBEYS_CALLS: u32 = offsetof<OsConfig>("obeysCalls");
export const OS_CHANGES: u32 = offsetof<OsConfig>("changes");
export const OS_HAS_MAPS: u32 = offsetof<OsConfig>("hasMaps");
export const OS_SWITCH_EVERY: u32 = offsetof<OsConfig>("switchEvery");
export const OS_KPTI: u32 = offsetof<OsConfig>("kpti");
export const OS_TRACES: u32 = offsetof<OsConfig>("traces");
export const OS_MIXES_SIZES: u32 = offsetof<OsConfig>("mixesSizes");
export const OS_MEMORY_FRAMES: u32 = offsetof<OsConfig>("memoryFrames");
export const OS_SWAP_SLOTS: u32 = offsetof<OsConfig>("swapSlots");
export const OS_RECLAIM: u32 = offsetof<OsConfig>("reclaim");
export const OS_SEED: u32 = offsetof<OsConfig>("seed");
export const OS_LISTS_USES: u32 = offsetof<OsConfig>("listsUses");
export const OS_TRANSPARENT: u32 = offsetof<OsConfig>("transparent");
export const OS_BLOCK_SHARE: u32 = offsetof<OsConfig>("blockShare");
export const OS_BLOCK_SEED: u32 = offsetof<OsConfig>("blockSeed");
export const OS_PROMOTED_PAGES: u32 = offsetof<OsConfig>("promotedPages");
export const OS_PROMOTED_EVERY: u32 = offsetof<OsConfig>("promotedEvery");
