/** The CPUs that there are, as every output lists them. */
import type { CpuDescription, CpuPageSize } from "../config/cpus/description.ts";
import { type CpuSources, sourcesUsed } from "../config/cpus/sources.ts";
import { resolve } from "../config/resolve.ts";
import { toCsv } from "./csv-lines.ts";
import { shortened } from "./format.ts";
import { table } from "./lines.ts";
import { geometryName } from "./trace-words.ts";

/** What `cpus` answers: the JSON contract, as in results.ts. */
export interface CpuListResult {
  schema: "pagewalk/cpus@1";
  version: string;
  cpus: CpuSummary[];
}

/** A CPU in a line. Geometries are those of the arrays for the smallest pages. */
export interface CpuSummary {
  /** As `--cpu` takes it. */
  name: string;
  title: string;
  architecture: "x86-64" | "arm64";
  pageSizes: CpuPageSize[];
  /** `ENTRIES:WAYS` of what fetches, and loads, look up first. */
  l1i: string;
  l1d: string;
  /** Of what loads look up last. */
  stlb: string;
  /** Who says the values of its TLBs and walk caches, and the weakest of these. */
  sources: CpuSources;
}

/** Columns of a title in any case. */
const LEAST_TITLE = 32;

export function cpuList(cpus: Readonly<Record<string, CpuDescription>>, version: string): CpuListResult {
  return {
    schema: "pagewalk/cpus@1",
    version,
    cpus: Object.entries(cpus).map(([name, cpu]) => summaryOf(name, cpu)),
  };
}

function summaryOf(name: string, cpu: CpuDescription): CpuSummary {
  const { l1i, l1d, stlb } = resolve({ cpu });
  return {
    name,
    title: cpu.title,
    architecture: cpu.architecture ?? "x86-64",
    pageSizes: [...cpu.pageSizes],
    l1i: geometryName(l1i),
    l1d: geometryName(l1d),
    stlb: geometryName(stlb),
    sources: sourcesUsed(cpu),
  };
}

/** A line for each CPU, with as much of its title as fits into `width`. */
export function cpuListText({ cpus }: CpuListResult, width: number): string {
  const rows = cpus.map((cpu) => [
    cpu.name,
    cpu.pageSizes.join(),
    cpu.l1i,
    cpu.l1d,
    cpu.stlb,
    weakestWords(cpu.sources),
  ]);
  const head = ["CPU", "pages", "L1I", "L1D", "last", "weakest"];
  const used = head.map((name, column) => 2 + Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const left = width - used.reduce((sum, columns) => sum + columns, 0);
  const withTitles = rows.map((row, index) => [
    ...row,
    shortened(cpus[index]?.title ?? "", Math.max(LEAST_TITLE, left)),
  ]);
  return `${table({ head: [...head, ""], rows: withTitles, nameColumns: head.length + 1 })}

Geometries are those for the smallest pages; weakest: how many values have the weakest source.
pagewalk cpus NAME shows one; pagewalk cpus NAME --json > my.json is one to start from.
`;
}

/** `16 of 45 assumed`. */
function weakestWords({ weakest, ...sources }: CpuSources): string {
  const all = Object.values(sources).reduce((sum, values) => sum + values, 0);
  return weakest === null ? "" : `${sources[weakest]} of ${all} ${weakest}`;
}

export function cpuListCsv({ cpus }: CpuListResult): string {
  return toCsv(
    cpus.map(({ name, title, architecture, pageSizes, l1i, l1d, stlb, sources }) => {
      const { weakest, vendor, measured, secondary, assumed } = sources;
      const geometries = { pageSizes: pageSizes.join(" "), l1i, l1d, stlb };
      return { name, title, architecture, ...geometries, weakest, vendor, measured, secondary, assumed };
    }),
  );
}
