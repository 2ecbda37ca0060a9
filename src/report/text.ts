/**
 * Results as text for people: lines of label and value, and tables without rules, so that it reads as well in a file
 * or a mail as in a terminal. No colour and no control characters; names from outside are made harmless.
 */
import Table from "cli-table3";
import type { PageSize } from "../config/types.ts";
import {
  bytes,
  count,
  counted,
  decimal,
  NOT_AVAILABLE,
  PAGE_SIZE_BYTES,
  percent,
  percentColumn,
  printable,
  seconds,
} from "./format.ts";
import { hitRate, missRatio, referencesPerWalk } from "./metrics.ts";
import { type Curve, missRatioPlot, type PlotOptions } from "./plot.ts";
import type { InfoResult, RunResult, SweepPoint, SweepResult, TraceSummary } from "./results.ts";

/** What a run was, what each TLB did, and what the misses cost. Ends with a newline. */
export function runText(result: RunResult): string {
  const { trace, config, accesses, references, tlbs, walks, psc, faults, memory, time } = result;
  const hitRates = percentColumn(tlbs.map((tlb) => hitRate(tlb.hits, tlb.lookups)));
  const tlbRows = tlbs.map((tlb, index) => [
    tlb.name,
    `${tlb.entries}:${waysName(tlb)} ${tlb.policy}`,
    count(tlb.lookups),
    count(tlb.hits),
    count(tlb.misses),
    hitRates[index] ?? NOT_AVAILABLE,
    decimal(tlb.mpki, 3),
  ]);
  const { byLevel } = walks;
  const walkRows = [
    ["references", count(byLevel.pml4e), count(byLevel.pdpte), count(byLevel.pde), count(byLevel.pte)],
    ["PSC hits", count(psc.pml4e.hits), count(psc.pdpte.hits), count(psc.pde.hits), "-"],
    ["PSC entries", count(config.psc.pml4e), count(config.psc.pdpte), count(config.psc.pde), "-"],
  ];
  const perWalk = referencesPerWalk(walks.references, walks.count);
  return paragraphs(
    pairs([
      ...tracePairs(trace, accesses),
      ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
      ["machine", `${printable(config.cpu)}, ${config.pageSize} pages`],
    ]),
    table(["TLB", "geometry", "lookups", "hits", "misses", "hit rate", "MPKI"], tlbRows, 2),
    [
      `Walks: ${count(walks.count)}, ${counted(walks.references, "walk reference")}, ${decimal(perWalk, 3)} per walk`,
      table(["", "PML4E", "PDPTE", "PDE", "PTE"], walkRows),
    ].join("\n"),
    pairs([
      ["set-dirty", `${counted(walks.setDirty, "walk")}, ${counted(walks.setDirtyReferences, "walk reference")}`],
      ["faults", named(faults)],
      ["memory", pages(memory.distinctPages, config.pageSize)],
      ["page tables", pages(memory.pageTablePages, "4K")],
      ...(memory.evictions + memory.writebacks > 0
        ? [["evictions", `${count(memory.evictions)}, ${counted(memory.writebacks, "writeback")}`] as const]
        : []),
      ["time", `${seconds(time.seconds)}, ${count(time.referencesPerSecond)} references/s`],
    ]),
  );
}

/** What is known of a trace without simulating a machine. Ends with a newline. */
export function infoText(result: InfoResult): string {
  const { trace, accesses, references, footprint, addresses, time } = result;
  const stored = trace.storedBytes === null ? "unknown" : bytes(trace.storedBytes);
  const footprintRows = footprint.map((row) => [
    row.pageSize,
    count(row.pages),
    bytes(row.pages * PAGE_SIZE_BYTES[row.pageSize]),
    count(row.codePages),
    count(row.dataPages),
  ]);
  return paragraphs(
    pairs([
      ...tracePairs(trace, accesses),
      ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
      ["stored", trace.compression === "none" ? stored : `${stored}, ${bytes(trace.bytes)} decompressed`],
      ["straddling", `${counted(result.straddling, "record")} on two 4 KiB pages`],
      ["non-canonical", counted(result.nonCanonical, "address", "addresses")],
      ["addresses", addresses.lowest === null ? "none" : `${addresses.lowest} to ${addresses.highest}`],
    ]),
    table(["footprint", "pages", "size", "code pages", "data pages"], footprintRows),
    pairs([["time", `${seconds(time.seconds)}, ${count(time.recordsPerSecond)} records/s`]]),
  );
}

