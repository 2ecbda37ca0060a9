/** What is said of CPUs that were compared on one trace. */
import { count, decimal, NOT_AVAILABLE, percentColumn, printable } from "./format.ts";
import { hitRate, mpki } from "./metrics.ts";
import { pageSizeName } from "./page-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { CpusResult, RunResult, TlbResult } from "./results.ts";

/** What one CPU did, whatever its TLBs are. */
export interface CpuTotals {
  /** Of the TLBs of level 1 that fetches, and data, look up; one that both look up is in both. */
  l1i: Lookups;
  l1d: Lookups;
  /** Of what missed in L1, what some TLB below answered: its hits; the walks are the misses. */
  below: Lookups;
  walksPerThousand: number | null;
  walkReferencesPerThousand: number | null;
}

interface Lookups {
  lookups: number;
  hits: number;
}

export function cpuTotals({ tlbs, walks, trace }: RunResult): CpuTotals {
  const first = tlbs.filter(({ name, level }) => (level === undefined ? name !== "STLB" : level === 1));
  const ofFetches = first.filter(({ name, kinds }) => kinds?.includes("fetch") ?? name === "L1I");
  const ofData = first.filter(({ name, kinds }) => kinds?.some((kind) => kind !== "fetch") ?? name === "L1D");
  const missed = first.reduce((sum, { misses }) => sum + misses, 0);
  return {
    l1i: sumOf(ofFetches),
    l1d: sumOf(ofData),
    below: { lookups: missed, hits: missed - walks.count },
    walksPerThousand: mpki(walks.count, trace.instructions),
    walkReferencesPerThousand: mpki(walks.references, trace.instructions),
  };
}

function sumOf(tlbs: readonly TlbResult[]): Lookups {
  const sum = (field: "lookups" | "hits") => tlbs.reduce((total, tlb) => total + tlb[field], 0);
  return { lookups: sum("lookups"), hits: sum("hits") };
}

/** A row for each CPU, in the order of the result. */
export function cpusTable({ cpus }: CpusResult): ResultTable {
  const totals = cpus.map(cpuTotals);
  const rates = (["l1i", "l1d", "below"] as const).map((of) =>
    percentColumn(totals.map((each) => hitRate(each[of].hits, each[of].lookups))),
  );
  const rows = cpus.map((result, index) => {
    const { walksPerThousand, walkReferencesPerThousand } = totals[index] as CpuTotals;
    return [
      printable(result.config.cpu),
      pageSizeName(result.config),
      ...rates.map((column) => column[index] ?? NOT_AVAILABLE),
      count(result.walks.count),
      count(result.walks.references),
      decimal(walksPerThousand, 3),
      decimal(walkReferencesPerThousand, 3),
      result.config.cpuSources?.weakest ?? "-",
    ];
  });
  return {
    title: "CPUs",
    head: [
      "CPU",
      "pages",
      "L1I hits",
      "L1D hits",
      "hits below",
      "walks",
      "walk refs",
      "walks/1k",
      "walk refs/1k",
      "sources",
    ],
    rows,
    nameColumns: 2,
    notes: [
      "L1I, L1D: hit rates of the first level; hits below: of its misses, those that another TLB answered;",
      "/1k: for 1,000 instructions; sources: the weakest that any number of the CPU has (vendor, measured, secondary, assumed).",
    ],
  };
}
