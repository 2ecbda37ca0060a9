/** What was counted over time, from what the kernel notes at the ends of intervals. */
import { ConfigError } from "./errors.ts";
import { countedBetween, type SeriesCounts } from "./kernel/series.ts";
import type { RunSeries } from "./report/results.ts";

/** Intervals of a series at most: some 200 MB of results. */
export const MAX_INTERVALS = 2 ** 20;

/** Collects the intervals of one run. */
export class SeriesCollector {
  readonly #intervalRecords: number;
  readonly #intervals: RunSeries["intervals"] = [];
  #before: SeriesCounts;

  /** `start`: what was counted when the first interval began. */
  constructor(intervalRecords: number, start: SeriesCounts) {
    this.#intervalRecords = intervalRecords;
    this.#before = start;
  }

  /** What was noted before was a warm-up; the first interval begins with `start`. */
  restart(start: SeriesCounts): void {
    this.#intervals.length = 0;
    this.#before = start;
  }

  /** Takes what was counted at the ends of the next intervals. Throws ConfigError if there are too many. */
  add(ends: readonly SeriesCounts[]): void {
    for (const end of ends) this.#push(this.#intervalRecords, end);
  }

  /** The series of a run of `records` records that ended with `last`. */
  finish(records: number, last: SeriesCounts): RunSeries {
    const left = records - this.#intervals.length * this.#intervalRecords;
    if (left > 0) this.#push(left, last);
    return { intervalRecords: this.#intervalRecords, intervals: this.#intervals };
  }

  #push(records: number, end: SeriesCounts): void {
    if (this.#intervals.length === MAX_INTERVALS) throw tooMany(this.#intervalRecords);
    this.#intervals.push({ records, ...countedBetween(this.#before, end) });
    this.#before = end;
  }
}

function tooMany(intervalRecords: number): ConfigError {
  const records = MAX_INTERVALS * intervalRecords;
  const found = `the trace has more than ${records} records, and a series ${MAX_INTERVALS} intervals at most`;
  return new ConfigError(
    "interval",
    intervalRecords,
    `more: ${found}; ${10 * intervalRecords} is enough for ten times as many`,
  );
}
