/** What was counted over time, from what the kernel notes at the ends of intervals. */
import { ConfigError } from "./errors.ts";
import { countedBetween, type SeriesCounts } from "./kernel/series.ts";
import type { RunSeries } from "./report/results.ts";

/** Intervals of a series at most: some 200 MB of results. */
const MAX_INTERVALS = 2 ** 20;

/** Collects the intervals of one run. */
export class SeriesCollector {
  readonly #intervalRecords: number;
  readonly #most: number;
  readonly #intervals: RunSeries["intervals"] = [];
  #before: SeriesCounts;

  /** `start`: what was counted when the first interval began. `most`: intervals that there may be. */
  constructor(intervalRecords: number, start: SeriesCounts, most = MAX_INTERVALS) {
    this.#intervalRecords = intervalRecords;
    this.#most = most;
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
    if (this.#intervals.length === this.#most) throw tooMany(this.#intervalRecords, this.#most);
    this.#intervals.push({ records, ...countedBetween(this.#before, end) });
    this.#before = end;
  }
}

function tooMany(intervalRecords: number, most: number): ConfigError {
  const found = `the trace has more than ${most * intervalRecords} records, and a series ${most} intervals at most`;
  const enough = `${10 * intervalRecords} is enough for ten times as many`;
  return new ConfigError("interval", intervalRecords, `more: ${found}; ${enough}`);
}
