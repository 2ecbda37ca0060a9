/** A diff as text and as CSV. */
import { line, pieces } from "./csv-lines.ts";
import {
  type DiffedCount,
  type DiffedName,
  type DiffedPair,
  type DiffedValue,
  type DiffResult,
  isMovedOnly,
} from "./diff.ts";
import { count, counted, NOT_AVAILABLE, percent, printable } from "./format.ts";
import { pairs, paragraphs, table } from "./lines.ts";
import type { ResultTable } from "./result-table.ts";
import type { Pair } from "./trace-words.ts";

/** What counts are called; others have their path. */
const COUNT_WORDS: Readonly<Record<string, string>> = {
  "walks.count": "walks",
  "walks.references": "walk references",
  "walks.setDirty": "set-dirty walks",
  "walks.setDirtyReferences": "set-dirty walk references",
  "accesses.fetch": "fetches",
  "accesses.load": "loads",
  "accesses.store": "stores",
  "accesses.modify": "modifies",
  "references.fetch": "fetch references",
  "references.data": "data references",
  "faults.minor": "minor faults",
  "faults.major": "major faults",
  "faults.protection": "protection faults",
  "faults.generalProtection": "general-protection faults",
  "memory.distinctPages": "distinct pages",
  "memory.pageTablePages": "page-table pages",
};

/** Settings of one result that are shown: of a CPU of another shape there may be very many. */
const MAX_SETTINGS = 12;

/** The rows of tables that are shown, and how. */
export interface DiffOptions {
  /** Rows of each table at most. */
  top: number;
}

/** What differs, the largest relative changes first. Ends with a newline. */
export function diffText(diff: DiffResult, { top }: DiffOptions): string {
  const { a, b, onlyInA, onlyInB, results } = diff;
  const head = pairs([fileWords("A", a), fileWords("B", b)]);
  const changed = results.filter((pair) => !isMovedOnly(pair));
  if (diff.identical) return paragraphs(head, comparedWords(diff, "identical"), ...movedWords(results));
  return paragraphs(
    head,
    ...changed.map((pair) => pairText(pair, top)),
    ...onlyWords("only in A", onlyInA, top),
    ...onlyWords("only in B", onlyInB, top),
    comparedWords(diff, `${counted(changed.length, "result")} of ${count(diff.compared.results)} differ`),
  );
}

function fileWords(label: string, { file, schemas, versions, title, plan, missingUnits }: DiffResult["a"]): Pair {
  const words = [
    file === "-" ? "standard input" : file,
    ...(title === null ? [] : [title]),
    schemas.map((schema) => schema.replace("pagewalk/", "")).join(", "),
    `of pagewalk ${versions.join(", ")}`,
    ...(plan === null ? [] : [`plan ${plan.slice(0, 12)}`]),
    ...(missingUnits === 0 ? [] : [`PARTIAL: ${counted(missingUnits, "unit")} missing`]),
  ];
  return [label, words.map(printable).join(", ")];
}

function comparedWords({ compared: { results, counts } }: DiffResult, outcome: string): string {
  return `${outcome}; compared were ${counted(results, "result")}, ${counted(counts, "count")}, and no times`;
}

function movedWords(results: readonly DiffedPair[]): string[] {
  const [first] = results;
  return first === undefined
    ? []
    : [`traces are called differently: ${printable(first.a.trace)}, and ${printable(first.b.trace)}`];
}

/** The label of a result. */
function nameWords({ trace, window, name }: DiffedName): string {
  return printable([trace === "-" ? "standard input" : trace, ...(window === null ? [] : [window]), name].join(", "));
}

function pairText(
  { a, b, settings, trace, counts, rows, lonelyRows, others, leftOut }: DiffedPair,
  top: number,
): string {
  const title = nameWords(a) === nameWords(b) ? nameWords(a) : `${nameWords(a)}  ->  ${nameWords(b)}`;
  const about = [...valueLines("settings", settings), ...valueLines("trace", trace), ...valueLines("other", others)];
  const tables = [
    changeTable("count", shownCounts(counts), top, ({ path }) => countWords(path)),
    ...[...groupRows(rows)].map(([list, some]) =>
      changeTable(list, some, top, ({ path }) => printable(path.slice(list.length + 1))),
    ),
  ].filter((each) => each !== "");
  const lonely = (["a", "b"] as const).flatMap((side) =>
    lonelyWords(
      lonelyRows.filter((row) => row.in === side),
      side,
      top,
    ),
  );
  const left = leftOut === 0 ? [] : [`and ${counted(leftOut, "other change")}, too many to be kept`];
  // Settings that change nothing are an answer, too.
  const same = tables.length + lonely.length + leftOut === 0 ? ["  no count differs"] : [];
  return [title, ...(about.length === 0 ? [] : [pairs(about)]), ...tables, ...lonely, ...left, ...same].join("\n");
}

/** `points only in A: 4K lru modulo 16:4, …`. */
function lonelyWords(rows: DiffedPair["lonelyRows"], side: "a" | "b", top: number): string[] {
  return [...new Set(rows.map(({ list }) => list))].map((list) => {
    const names = rows.filter((row) => row.list === list).map(({ row }) => printable(row));
    const rest = names.length > top ? `, and ${counted(names.length - top, "other")}` : "";
    return `  ${list} only in ${side.toUpperCase()}: ${names.slice(0, top).join(", ")}${rest}`;
  });
}

/** Ratios change wherever counts do: they are shown where these do not. */
function shownCounts(counts: readonly DiffedCount[]): DiffedCount[] {
  const exact = counts.filter(({ derived }) => derived === undefined);
  return exact.length > 0 ? exact : [...counts];
}

