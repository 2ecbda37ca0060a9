/** What a trace is, without a machine, and what is wrong with it. */
import { PAGE_SIZES } from "./config/types.ts";
import { decodeHere, readingOf } from "./decoding.ts";
import { guessArchitecture } from "./doctor/architecture.ts";
import { infoError } from "./doctor/info-error.ts";
import { type NoteEvidence, notesOn } from "./doctor/notes.ts";
import type { ObservedBytes } from "./doctor/observed-bytes.ts";
import { regionsOf } from "./doctor/regions.ts";
import { reuseOf, workingSetOf } from "./doctor/reuse.ts";
import { ConfigError, TraceError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import type { PageCounts } from "./kernel/census.ts";
import { Kernel } from "./kernel/kernel.ts";
import { accessesOf, replay, summarize } from "./replay.ts";
import { hexAddress } from "./report/format.ts";
import { perSecond } from "./report/metrics.ts";
import type { InfoResult, TraceSummary } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** Reads `trace` to its end and tells what it holds. Rejects as `simulate()` does. */
export async function info(trace: Trace, options: JobOptions = {}): Promise<InfoResult> {
  const { result, error } = await examine(trace, options);
  if (error !== null) throw error;
  return result;
}

/** What a trace holds, and what is wrong with it, if something is. */
export interface Examination {
  /** Of a bad trace, what stands before the error; `complete` is then false. */
  result: InfoResult;
  error: TraceError | null;
}

/**
 * As `info()`, but of a bad trace it resolves with what is known up to the error, which is in the result, too. Rejects
 * with ConfigError, KernelError and the signal's reason.
 */
export async function examine(trace: Trace, options: JobOptions = {}): Promise<Examination> {
  const kernel = await Kernel.create();
  if (trace.selection.warmup > 0) throw new ConfigError("warmup", trace.selection.warmup, "0: info simulates nothing");
  kernel.configureCensus(readingOf(trace));
  const decoding = decodeHere(trace, kernel);
  const startMs = performance.now();
  let error: TraceError | null = null;
  try {
    await replay(trace, kernel, () => kernel.takeCensus(), options, decoding);
  } catch (thrown) {
    if (!(thrown instanceof TraceError)) throw thrown;
    error = thrown;
  }
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const { observed, position } = decoding;
  return { result: resultOf(trace, kernel, position.bytes, observed, error, elapsedSeconds), error };
}

function resultOf(
  trace: Trace,
  kernel: Kernel,
  bytes: number,
  observed: ObservedBytes | null,
  error: TraceError | null,
  elapsedSeconds: number,
): InfoResult {
  const counters = kernel.counters();
  const census = kernel.census();
  const { pages } = census;
  const summary = summarize(trace, counters);
  const references = { fetch: counters.fetchReferences, data: counters.dataReferences };
  const accesses = accessesOf(counters);
  const regions = regionsOf(pages);
  const architecture = guessArchitecture(pages, { ...census, fetches: accesses.fetch });
  const [first = 0, last = 0] = [pages.numbers[0], pages.numbers.at(-1)];
  return {
    schema: "pagewalk/info@1",
    version: VERSION,
    complete: error === null,
    trace: {
      ...summary,
      storedBytes: trace.storedBytes,
      bytes,
      ...(counters.firstDamagedLine > 0 ? { firstDamagedLine: counters.firstDamagedLine } : {}),
    },
    accesses,
    references,
    footprint: footprintOf(pages),
    addresses: {
      lowest: pages.numbers.length > 0 ? hexAddress(BigInt(first) << 12n) : null,
      highest: pages.numbers.length > 0 ? hexAddress(BigInt(last) << 12n) : null,
    },
    straddling: counters.straddles,
    nonCanonical: counters.generalProtections,
    lineStraddling: census.lineStraddles,
    sizes: census.sizes,
    architecture,
    threads: census.threads?.map(({ pid, tid, records }) => ({ pid: String(pid), tid: String(tid), records })) ?? null,
    unlistedThreadRecords: census.recordsBeyond,
    reuse: [reuseOf("fetch", references.fetch, census.fetchReuse), reuseOf("data", references.data, census.dataReuse)],
    workingSet:
      census.gaps === null ? null : workingSetOf(references.fetch + references.data, census.gaps, pages.latest),
    regions,
    notes: notesOn({
      ...census,
      architecture,
      regions: regions.ranges,
      isVirtual: trace.format.isVirtual ?? false,
      fetches: accesses.fetch,
      data: accesses.load + accesses.store + accesses.modify,
      lines: trace.format.isText ? linesOf(summary, observed) : null,
      trailingZeros: observed?.trailingZeros ?? 0,
    }),
    error: error === null ? null : infoError(error, observed?.head ?? null),
    time: { seconds: elapsedSeconds, recordsPerSecond: perSecond(summary.records, elapsedSeconds) },
  };
}

/** Pages of each size that hold `pages`. */
function footprintOf({ numbers, isCode, isData }: PageCounts): InfoResult["footprint"] {
  return PAGE_SIZES.map((pageSize, index) => {
    const smallPages = 512 ** index;
    const counts = { pages: 0, codePages: 0, dataPages: 0 };
    let current = -1;
    let hasCode = false;
    let hasData = false;
    for (let at = 0; at < numbers.length; at++) {
      const page = Math.floor((numbers[at] ?? 0) / smallPages);
      if (page !== current) {
        current = page;
        hasCode = false;
        hasData = false;
        counts.pages++;
      }
      if (!hasCode && isCode[at] === 1) counts.codePages++;
      if (!hasData && isData[at] === 1) counts.dataPages++;
      hasCode ||= isCode[at] === 1;
      hasData ||= isData[at] === 1;
    }
    return { pageSize, ...counts };
  });
}

/** What notes ask of the lines of a text. */
function linesOf(
  { records, skippedLines, damagedLines = 0 }: TraceSummary,
  observed: ObservedBytes | null,
): NoteEvidence["lines"] {
  const newline = observed?.head.indexOf(10) ?? -1;
  const endInCarriageReturn = newline > 0 && observed?.head[newline - 1] === 13;
  return { records, skipped: skippedLines, damaged: damagedLines, endInCarriageReturn };
}
