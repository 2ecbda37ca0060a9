/** Who missed, as tables with bars, for terminals. */
import type { Dimension } from "../config/attribution.ts";
import { count, NOT_AVAILABLE, percentColumn, shortened } from "./format.ts";
import { table } from "./lines.ts";
import type { AttributionRow, RunResult } from "./results.ts";

export interface TopOptions {
  /** Rows of each table; what the others have is added up in one more. */
  top: number;
  /** Columns of the terminal. */
  width: number;
  /** Only ASCII characters. */
  ascii: boolean;
}

/** What a table is of, and what each row is called. */
const DIMENSION_WORDS: Record<Dimension, readonly [title: string, noun: string]> = {
  region: ["By region", "region"],
  page: ["By 4 KiB page", "page"],
  pc: ["By instruction", "pc"],
  kind: ["By kind of access", "kind"],
};

/** Columns of the longest bar, and of the shortest longest one that is worth drawing. */
const MOST_BAR = 24;
const LEAST_BAR = 5;
/** Columns of a name that came from outside. */
const MAX_NAME = 40;

/** A table of the rows of `dimension`, those that cost most first; a bar is the share of all walk references. */
export function attributionText(dimension: Dimension, rows: readonly AttributionRow[], options: TopOptions): string {
  const { top, width, ascii } = options;
  const shown = rows.slice(0, top);
  const rest = rows.slice(top);
  const all = rows.reduce((sum, row) => sum + row.walkReferences, 0);
  const lines = [...shown, ...(rest.length === 0 ? [] : [sumOf(rest)])];
  const shares = lines.map(({ walkReferences }) => (all === 0 ? null : walkReferences / all));
  const percents = percentColumn(shares);
  const [title, noun] = DIMENSION_WORDS[dimension];
  const head = [noun, "references", "L1", "STLB", "walk refs", "share", "faults"];
  const text = table({
    head,
    rows: lines.map((row, index) => [
      shortened(row.name, MAX_NAME),
      count(row.references.fetch + row.references.data),
      ...[row.l1Misses, row.stlbMisses, row.walkReferences].map(count),
      percents[index] ?? NOT_AVAILABLE,
      count(row.faults),
    ]),
    nameColumns: 1,
  }).split("\n");
  const names = ["", ...lines.map(({ region }) => (region === undefined ? "" : shortened(region, MAX_NAME)))];
  const used = Math.max(...text.map((line) => line.length));
  const nameWidth = Math.max(...names.map((name) => name.length));
  const room = Math.min(MOST_BAR, width - used - 2 - (nameWidth === 0 ? 0 : nameWidth + 2));
  const barWidth = all === 0 || room < LEAST_BAR ? 0 : room;
  const mark = ascii ? "#" : "█";
  const drawn = text.map((line, index) => {
    const share = index === 0 || index > shown.length ? 0 : (shares[index - 1] ?? 0);
    const length = share === 0 || barWidth === 0 ? 0 : Math.max(1, Math.round(share * barWidth));
    const parts = [line.padEnd(used), ...(barWidth === 0 ? [] : [mark.repeat(length).padEnd(barWidth)]), names[index]];
    return parts.join("  ").trimEnd();
  });
  return [`${title}: references, misses in L1 and STLB, walk references, faults`, ...drawn].join("\n");
}

/** The tables of all dimensions that the result has, in the order in which it has them. */
export function attributionTexts({ by = {} }: RunResult, options: TopOptions): string[] {
  return Object.entries(by).map(([dimension, rows]) => attributionText(dimension as Dimension, rows, options));
}

/** What rows that are not shown have together. */
function sumOf(rows: readonly AttributionRow[]): AttributionRow {
  const sum = (of: (row: AttributionRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    name: `and ${count(rows.length)} ${rows.length === 1 ? "other" : "others"}`,
    accesses: {
      fetch: sum(({ accesses }) => accesses.fetch),
      load: sum(({ accesses }) => accesses.load),
      store: sum(({ accesses }) => accesses.store),
      modify: sum(({ accesses }) => accesses.modify),
    },
    references: { fetch: sum(({ references }) => references.fetch), data: sum(({ references }) => references.data) },
    l1Misses: sum(({ l1Misses }) => l1Misses),
    stlbMisses: sum(({ stlbMisses }) => stlbMisses),
    walkReferences: sum(({ walkReferences }) => walkReferences),
    faults: sum(({ faults }) => faults),
  };
}
