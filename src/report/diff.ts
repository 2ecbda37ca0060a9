/** What differs between the results of two files. Counts are exact, so that any difference means something. */
import { compareLeaves, type LeafChange, type Place, THERE } from "./diff-leaves.ts";
import { match } from "./diff-match.ts";
import type { ResultEntry, ResultFile } from "./entries.ts";
import { relativeChange } from "./metrics.ts";

/** What `pagewalk diff --json` prints. */
export interface DiffResult {
  schema: "pagewalk/diff@1";
  version: string;
  a: DiffedFile;
  b: DiffedFile;
  /** Whether every result is in both, with the same settings, traces and counts. */
  identical: boolean;
  /** Results that were compared, and numbers of them. */
  compared: { results: number; counts: number };
  onlyInA: DiffedName[];
  onlyInB: DiffedName[];
  /** Those that differ, in the order of A. */
  results: DiffedPair[];
}

export interface DiffedFile {
  file: string;
  schemas: string[];
  /** Of pagewalk. */
  versions: string[];
  title: string | null;
  /** Hash of the plan; `null`: of none. */
  plan: string | null;
  /** Units that a partial merge has not. */
  missingUnits: number;
}

/** What a result is of. */
export interface DiffedName {
  kind: ResultEntry["kind"];
  trace: string;
  window: string | null;
  name: string;
}

/** A value before and after; `null`: it is not there. Paths have names in the place of indexes of rows: `tlbs.L1D.policy`. */
export interface DiffedValue {
  path: string;
  a: LeafChange["a"];
  b: LeafChange["b"];
}

export interface DiffedCount extends DiffedValue {
  a: number | null;
  b: number | null;
  /** b - a; `null` where one is not there. */
  difference: number | null;
  /** difference / a; `null` where a is 0 or one is not there. */
  relative: number | null;
  /** Not a count, but made of counts: a ratio or a rate. */
  derived?: true;
}

/** A result that is in both files. */
export interface DiffedPair {
  a: DiffedName;
  b: DiffedName;
  /** What the result is of, which explains its counts. */
  settings: DiffedValue[];
  trace: DiffedValue[];
  counts: DiffedCount[];
  /** Rows of lists (who missed, intervals, points of a sweep): each changed number. */
  rows: (DiffedCount & { list: string; row: string })[];
  /** Rows that only one has. */
  lonelyRows: { list: string; row: string; in: "a" | "b" }[];
  /** Whatever else differs. */
  others: DiffedValue[];
  /** Changes of which there were too many to be kept. */
  leftOut: number;
}

/** Fields of results that say nothing of what was counted. */
const IGNORED = ["schema", "version", "time"];
/** Fields of TLBs and caches that say what they are. */
const TLB_SETTINGS = new Set([
  "entries",
  "ways",
  "policy",
  "index",
  "coalesces",
  "holds",
  "level",
  "kinds",
  "name",
  "arrays",
]);
const TLB_LISTS = new Set(["tlbs", "walkCaches", "l1"]);
/** Lists of rows of which there may be many, by their paths: so many fields deep. */
const ROW_LISTS: Readonly<Record<string, number>> = { by: 2, series: 2, profile: 2, points: 1, curves: 3 };
const DERIVED = new Set(["missRatio", "mpki", "accuracy", "coverage", "perInstruction", "ratio"]);

export function diffResults(a: ResultFile, b: ResultFile, version: string): DiffResult {
  const { pairs, onlyA, onlyB } = match(a.entries, b.entries);
  const results: DiffedPair[] = [];
  let counts = 0;
  for (const [one, other] of pairs) {
    const leaves = compareLeaves(one.result, other.result, IGNORED);
    counts += leaves.counts;
    const pair = pairOf(one, other, leaves.changes, leaves.others);
    if (leaves.changes.length > 0) results.push(pair);
  }
  return {
    schema: "pagewalk/diff@1",
    version,
    a: aboutFile(a),
    b: aboutFile(b),
    // The path alone is no difference: files are moved.
    identical: onlyA.length + onlyB.length === 0 && results.every((pair) => isMovedOnly(pair)),
    compared: { results: pairs.length, counts },
    onlyInA: onlyA.map(nameOf),
    onlyInB: onlyB.map(nameOf),
    results,
  };
}

function aboutFile({ path, schemas, versions, title, plan }: ResultFile): DiffedFile {
  return { file: path, schemas, versions, title, plan: plan?.hash ?? null, missingUnits: plan?.missing.length ?? 0 };
}

function nameOf({ kind, trace, window, name }: ResultEntry): DiffedName {
  return { kind, trace, window, name };
}

/** Whether nothing but the path of the trace differs. */
export function isMovedOnly({ settings, trace, counts, rows, lonelyRows, others, leftOut }: DiffedPair): boolean {
  return (
    settings.length + counts.length + rows.length + lonelyRows.length + others.length + leftOut === 0 &&
    trace.every(({ path }) => path.endsWith(".path"))
  );
}

function pairOf(a: ResultEntry, b: ResultEntry, changes: readonly LeafChange[], leftOut: number): DiffedPair {
  const pair: DiffedPair = {
    a: nameOf(a),
    b: nameOf(b),
    settings: [],
    trace: [],
    counts: [],
    rows: [],
    lonelyRows: [],
    others: [],
    leftOut,
  };
  for (const change of changes) {
    const { place } = change;
    const value = { path: place.join("."), a: change.a, b: change.b };
    const depth = Object.hasOwn(ROW_LISTS, place[0] ?? "") ? (ROW_LISTS[place[0] ?? ""] ?? 0) : 0;
    if (place[0] === "config" || isSetting(place)) pair.settings.push(value);
    else if (place[0] === "trace") pair.trace.push(value);
    else if (depth > 0 && place.length === depth + 1 && (change.a === THERE || change.b === THERE)) {
      pair.lonelyRows.push({
        list: place.slice(0, depth).join("."),
        row: place[depth] ?? "",
        in: change.a === THERE ? "a" : "b",
      });
    } else if (depth > 0 && place.length > depth && isNumber(change.a) && isNumber(change.b)) {
      pair.rows.push({ list: place.slice(0, depth).join("."), row: place[depth] ?? "", ...countOf(change, place) });
    } else if (isNumber(change.a) && isNumber(change.b) && (change.a ?? change.b) !== null)
      pair.counts.push(countOf(change, place));
    else pair.others.push(value);
  }
  return pair;
}

function isSetting([list = "", , field = ""]: Place): boolean {
  return TLB_LISTS.has(list) && TLB_SETTINGS.has(field);
}

function isNumber(value: LeafChange["a"]): value is number | null {
  return value === null || typeof value === "number";
}

function countOf({ a, b }: LeafChange, place: Place): DiffedCount {
  const [before, after] = [typeof a === "number" ? a : null, typeof b === "number" ? b : null];
  const both = before !== null && after !== null;
  return {
    path: place.join("."),
    a: before,
    b: after,
    difference: both ? after - before : null,
    relative: both ? relativeChange(before, after) : null,
    ...(place.some((field) => DERIVED.has(field)) ? { derived: true } : {}),
  };
}