const PLOT_TITLE =
  "Miss ratio against entries, both axes logarithmic\n(where curves coincide, the first of the legend is shown)";

/** The plot of a sweep, where there is one to draw, and its tables. Ends with a newline. */
export function sweepText(result: SweepResult, options: PlotOptions): string {
  const { trace, points, time } = result;
  const groups = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const name = `${point.pageSize} pages, ${point.policy}`;
    groups.set(name, [...(groups.get(name) ?? []), point]);
  }
  const plot = missRatioPlot(curves([...groups.values()]), options);
  return paragraphs(
    pairs([
      ...tracePairs(trace),
      ["stream", `${result.stream}, ${counted(result.references, "reference")}`],
      ["time", `${seconds(time.seconds)}, ${count(time.referencesPerSecond)} references/s`],
    ]),
    ...(plot === null ? [] : [`${PLOT_TITLE}\n${plot}`]),
    ...[...groups].flatMap(([name, group]) => groupTables(name, group, result.references, options.width)),
  );
}

/** A column of the tables and a curve of the plot: all points of a group that have these ways. */
interface WaysColumn {
  ways: number | "full";
  points: SweepPoint[];
}

/**
 * The points of one page size and policy by their ways, ascending, then `full`. A fully associative point is in the
 * column of its number too if other points are; `full` exists if some point would have no column without it.
 */
function waysColumns(group: readonly SweepPoint[]): WaysColumn[] {
  const isFull = (point: SweepPoint) => point.ways === point.entries;
  const numbers = new Set(group.filter((point) => !isFull(point)).map((point) => point.ways));
  const columns: WaysColumn[] = [...numbers]
    .sort((a, b) => a - b)
    .map((ways) => ({ ways, points: group.filter((point) => point.ways === ways) }));
  if (group.some((point) => isFull(point) && !numbers.has(point.ways))) {
    columns.push({ ways: "full", points: group.filter(isFull) });
  }
  for (const column of columns) column.points.sort((a, b) => a.entries - b.entries);
  return columns;
}

/** The columns of all groups as curves. Labels say only what differs between the groups. */
function curves(groups: readonly SweepPoint[][]): Curve[] {
  const differs = (field: "pageSize" | "policy") => new Set(groups.map((group) => group[0]?.[field])).size > 1;
  const fields = (["pageSize", "policy"] as const).filter(differs);
  const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEGHIJKLMNOPQRSTUVWXYZ"];
  return groups.flatMap((group) =>
    waysColumns(group).map(({ ways, points }) => {
      // With one group the markers tell the ways themselves, where one character can.
      const own = groups.length > 1 ? null : ways === "full" ? "F" : ways < 10 ? String(ways) : null;
      const label = [...fields.map((field) => group[0]?.[field]), waysLabel(ways)].join(" ");
      return { marker: own ?? letters.shift() ?? "*", label, points };
    }),
  );
}

