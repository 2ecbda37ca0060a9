/** The TLBs of whole machines as points beside the curves of a sweep. */
import { count, decimal, NOT_AVAILABLE, percentColumn, printable } from "./format.ts";
import { missRatio, mpki } from "./metrics.ts";
import type { NamedRun } from "./named-run.ts";
import { pageSizeName } from "./page-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { SweepResult, TlbResult } from "./results.ts";
import type { LinePoint } from "./sweep-groups.ts";
import { geometryName } from "./trace-words.ts";

/** A TLB of a machine, where it stands among the points of a sweep. */
export interface MachineMark extends LinePoint {
  tlb: TlbResult["name"];
  /** Of TLBs, from 1. */
  level: number;
  /** `small: L1D 64:4`; with the page size if the sweep has others. */
  label: string;
}

/**
 * The marks of the machines that ran over the trace of `sweep`.
 *
 * The points of a sweep without L1 see every reference of its stream, and so does the L1 TLB of that stream: its mark
 * lies on a line if its geometry is one of the line's. The STLB sees only what missed in front of it, and what it
 * misses of that (its own miss ratio) says little: behind a larger L1 the same STLB has a worse one, though no more
 * walks. Hence its mark has *global* misses per reference: how many of all references of the stream needed a walk,
 * which is what a single TLB of the sweep would have to be as good as. (Hennessy & Patterson call it the global miss
 * rate.) The STLB's misses are those of fetches and data together, so with the stream of one of them it is an upper bound.
 *
 * The points of a sweep behind L1 TLBs are STLBs: then only the STLBs are marked, with the lookups of the sweep below
 * the line, too. What is said of STLBs holds for all TLBs behind the first level; those that the stream does not look up are not marked.
 */
export function marksOf(sweep: SweepResult, machines: readonly NamedRun[]): MachineMark[] {
  const pageSizes: ReadonlySet<string> = new Set(sweep.lookups.map(({ pageSize }) => pageSize));
  return machines
    .filter(({ run }) => run.trace.path === sweep.trace.path)
    .flatMap(({ machine, run }) => {
      const { pageSize } = run.config;
      const name = pageSizeName(run.config);
      const isOther = pageSizes.size !== 1 || !pageSizes.has(pageSize) || name !== pageSize;
      const lookups = sweep.lookups.find((each) => each.pageSize === pageSize)?.lookups ?? sweep.references;
      return run.tlbs
        .filter((tlb) => isMarked(tlb, sweep))
        .map((tlb) => ({
          tlb: tlb.name,
          level: levelOf(tlb),
          label: `${printable(machine)}: ${tlb.name} ${geometryName(tlb)}${isOther ? ` ${name}` : ""}`,
          entries: tlb.entries,
          misses: tlb.misses,
          missRatio: missRatio(tlb.misses, lookups),
          mpki: mpki(tlb.misses, sweep.trace.instructions),
        }));
    });
}

/** What has to be said of the marks on `sweep`; `null`: nothing. */
export function marksNote({ l1 }: SweepResult, marks: readonly MachineMark[]): string | null {
  const isGlobal = l1.length === 0 && marks.some(({ level }) => level > 1);
  return isGlobal ? "diamonds: machines; STLB misses are per reference" : null;
}

function isMarked(tlb: TlbResult, { stream, l1 }: SweepResult): boolean {
  if (levelOf(tlb) === 1) return l1.length === 0 && servesOnly(tlb) === stream;
  const served = servesOnly(tlb);
  return served === null || served === stream;
}

/** Of a machine of the plain shape, which does not say it, by the name. */
function levelOf({ name, level }: TlbResult): number {
  return level ?? (name === "STLB" ? 2 : 1);
}

/** Whether only fetches or only data are looked up in `tlb`; `null`: both are. */
function servesOnly({ name, kinds }: TlbResult): "fetch" | "data" | null {
  if (kinds === undefined) return name === "STLB" ? null : name === "L1I" ? "fetch" : "data";
  if (!kinds.includes("fetch")) return "data";
  return kinds.length === 1 ? "fetch" : null;
}

/** What is marked, as a table. */
export function marksTable(marks: readonly MachineMark[]): ResultTable {
  const ratios = percentColumn(marks.map((mark) => mark.missRatio));
  return {
    title: "Machines",
    head: ["TLB", "entries", "misses", "misses per reference", "MPKI"],
    rows: marks.map((mark, index) => [
      mark.label,
      count(mark.entries),
      count(mark.misses),
      ratios[index] ?? NOT_AVAILABLE,
      decimal(mark.mpki, 3),
    ]),
    nameColumns: 1,
  };
}
