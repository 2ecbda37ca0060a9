/** Reads a trace through decoders, batch by batch, with progress and cancellation. What every job shares. */

import { type ResolvedSelection, selectsAll } from "./config/selection.ts";
import { type Decoding, decodeHere } from "./decoding.ts";
import { TraceError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import type { Counters, Kernel } from "./kernel/kernel.ts";
import { missRatio, mpki } from "./report/metrics.ts";
import type { RunResult, TlbResult, TraceSummary } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";

/** Milliseconds of work between two looks at the signal. */
const TURN_MS = 50;
const PROGRESS_MS = 100;

/**
 * Decodes all of `trace` for `kernel`, which was configured for a job, and calls `consume` after each piece, when the
 * batch holds its records. Resolves with the decompressed bytes read. Rejects with TraceError where the trace is bad or
 * holds no record that counts, and with the signal's reason when that fires. `endWarmup` is called when the warm-up of the
 * trace's selection has been consumed.
 */
export async function replay(
  trace: Trace,
  kernel: Kernel,
  consume: () => void | Promise<void>,
  options: JobOptions = {},
  decoding: Decoding = decodeHere(trace, kernel),
  endWarmup: () => void | Promise<void> = () => undefined,
): Promise<number> {
  for await (const _ of replaying(trace, kernel, options, decoding, endWarmup)) {
    const consuming = consume();
    if (consuming !== undefined) await consuming;
  }
  return decoding.position.bytes;
}

/** The same for who asks for the pieces: yields how many records each has, when the batch holds them. */
export async function* replaying(
  trace: Trace,
  kernel: Kernel,
  { signal, onProgress }: JobOptions = {},
  decoding: Decoding = decodeHere(trace, kernel),
  endWarmup: () => void | Promise<void> = () => undefined,
): AsyncGenerator<number, void> {
  signal?.throwIfAborted();
  const reader = await trace.open(kernel.wants());
  const { position } = decoding;
  let records = 0;
  let isWarm = kernel.isWarm();
  let counted = 0;
  let turnEnds = performance.now() + TURN_MS;
  let progressDue = performance.now() + PROGRESS_MS;
  const report = () => onProgress?.({ consumedBytes: position.consumedBytes, storedBytes: trace.storedBytes, records });
  try {
    for await (const batchRecords of decoding.batches(reader)) {
      records += batchRecords;
      yield batchRecords;
      if (isWarm) {
        counted += batchRecords;
      } else if (kernel.isWarm()) {
        isWarm = true;
        if (trace.selection.warmup > 0) await endWarmup();
      }
      const now = performance.now();
      if (now < turnEnds) continue;
      if (now >= progressDue) {
        report();
        progressDue = now + PROGRESS_MS;
      }
      await eventTurn();
      signal?.throwIfAborted();
      turnEnds = performance.now() + TURN_MS;
    }
    // What ended a pipe may have been meant for this process, too: the signal is delivered now.
    await eventTurn();
    signal?.throwIfAborted();
    if (counted === 0) {
      const { skip, warmup } = trace.selection;
      const likelyCause = skip + warmup > 0 ? "shorter-than-window" : null;
      const reason = nothingCounted(trace, position.bytes, records);
      throw new TraceError(reason, trace, undefined, "no-records", { likelyCause });
    }
    report();
  } catch (error) {
    throw placed(error, selectsAll(trace.selection) ? records + 1 : null, position.bytes);
  } finally {
    await reader.close();
  }
}

/** What results say of a trace, from the counters of the kernel that read it. */
export function summarize(trace: Trace, counters: Counters): TraceSummary {
  return {
    path: trace.path,
    format: trace.format.name,
    compression: trace.compression,
    records: counters.fetches + counters.loads + counters.stores + counters.modifies,
    instructions: counters.instructions,
    skippedLines: counters.skippedLines,
    ...(counters.damagedLines > 0 ? { damagedLines: counters.damagedLines } : {}),
    ...(trace.format.isSampled ? { sampled: true as const } : {}),
    ...selectionOf(trace.selection),
  };
}

function selectionOf({
  unit,
  skip,
  warmup,
  limit,
  thread,
}: ResolvedSelection): Pick<TraceSummary, "window" | "thread"> {
  const isWhole = skip === 0 && warmup === 0 && limit === Number.POSITIVE_INFINITY;
  return {
    ...(isWhole ? {} : { window: { unit, skip, warmup, limit: limit === Number.POSITIVE_INFINITY ? null : limit } }),
    ...(thread === null ? {} : { thread: String(thread) }),
  };
}

/** Records by kind. */
export function accessesOf(counters: Counters): RunResult["accesses"] {
  return { fetch: counters.fetches, load: counters.loads, store: counters.stores, modify: counters.modifies };
}

/** What results say of one TLB. */
export function tlbResult(
  name: TlbResult["name"],
  { entries, ways, policy }: Pick<TlbResult, "entries" | "ways" | "policy">,
  lookups: number,
  misses: number,
  instructions: number,
): TlbResult {
  return {
    name,
    entries,
    ways,
    policy,
    lookups,
    hits: lookups - misses,
    misses,
    missRatio: missRatio(misses, lookups),
    mpki: mpki(misses, instructions),
  };
}

/** An error of the trace's bytes, which know no records, with how far the reading had come; any other as it is. */
function placed(error: unknown, record: number | null, byteOffset: number): unknown {
  if (!(error instanceof TraceError) || error.code === "no-records" || error.record !== null) return error;
  const at = { path: error.path, record, byteOffset: error.byteOffset ?? byteOffset, storedOffset: error.storedOffset };
  return new TraceError(error.reason, at, error.cause, error.code, error);
}

const THREADS_ARE_TOLD = "; pagewalk info tells which threads a trace has, if its format has any";

/** Why a trace of `bytes` bytes, with `records` records before the counted ones, has nothing to be counted. */
function nothingCounted({ format, selection }: Trace, bytes: number, records: number): string {
  const { skip, warmup, unit, thread } = selection;
  const of = thread === null ? "" : ` of thread ${thread}`;
  if (skip + warmup === 0) {
    return `has no ${format.name} record${of} in its ${bytes} bytes${thread === null ? "" : THREADS_ARE_TOLD}`;
  }
  const before = `${skip} ${unit} to skip${warmup > 0 ? ` and ${warmup} to warm up` : ""}`;
  return `has no record${of} after the ${before}: it ends before${records > 0 ? `, in the warm-up (${records} records)` : ""}`;
}

/** Lets timers, messages and signals be handled. setTimeout would wait a millisecond or more. */
function eventTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
