/**
 * Prefetching of translations: each miss of the last level of TLBs trains a prefetcher (prefetchers/), and the pages that it predicts
 * are walked to, into a buffer that is looked up where those TLBs missed. The buffer is a TLB of the path like others
 * (tlbs.ts), but that nothing else fills it, and what is hit in it moves up as after a walk.
 *
 * A prefetch never faults and never maps: a walk that finds no page has no effect at all. One that finds a page sets A in
 * every entry that it read, and not D, since the processor caches no translation whose entries do not have A set (SDM Vol. 3A,
 * "Accessed and Dirty Flags" and "Details of TLB Use"); it uses and fills paging-structure caches as any walk. So an operating system
 * that looks for pages by A sees prefetched ones as used.
 */
import { place } from "../arena";
import { NO_PC } from "../attribution/index";
import { osConfig } from "../os/config";
import { registers } from "../processor/registers";
import { result } from "../processor/result";
import { REASON_NONE } from "../processor/rights";
import { commitWalk, walk, walked } from "../processor/walk";
import { levelOf, shiftOf } from "../processor/entries";
import { tagOfPage } from "../processor/keys";
import { predict, prefetcherBytes, resetPrefetcher } from "../prefetchers/index";
import { predictedPage } from "../prefetchers/predicted";
import { NO_KEY } from "../tlb";
import { TlbArray } from "./array";
import { arrayAt, fillTable, find, peekTable, touchTableUncounted } from "./tlbs";

@final
@unmanaged
class PrefetchConfig {
  /** A PREFETCH_ (prefetchers/index.ts), or 0: none. */
  prefetcher: u32;
  /** Pages that it predicts at most, 1 to MAX_DEGREE. */
  degree: u32;
  /** Rows of its table. */
  rows: u32;
  /** Number of the array that is the buffer. */
  array: u32;
}

@final
@unmanaged
class PrefetchCounts {
  predictions: u64;
  walks: u64;
  walkReferences: u64;
  issued: u64;
  misses: u64;
  missesOfNoPc: u64;
}

const address: usize = memory.data(offsetof<PrefetchConfig>(), 8);
const config = changetype<PrefetchConfig>(address);
const counts = changetype<PrefetchCounts>(memory.data(offsetof<PrefetchCounts>(), 8));
let state: usize = 0;
let pc: u64 = NO_PC;

/** Address of the options; all 0 after this call: no prefetcher. */
export function clearPrefetchConfig(): usize {
  memory.fill(address, 0, offsetof<PrefetchConfig>());
  return address;
}

/** Starts with nothing learned and nothing counted. False if there is no memory left. */
export function startPrefetcher(): bool {
  const c = config;
  memory.fill(changetype<usize>(counts), 0, offsetof<PrefetchCounts>());
  pc = NO_PC;
  if (c.prefetcher == 0) return true;
  const bytes = prefetcherBytes(c.prefetcher, c.rows, c.degree);
  state = place(<usize>max(bytes, 8));
  if (state == 0) return false;
  resetPrefetcher(c.prefetcher, state, c.rows, c.degree);
  return true;
}

/** What comes is of the instruction at `address`. */
export function atInstruction(address: u64): void {
  pc = address;
}

/** The page of `va` was missed by all TLBs of the path from `path`, and has been translated since. */
export function prefetchAfter(va: u64, path: usize): void {
  const c = config;
  counts.misses++;
  if (pc == NO_PC) counts.missesOfNoPc++;
  const shift = <u64>shiftOf(osConfig.leafLevel);
  const count = predict(c.prefetcher, state, c.rows, c.degree, va >> shift, pc);
  counts.predictions += <u64>count;
  for (let index: u32 = 0; index < count; index++) {
    const page = predictedPage(index);
    const target = page << shift;
    if (target >> shift == page && registers.isCanonical(target)) prefetch(target, path);
  }
}

/** Walks to the page of `va`, unless a TLB of the path, or the buffer, has it. */
function prefetch(va: u64, path: usize): void {
  if (find(va, path)) return;
  walk<PrefetchCaches>(va);
  if (walked.missing) return;
  counts.walks++;
  counts.walkReferences += <u64>(walked.firstLevel - walked.level + 1);
  if (walked.reason != REASON_NONE) return;
  const steps = result.steps;
  const translation = commitWalk<PrefetchCaches>(va, false);
  result.steps = steps; // these are no steps of the access
  const buffer = arrayAt(config.array);
  buffer.putPage(va, tagOfPage(translation), levelOf(translation), translation, 0);
  counts.issued++;
}

/** The caches of a hierarchy as walks of prefetches use them: they count nothing that is of accesses. */
@final
@unmanaged
class PrefetchCaches {
  @inline
  peekStructure(level: u32, va: u64): u64 {
    return peekTable(level, va);
  }

  @inline
  touchStructure(level: u32, va: u64): void {
    touchTableUncounted(level, va);
  }

  @inline
  fillStructure(level: u32, va: u64, translation: u64): void {
    fillTable(level, va, translation);
  }

  @inline
  readEntry(_level: u32, _address: u64): void {}
}

// Counts that the host reads, which are below 2^53.
export function prefetchPredictions(): f64 {
  return <f64>counts.predictions;
}

export function prefetchWalks(): f64 {
  return <f64>counts.walks;
}

export function prefetchWalkReferences(): f64 {
  return <f64>counts.walkReferences;
}

/** Translations that were put into the buffer. */
export function prefetchIssued(): f64 {
  return <f64>counts.issued;
}

/** Translations that are in the buffer. */
export function prefetchHeld(): u32 {
  if (config.prefetcher == 0) return 0;
  const buffer: TlbArray = arrayAt(config.array);
  let held: u32 = 0;
  for (let entry: u32 = 0; entry < buffer.entries; entry++) if (buffer.key(entry) != NO_KEY) held++;
  return held;
}

/** Whether there were misses, and the trace told of none of them which instruction it was. */
export function prefetchLacksPc(): bool {
  return counts.misses != 0 && counts.missesOfNoPc == counts.misses;
}

export const PREFETCH_PREFETCHER: u32 = offsetof<PrefetchConfig>("prefetcher");
export const PREFETCH_DEGREE: u32 = offsetof<PrefetchConfig>("degree");
export const PREFETCH_ROWS: u32 = offsetof<PrefetchConfig>("rows");
export const PREFETCH_ARRAY: u32 = offsetof<PrefetchConfig>("array");