/** What a count is called: `L1D misses`, `minor faults`. */
function countWords(path: string): string {
  const known = COUNT_WORDS[path];
  if (known !== undefined) return known;
  const [list, name, field, ...rest] = path.split(".");
  return printable(list === "tlbs" && rest.length === 0 ? `${name} ${field}` : path);
}

function valueLines(label: string, values: readonly DiffedValue[]): Pair[] {
  // What a TLB is, configuration and result both say.
  const inConfig = values.filter(({ path }) => path.startsWith("config."));
  const told = inConfig.length > 0 ? inConfig : values;
  const lines = told
    .slice(0, MAX_SETTINGS)
    .map(
      ({ path, a, b }, index): Pair => [
        index === 0 ? `  ${label}` : "",
        `${printable(path.replace(/^(config|trace)\./, ""))}: ${valueWords(a)} -> ${valueWords(b)}`,
      ],
    );
  return told.length > MAX_SETTINGS ? [...lines, ["", `and ${counted(told.length - MAX_SETTINGS, "other")}`]] : lines;
}

function valueWords(value: DiffedValue["a"]): string {
  if (value === null) return "nothing";
  return typeof value === "number" ? count(value) : printable(String(value));
}

function groupRows(rows: DiffedPair["rows"]): Map<string, DiffedPair["rows"]> {
  const groups = new Map<string, DiffedPair["rows"]>();
  for (const row of rows) {
    const group = groups.get(row.list);
    if (group === undefined) groups.set(row.list, [row]);
    else group.push(row);
  }
  for (const [list, group] of groups) groups.set(list, shownCounts(group) as DiffedPair["rows"]);
  return groups;
}

/** The changes as rows, the largest relative ones first. */
function changeRows<Change extends DiffedCount>(
  title: string,
  changes: readonly Change[],
  top: number,
  words: (change: Change) => string,
): ResultTable {
  const weight = ({ relative }: Change) => (relative === null ? Number.POSITIVE_INFINITY : Math.abs(relative));
  const sorted = [...changes].sort((one, other) => compareWeights(weight(other), weight(one)));
  const rows = sorted
    .slice(0, top)
    .map((change) => [
      words(change),
      exact(change.a),
      exact(change.b),
      signed(change.difference),
      relativeWords(change),
    ]);
  const rest = sorted.length - rows.length;
  return {
    title,
    head: [title, "A", "B", "difference", "relative"],
    rows,
    nameColumns: 1,
    ...(rest > 0 ? { leftOut: { count: rest, noun: "change" } } : {}),
  };
}

/** Infinities are the same as one another. */
function compareWeights(one: number, other: number): number {
  return one === other ? 0 : one - other;
}

function changeTable<Change extends DiffedCount>(
  title: string,
  changes: readonly Change[],
  top: number,
  words: (change: Change) => string,
): string {
  if (changes.length === 0) return "";
  const { leftOut, ...shown } = changeRows(title, changes, top, words);
  const rest =
    leftOut === undefined
      ? ""
      : `\n  and ${counted(leftOut.count, leftOut.noun)} of less (--top ${count(changes.length).replaceAll(",", "")}, or --json, has all)`;
  return `${table(shown).replace(/^/gm, "  ")}${rest}`;
}

function exact(value: number | null): string {
  if (value === null) return "-";
  return Number.isInteger(value) ? count(value) : String(value);
}

function signed(value: number | null): string {
  if (value === null) return NOT_AVAILABLE;
  return `${value > 0 ? "+" : ""}${exact(value)}`;
}

function relativeWords({ a, relative }: DiffedCount): string {
  if (relative === null) return a === 0 ? "from 0" : NOT_AVAILABLE;
  return `${relative > 0 ? "+" : "-"}${percent(Math.abs(relative))}`;
}

function onlyWords(title: string, names: readonly DiffedName[], top: number): string[] {
  if (names.length === 0) return [];
  const rest = names.length > top ? [`  and ${counted(names.length - top, "other")}`] : [];
  return [
    [
      `${title}: ${counted(names.length, "result")}`,
      ...names.slice(0, top).map((name) => `  ${nameWords(name)}`),
      ...rest,
    ].join("\n"),
  ];
}

/** A line for each change, and for each result that only one file has. */
export function diffCsv(diff: DiffResult): Generator<string> {
  return pieces(diffLines(diff));
}

function* diffLines({ results, onlyInA, onlyInB }: DiffResult): Generator<string> {
  yield line(["kind", "trace", "window", "name", "nameInB", "what", "path", "a", "b", "difference", "relative"]);
  const head = ({ kind, trace, window, name }: DiffedName) => [kind, trace, window, name];
  for (const pair of results) {
    const { a, b } = pair;
    for (const [what, values] of Object.entries({ setting: pair.settings, trace: pair.trace, other: pair.others })) {
      for (const value of values)
        yield line([...head(a), b.name, what, value.path, csvValue(value.a), csvValue(value.b), null, null]);
    }
    for (const [what, values] of Object.entries({ count: pair.counts, row: pair.rows })) {
      for (const { path, a: before, b: after, difference, relative } of values)
        yield line([...head(a), b.name, what, path, before, after, difference, relative]);
    }
  }
  for (const { a, b, lonelyRows } of results) {
    for (const { list, row, in: side } of lonelyRows) {
      yield line([...head(a), b.name, `row only in ${side.toUpperCase()}`, `${list}.${row}`, null, null, null, null]);
    }
  }
  for (const name of onlyInA) yield line([...head(name), null, "only in A", null, null, null, null, null]);
  for (const name of onlyInB) yield line([...head(name), name.name, "only in B", null, null, null, null, null]);
}

function csvValue(value: DiffedValue["a"]): string | number | null {
  return typeof value === "boolean" ? String(value) : value;
}
