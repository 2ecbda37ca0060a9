/** Runs of one trace side by side. */
import { count, decimal, NOT_AVAILABLE, percentColumn, printable } from "./format.ts";
import { hitRate, referencesPerWalk } from "./metrics.ts";
import type { NamedRun } from "./named-run.ts";
import { pageSizeName } from "./page-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { RunResult, TlbResult } from "./results.ts";
import { geometryName } from "./trace-words.ts";

/** What each machine made of the same trace: a column for each, a row for each thing that is set or counted. */
export function compareTable(runs: readonly NamedRun[]): ResultTable {
  const row = (name: string, cell: (run: RunResult) => string) => [name, ...runs.map(({ run }) => cell(run))];
  const names = [...new Set(runs.flatMap(({ run }) => run.tlbs.map((tlb) => tlb.name)))];
  const tlbRows = names.flatMap((name) => {
    const tlbs = runs.map(({ run }) => run.tlbs.find((tlb) => tlb.name === name));
    const cells = (cell: (tlb: TlbResult) => string) =>
      tlbs.map((tlb) => (tlb === undefined ? NOT_AVAILABLE : cell(tlb)));
    const rates = percentColumn(tlbs.map((tlb) => (tlb === undefined ? null : hitRate(tlb.hits, tlb.lookups))));
    return [
      [name, ...cells((tlb) => `${geometryName(tlb)} ${tlb.policy}`)],
      [`${name} hit rate`, ...rates],
      [`${name} misses`, ...cells((tlb) => count(tlb.misses))],
      [`${name} MPKI`, ...cells((tlb) => decimal(tlb.mpki, 3))],
    ];
  });
  return {
    title: "Machines side by side",
    head: ["", ...runs.map(({ machine }) => printable(machine))],
    rows: [
      row("pages", ({ config }) => pageSizeName(config)),
      ...tlbRows,
      row("walks", ({ walks }) => count(walks.count)),
      row("walk references", ({ walks }) => count(walks.references)),
      row("references per walk", ({ walks }) => decimal(referencesPerWalk(walks.references, walks.count), 3)),
      row("set-dirty walks", ({ walks }) => count(walks.setDirty)),
      row("minor faults", ({ faults }) => count(faults.minor)),
      row("major faults", ({ faults }) => count(faults.major)),
      row("protection faults", ({ faults }) => count(faults.protection)),
      row("general protection", ({ faults }) => count(faults.generalProtection)),
      row("distinct pages", ({ memory }) => count(memory.distinctPages)),
      row("page-table pages", ({ memory }) => count(memory.pageTablePages)),
    ],
    nameColumns: 1,
  };
}
