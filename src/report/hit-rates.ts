/** The hit rates of machines side by side: what a picture draws, and its table. */
import { count, NOT_AVAILABLE, percent, percentColumn } from "./format.ts";
import { hitRate } from "./metrics.ts";
import { type NamedRun, runNames } from "./named-run.ts";
import type { ResultTable } from "./result-table.ts";
import type { TlbResult } from "./results.ts";
import { geometryName } from "./trace-words.ts";

/** One machine's TLBs. */
export interface HitRates {
  machine: string;
  tlbs: readonly TlbResult[];
}

/** What each of `runs` is called, with its TLBs. */
export function hitRatesOf(runs: readonly NamedRun[]): HitRates[] {
  const names = runNames(runs);
  return runs.map(({ run }, index) => ({ machine: names[index] ?? "", tlbs: run.tlbs }));
}

/** What hit, for each machine and TLB. */
export function hitRatesTable(machines: readonly HitRates[]): ResultTable {
  const rows = machines.flatMap(({ machine, tlbs }) => tlbs.map((tlb) => ({ machine, tlb })));
  const rates = percentColumn(rows.map(({ tlb }) => hitRate(tlb.hits, tlb.lookups)));
  return {
    title: "Hit rates",
    head: ["machine", "TLB", "geometry", "lookups", "hits", "hit rate"],
    rows: rows.map(({ machine, tlb }, index) => [
      machine,
      tlb.name,
      geometryName(tlb),
      count(tlb.lookups),
      count(tlb.hits),
      rates[index] ?? NOT_AVAILABLE,
    ]),
    nameColumns: 3,
  };
}

/** The same in one sentence for each machine. */
export function hitRateSentences(machines: readonly HitRates[]): string[] {
  return machines.map(({ machine, tlbs }) => {
    const rates = tlbs.map((tlb) => `${tlb.name} ${percent(hitRate(tlb.hits, tlb.lookups))}`);
    return `${machine}: ${rates.join(", ")}.`;
  });
}
