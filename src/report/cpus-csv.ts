/** CPUs that were compared, as CSV: one row for each CPU of each trace. */
import { cpuTotals } from "./cpus-report.ts";
import { tellThreads, traceColumns } from "./csv.ts";
import { type Row, toCsv } from "./csv-lines.ts";
import { missRatio } from "./metrics.ts";
import { pageSizeName } from "./page-words.ts";
import type { CpusResult } from "./results.ts";

export function cpusCsv(results: readonly CpusResult[]): string {
  const areOfThreads = tellThreads(results);
  const rows = results.flatMap(({ trace, cpus }) =>
    cpus.map((result): Row => {
      const { l1i, l1d, below, walksPerThousand, walkReferencesPerThousand } = cpuTotals(result);
      const ratio = ({ lookups, hits }: typeof l1i) => missRatio(lookups - hits, lookups);
      return {
        ...traceColumns(trace),
        cpu: result.config.cpu,
        pageSize: pageSizeName(result.config),
        l1iLookups: l1i.lookups,
        l1iMisses: l1i.lookups - l1i.hits,
        l1iMissRatio: ratio(l1i),
        l1dLookups: l1d.lookups,
        l1dMisses: l1d.lookups - l1d.hits,
        l1dMissRatio: ratio(l1d),
        l1Misses: below.lookups,
        walks: result.walks.count,
        walkReferences: result.walks.references,
        walksPerThousandInstructions: walksPerThousand,
        walkReferencesPerThousandInstructions: walkReferencesPerThousand,
        setDirtyWalks: result.walks.setDirty,
        setDirtyReferences: result.walks.setDirtyReferences,
        minorFaults: result.faults.minor,
        weakestSource: result.config.cpuSources?.weakest,
        ...(areOfThreads ? { thread: trace.thread } : {}),
      };
    }),
  );
  return toCsv(rows);
}
