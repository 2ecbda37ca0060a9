/** What `perf stat` measured: reads its output, which anybody may have made. */
import { PerfStatError } from "../errors.ts";
import { type EventName, parseEventName } from "./event-name.ts";
import { BadLine, type CounterLine, csvLine, jsonLine, textLine } from "./perf-lines.ts";

/** An event, summed up over intervals, CPUs and whatever else perf told apart. */
export interface MeasuredEvent extends EventName {
  /** As perf printed it first. */
  written: string;
  /** `null`: nothing was counted. */
  count: number | null;
  missing: "not counted" | "not supported" | null;
  /** The least of its lines; `null`: not told. */
  runningPercent: number | null;
}

export interface PerfStat {
  form: "text" | "csv" | "json";
  /** Intervals that were summed up; 0: there were none. */
  intervals: number;
  events: MeasuredEvent[];
}

/** Characters of a file at most. */
export const MAX_PERF_BYTES = 16 * 2 ** 20;
const MAX_EVENTS = 10_000;
const MAX_NAME_LENGTH = 500;
/** What lines longer than this are, perf did not print. */
const MAX_LINE_LENGTH = 4000;
const SEPARATORS = [",", ";", "\t", "|", ":"];

/**
 * Reads `text`; `path` is for messages. Lines of no counter are passed over: perf prints others, and so may the program. Throws
 * PerfStatError.
 */
export function readPerfStat(text: string, path: string): PerfStat {
  if (text.length > MAX_PERF_BYTES)
    throw new PerfStatError("has more than 16 MiB; expected the output of perf stat", path);
  const { form, read } = readerOf(text);
  const found: CounterLine[] = [];
  for (const { line, number } of linesOf(text)) {
    try {
      const counter = line.length > MAX_LINE_LENGTH ? null : read(line);
      if (counter === null) continue;
      check(counter);
      found.push(counter);
    } catch (error) {
      if (error instanceof BadLine) throw new PerfStatError(error.message, path, number);
      throw error;
    }
  }
  if (found.length === 0) throw new PerfStatError(nothingFound(text), path);
  const ofSummary = found.filter(({ isSummary }) => isSummary);
  const counted = ofSummary.length > 0 ? ofSummary : found;
  const events = summedUp(counted);
  if (events.length > MAX_EVENTS) throw new PerfStatError(`found more than ${MAX_EVENTS} events; expected fewer`, path);
  const intervals = new Set(counted.flatMap(({ interval }) => (interval === null ? [] : [interval]))).size;
  return { form, intervals, events };
}

/** How lines are read: the first that tells of a counter decides. */
function readerOf(text: string): { form: PerfStat["form"]; read: (line: string) => CounterLine | null } {
  for (const { line } of linesOf(text)) {
    if (line.length > MAX_LINE_LENGTH) continue;
    if (/^\s*\{/.test(line)) {
      const read = (each: string) => (/^\s*\{/.test(each) ? jsonLine(each) : null);
      return { form: "json", read };
    }
    const separator = SEPARATORS.find((each) => isOfCsv(line, each));
    if (separator !== undefined) return { form: "csv", read: (each) => csvLine(each, separator) };
    if (textLine(line) !== null) break;
  }
  return { form: "text", read: textLine };
}

/** Whether `line` is of CSV: beside count, unit and event it has how long the counter ran. */
function isOfCsv(line: string, separator: string): boolean {
  if (line.split(separator).length < 5) return false;
  try {
    return csvLine(line, separator) !== null;
  } catch (error) {
    if (error instanceof BadLine) return true;
    throw error;
  }
}

function check({ event, count, runningPercent }: CounterLine): void {
  if (event.length > MAX_NAME_LENGTH)
    throw new BadLine(`found an event of ${event.length} characters; expected a name`);
  if (count !== null && !(count >= 0 && count <= Number.MAX_SAFE_INTEGER)) {
    throw new BadLine(`found a count of ${count}; expected 0 to 2^53`);
  }
  if (runningPercent !== null && runningPercent > 100)
    throw new BadLine(`found ${runningPercent}%; expected 100% at most`);
}

function summedUp(lines: readonly CounterLine[]): MeasuredEvent[] {
  const events = new Map<string, MeasuredEvent>();
  for (const { event, count, missing, unit, runningPercent } of lines) {
    if (unit !== "") continue; // time and the like, of which there is nothing to compare with
    const name = parseEventName(event);
    const key = JSON.stringify([name.pmu, name.name, name.modifiers]);
    const before = events.get(key);
    if (before === undefined) {
      events.set(key, { ...name, written: event, count, missing, runningPercent });
      continue;
    }
    if (count !== null) before.count = (before.count ?? 0) + count;
    if (before.count !== null) before.missing = null;
    // An interval without a count ran for no time, which says nothing of the others.
    if (count !== null && runningPercent !== null) {
      before.runningPercent = Math.min(before.runningPercent ?? 100, runningPercent);
    }
  }
  return [...events.values()];
}

/** Why there is nothing to compare with. */
function nothingFound(text: string): string {
  const expected = "expected the output of perf stat, for people, or of its options -x or -j";
  const first = text.split("\n", 200).find((line) => line.trim() !== "");
  if (first === undefined) return `is empty; ${expected}: perf writes to standard error, or to the file of -o`;
  return `found no counter, but ${JSON.stringify(first.slice(0, 80))} first; ${expected}`;
}

function* linesOf(text: string): Generator<{ line: string; number: number }, void> {
  for (let at = 0, number = 1; at < text.length; number++) {
    const newline = text.indexOf("\n", at);
    const end = newline < 0 ? text.length : newline;
    yield { line: text.slice(at, end).replace(/\r$/, ""), number };
    at = end + 1;
  }
}
