/** How far a job has come, in words. */
import { count } from "./format.ts";
import { perSecond } from "./metrics.ts";
import type { Progress } from "./progress.ts";

/** Time after which the speed is known well enough to tell what is left. */
const SETTLED_SECONDS = 1;

/** The parts of what is told of a job's progress. */
export interface ProgressWords {
  records: string;
  /** Records per second since the start. */
  rate: string;
  /** `0:07`, `12:34`, `1:02:03`: the time left at the speed since the start; `?` while it is not known. */
  left: string;
}

/** What is told of `progress`, `elapsedSeconds` after the start. */
export function progressWords(
  { consumedBytes, storedBytes, records }: Progress,
  elapsedSeconds: number,
): ProgressWords {
  const bytesPerSecond = perSecond(consumedBytes, elapsedSeconds);
  const known = storedBytes !== null && bytesPerSecond > 0 && elapsedSeconds >= SETTLED_SECONDS;
  return {
    records: count(records),
    rate: count(perSecond(records, elapsedSeconds)),
    left: known ? clock(Math.max(0, storedBytes - consumedBytes) / bytesPerSecond) : "?",
  };
}

/** The same in one line. */
export function progressLine(progress: Progress, elapsedSeconds: number): string {
  const { records, rate, left } = progressWords(progress, elapsedSeconds);
  return `${records} records, ${rate}/s, ${left} left`;
}

/** `0:07`, `12:34`, `1:02:03`. */
export function clock(timeSeconds: number): string {
  const total = Math.ceil(timeSeconds);
  const twoDigits = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return `${hours > 0 ? `${hours}:${twoDigits(minutes)}` : minutes}:${twoDigits(total % 60)}`;
}
