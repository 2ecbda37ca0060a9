/** What every report says of a trace and of a TLB's geometry. */
import { count, counted, NOT_AVAILABLE, printable } from "./format.ts";
import type { RunResult, TraceSummary } from "./results.ts";

/** A label and its value. */
export type Pair = readonly [label: string, value: string];

/** What is said of records that are samples, wherever there is a rate made of them. */
export const SAMPLED = "samples, not a trace: these are not hit rates of the program";

/** What was read. */
export function tracePairs(trace: TraceSummary, accesses?: RunResult["accesses"]): Pair[] {
  return [
    ["trace", trace.path === "-" ? "standard input" : printable(trace.path)],
    ["format", formatName(trace)],
    ...(trace.sampled ? [["note", SAMPLED] as const] : []),
    ...(trace.recorder === undefined ? [] : [["recorded by", printable(trace.recorder)] as const]),
    ["records", `${count(trace.records)}${accesses === undefined ? "" : `: ${named(accesses)}`}`],
    ["instructions", trace.instructions === 0 ? NOT_AVAILABLE : count(trace.instructions)],
    ...(trace.thread === undefined ? [] : [["thread", printable(trace.thread)] as const]),
    ...(trace.window === undefined ? [] : [["window", windowWords(trace.window)] as const]),
    ...(trace.skippedLines === 0 ? [] : [["skipped lines", count(trace.skippedLines)] as const]),
    ...(trace.damagedLines === undefined ? [] : [["WARNING", damageWords(trace.damagedLines)] as const]),
  ];
}

/** What is said of lines that spoil a trace. */
function damageWords(lines: number): string {
  const are = lines === 1 ? "line begins like a record and is none" : "lines begin like records and are none";
  const why = "likely the program's output was mixed into it";
  return `${count(lines)} ${are}: the trace is damaged, counts are too low; ${why}`;
}

/** Which part of a trace was counted. */
function windowWords({ unit, skip, warmup, limit }: NonNullable<TraceSummary["window"]>): string {
  const before = [
    ...(skip > 0 ? [`${count(skip)} skipped`] : []),
    ...(warmup > 0 ? [`${count(warmup)} to warm up`] : []),
  ];
  const taken = limit === null ? `all further ${unit}` : `up to ${counted(limit, unit.replace(/s$/, ""))}`;
  return `${taken}${before.length > 0 ? `, after ${before.join(" and ")}` : ""}`;
}

/** The format, and how it is compressed if it is; of several traces all of them. */
export function formatName({ format, compression, traces = [] }: TraceSummary): string {
  if (traces.length > 0) return [...new Set(traces.map(formatName))].join(", ");
  return `${printable(format)}${compression === "none" ? "" : ` (${compression})`}`;
}

/** A geometry as people write it: `64:4`, `32:full`. */
export function geometryName({ entries, ways }: { entries: number; ways: number }): string {
  return `${entries}:${ways === entries ? "full" : ways}`;
}

/** Counts with the names of their fields: `12 fetch, 34 data`. */
export function named(counts: Record<string, number>): string {
  const words = (field: string) => field.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
  return Object.entries(counts)
    .map(([field, value]) => `${count(value)} ${words(field)}`)
    .join(", ");
}
