/** What the host may use of the operating system. */
export {
  FAULT_NON_CANONICAL,
  bytesBuffer,
  hitFetch16,
  hitFetch32,
  hitLoad16,
  hitLoad32,
  hitLoad8,
  hitLoadAt,
  hitStore16,
  hitStore32,
  hitStore8,
  hitStoreAt,
  judgeBytes,
  moveBytes,
  moveBytesAt,
  stoppedAddress,
} from "./bytes";
export {
  exitProcess,
  forkProcess,
  mapPages,
  protectPages,
  startProcess,
  switchToProcess,
  unmapPages,
} from "./calls";
export {
  OS_BLOCK_SEED,
  OS_BLOCK_SHARE,
  OS_CHANGES,
  OS_HAS_MAPS,
  OS_KPTI,
  OS_LEAF_LEVEL,
  OS_LISTS_USES,
  OS_MEMORY_FRAMES,
  OS_MIXES_SIZES,
  OS_NO_LIMIT,
  OS_OBEYS_CALLS,
  OS_PCIDS,
  OS_PROMOTED_EVERY,
  OS_PROMOTED_PAGES,
  OS_RECLAIM,
  OS_SEED,
  OS_SWAP_SLOTS,
  OS_SWITCH_EVERY,
  OS_TRACES,
  OS_TRANSPARENT,
  clearOsConfig,
} from "./config";
export { configureProcesses } from "./configure";
export { FAULT_FORBIDDEN, FAULT_NOT_MAPPED, FAULT_NO_TABLES, FAULT_OUT_OF_MEMORY, FAULT_RESOLVED } from "./fault";
export {
  SERIES_DATA_REFERENCES,
  SERIES_END_BYTES,
  SERIES_FETCH_REFERENCES,
  SERIES_GENERAL_PROTECTIONS,
  SERIES_L1D_MISSES,
  SERIES_L1I_MISSES,
  SERIES_MAJOR_FAULTS,
  SERIES_MINOR_FAULTS,
  SERIES_PROTECTIONS,
  SERIES_STLB_MISSES,
  SERIES_WALK_REFERENCES,
  clearSeriesEnds,
  seriesEnds,
  seriesEndsAddress,
  startIntervals,
} from "./intervals";
export { mappedPages } from "./leaves";
export { programFrames, tableFrames } from "./physical";
export { mostProcesses, processCount } from "./process";
export {
  VMA_FIRST,
  VMA_FLAGS,
  VMA_LAST,
  VMA_NAME,
  freePages,
  pagesAreFree,
  pagesAreMapped,
  vmaAddress,
  vmaCount,
  vmaOfPage,
} from "./ranges";
export { replayedBytes, takeTurn } from "./replay";
export {
  RECLAIM_FIFO,
  RECLAIM_LRU,
  RECLAIM_OPT,
  RECLAIM_RANDOM,
  RECLAIM_SECOND_CHANCE,
} from "./reclaim/ids";
export {
  SIGNAL_ADDRESS,
  SIGNAL_ANSWER,
  SIGNAL_BYTES,
  SIGNAL_KIND,
  SIGNAL_RECORD,
  signalCount,
  signalsAddress,
} from "./signals";
export {
  CHANGE_BYTES,
  CHANGE_CHANGE,
  CHANGE_FIRST,
  CHANGE_FLAGS,
  CHANGE_LAST,
  CHANGE_LEVEL,
  CHANGE_MAP,
  CHANGE_NAME,
  CHANGE_PROTECT,
  CHANGE_RECORD,
  CHANGE_UNMAP,
  setTraceChanges,
  timelineAddress,
} from "./timeline";
export { slotsInUse } from "./swap";
export { usesAddress, usesCount, usesRoom } from "./uses";
export { VMA_ANONYMOUS, VMA_LEVEL_MASK, VMA_LEVEL_SHIFT, VMA_SHARED } from "./vmas";
