/** What a trace is, without a machine. */
import { PAGE_SIZES } from "./config/types.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { accessesOf, replay, summarize } from "./replay.ts";
import { hexAddress } from "./report/format.ts";
import { perSecond } from "./report/metrics.ts";
import type { InfoResult } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** Reads `trace` to its end and tells what it holds. Rejects as `simulate()` does. */
export async function info(trace: Trace, options: JobOptions = {}): Promise<InfoResult> {
  const kernel = await Kernel.create();
  if (trace.selection.warmup > 0) throw new ConfigError("warmup", trace.selection.warmup, "0: info simulates nothing");
  kernel.configureSurvey("all", {}, readingOf(trace));
  const startMs = performance.now();
  const bytes = await replay(trace, kernel, () => kernel.survey(kernel.gatherReferences()), options);
  const footprint = PAGE_SIZES.map((pageSize) => ({
    pageSize,
    pages: kernel.touchedPages("all", pageSize),
    codePages: kernel.touchedPages("fetch", pageSize),
    dataPages: kernel.touchedPages("data", pageSize),
  }));
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  const counters = kernel.counters();
  const summary = summarize(trace, counters);
  const touched = (footprint[0]?.pages ?? 0) > 0 ? kernel.touchedRange() : null;
  return {
    schema: "pagewalk/info@1",
    version: VERSION,
    trace: { ...summary, storedBytes: trace.storedBytes, bytes },
    accesses: accessesOf(counters),
    references: { fetch: counters.fetchReferences, data: counters.dataReferences },
    footprint,
    addresses: {
      lowest: touched && hexAddress(touched.lowest),
      highest: touched && hexAddress(touched.highest),
    },
    straddling: counters.straddles,
    nonCanonical: counters.generalProtections,
    time: { seconds: elapsedSeconds, recordsPerSecond: perSecond(summary.records, elapsedSeconds) },
  };
}
