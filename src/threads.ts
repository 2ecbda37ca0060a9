/** Which threads a trace tells of. */
import { SELECT_ALL } from "./config/selection.ts";
import { readingOf } from "./decoding.ts";
import { TraceError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { replay } from "./replay.ts";
import type { Trace } from "./trace/trace.ts";

/** Threads that are told apart: with more, what says which is taken for damaged. */
const MAX_THREADS = 1 << 16;

/** A thread, and the records that the trace has of it. */
export interface TraceThread {
  tid: bigint;
  /** Of its process; 0 where the format does not tell. */
  pid: bigint;
  records: number;
}

/**
 * Reads all of `trace` and lists its threads with records, in the order of their first; none if the format tells of
 * none. What `trace` selects has no part in it. Rejects as `simulate()` does.
 */
export async function threadsOf(trace: Trace, options: JobOptions = {}): Promise<TraceThread[]> {
  const kernel = await Kernel.create();
  kernel.configureEntries({ ...readingOf(trace), selection: SELECT_ALL });
  const threads = new Map<bigint, TraceThread>();
  let current: TraceThread | null = null;
  const look = () => {
    for (const { thread, records } of kernel.threadRuns()) {
      if (thread !== null) {
        current = threads.get(thread.tid) ?? { ...thread, records: 0 };
        threads.set(thread.tid, current);
        if (threads.size > MAX_THREADS) {
          throw new TraceError(
            `tells of more than ${MAX_THREADS} threads; is it damaged?`,
            trace,
            undefined,
            "bad-record",
          );
        }
      }
      if (current !== null) current.records += records;
    }
  };
  await replay(trace, kernel, look, options);
  return [...threads.values()].filter(({ records }) => records > 0);
}