/** Points x miss ratio and points x misses, one row for each number of entries; a plain list where most is empty. */
function groupTables(name: string, group: readonly SweepPoint[], references: number, width: number): string[] {
  const columns = waysColumns(group);
  const rows = [...new Set(group.map((point) => point.entries))].sort((a, b) => a - b);
  const filled = columns.reduce((sum, column) => sum + column.points.length, 0);
  const cold = group[0]?.coldMisses ?? 0;
  const floor = `Cold misses, which no size avoids: ${count(cold)}, ${percent(missRatio(cold, references))}`;
  if (2 * filled < rows.length * columns.length) {
    const ratios = percentColumn(group.map((point) => point.missRatio));
    const list = group.map((point, index) => [
      `${point.entries}:${waysName(point)}`,
      count(point.sets),
      count(point.hits),
      count(point.misses),
      ratios[index] ?? NOT_AVAILABLE,
    ]);
    return [`${name}\n${table(["geometry", "sets", "hits", "misses", "miss ratio"], list)}\n${floor}`];
  }
  const pivot = (cells: (points: SweepPoint[]) => string[]) => {
    const texts = columns.map((column) => {
      const text = cells(column.points);
      return new Map(column.points.map((point, index) => [point.entries, text[index] ?? ""]));
    });
    return wrappedTable(
      ["entries", ...columns.map((column) => waysLabel(column.ways))],
      rows.map((entries) => [String(entries), ...texts.map((column) => column.get(entries) ?? "-")]),
      width,
    );
  };
  return [
    `Miss ratio, ${name}\n${pivot((column) => percentColumn(column.map((point) => point.missRatio)))}\n${floor}`,
    `Misses, ${name}\n${pivot((column) => column.map((point) => count(point.misses)))}`,
  ];
}

function waysName(tlb: { entries: number; ways: number }): string {
  return tlb.ways === tlb.entries ? "full" : String(tlb.ways);
}

function waysLabel(ways: number | "full"): string {
  return ways === "full" ? "full" : counted(ways, "way");
}

type Pair = readonly [label: string, value: string];

function tracePairs(trace: TraceSummary, accesses?: RunResult["accesses"]): Pair[] {
  const compression = trace.compression === "none" ? "" : ` (${trace.compression})`;
  return [
    ["trace", trace.path === "-" ? "standard input" : printable(trace.path)],
    ["format", `${printable(trace.format)}${compression}`],
    ["records", `${count(trace.records)}${accesses === undefined ? "" : `: ${named(accesses)}`}`],
    ["instructions", trace.instructions === 0 ? NOT_AVAILABLE : count(trace.instructions)],
    ...(trace.skippedLines === 0 ? [] : [["skipped lines", count(trace.skippedLines)] as const]),
  ];
}

function pages(pageCount: number, pageSize: PageSize): string {
  return `${counted(pageCount, "page")} of ${pageSize}, ${bytes(pageCount * PAGE_SIZE_BYTES[pageSize])}`;
}

/** Counts with the names of their fields: `12 fetch, 34 data`. */
function named(counts: Record<string, number>): string {
  const words = (field: string) => field.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  return Object.entries(counts)
    .map(([field, value]) => `${count(value)} ${words(field)}`)
    .join(", ");
}

function pairs(rows: readonly Pair[]): string {
  return rows.map(([label, value]) => `${label.padEnd(15)}${value}`).join("\n");
}

function paragraphs(...texts: string[]): string {
  return `${texts.join("\n\n")}\n`;
}

const NO_RULES = Object.fromEntries(
  ["top", "bottom", "left", "right", "mid"].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`].map((name) => [name, ""]),
  ),
);

/** A header and rows in columns: the first `leftColumns` begin at the left, all others end at the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[], leftColumns = 1): string {
  const instance = new Table({
    head: [...head],
    colAligns: head.map((_, index) => (index < leftColumns ? "left" : "right")),
    chars: { ...NO_RULES, middle: "  " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  instance.push(...rows.map((row) => [...row]));
  return instance
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** As `table`; with columns that would go beyond `width` in further tables below, each with the first column again. */
function wrappedTable(head: readonly string[], rows: readonly (readonly string[])[], width: number): string {
  const cellWidths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const parts: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let column = 1; column < head.length; column++) {
    const needed = 2 + (cellWidths[column] ?? 0);
    if (used + needed > width) {
      parts.push([0]);
      used = cellWidths[0] ?? 0;
    }
    parts.at(-1)?.push(column);
    used += needed;
  }
  const pick = (row: readonly string[], columns: number[]) => columns.map((column) => row[column] ?? "");
  return parts
    .map((part) =>
      table(
        pick(head, part),
        rows.map((row) => pick(row, part)),
        0,
      ),
    )
    .join("\n\n");
}
