/**
 * Records of each thread of a trace that tells of threads: the first MAX_THREADS by id, the others together.
 *
 *   0            8           16        byte
 *   ├────────────┼───────────┼─────────┤
 *   │ process id │ thread id │ records │
 *   └────────────┴───────────┴─────────┘
 */
import { HASH_MULTIPLIER } from "../hash";

export const CENSUS_THREAD_BYTES: u32 = 24;
const MAX_THREADS: u32 = 1024;
const THREADS: usize = memory.data(1024 * 24, 8);
/** A hash table of numbers of threads, plus 1; a collision goes to the next. */
const SLOTS_LOG2: u32 = 12;
const SLOTS: usize = memory.data(2 << 12, 8);

let threads: u32 = 0;
/** Where the records of the thread that runs are counted: 0 before the first is named. */
let current: usize = 0;
let beyond: u64 = 0;
/** There is no room for the thread that runs. */
let isBeyond: bool = false;

export function resetThreads(): void {
  threads = 0;
  current = 0;
  beyond = 0;
  isBeyond = false;
  memory.fill(SLOTS, 0, (<usize>2) << SLOTS_LOG2);
}

/** What comes is of that thread. */
export function switchThread(pid: u64, tid: u64): void {
  let slot = <u32>(((tid ^ (pid << 32)) * HASH_MULTIPLIER) >> <u64>(64 - SLOTS_LOG2));
  for (; ; slot = (slot + 1) & ((1 << SLOTS_LOG2) - 1)) {
    const at = SLOTS + ((<usize>slot) << 1);
    const number = <u32>load<u16>(at);
    if (number == 0) {
      isBeyond = threads == MAX_THREADS;
      if (isBeyond) return;
      current = THREADS + <usize>(threads++ * CENSUS_THREAD_BYTES);
      store<u64>(current, pid);
      store<u64>(current, tid, 8);
      store<u64>(current, 0, 16);
      store<u16>(at, <u16>threads);
      return;
    }
    const thread = THREADS + <usize>((number - 1) * CENSUS_THREAD_BYTES);
    if (load<u64>(thread) != pid || load<u64>(thread, 8) != tid) continue;
    isBeyond = false;
    current = thread;
    return;
  }
}

/** Counts `records` of the thread that runs. Those before the first thread is named are of none. */
export function countThreadRecords(records: u64): void {
  if (isBeyond) beyond += records;
  else if (current != 0) store<u64>(current, load<u64>(current, 16) + records, 16);
}

export function censusThreads(): u32 {
  return threads;
}

/** Address of the first of censusThreads() threads, in the order of their first appearance. */
export function censusThreadsAddress(): usize {
  return THREADS;
}

/** Records of threads for which there was no room. */
export function censusRecordsBeyond(): u64 {
  return beyond;
}
