/** The progress line on standard error, while a trace is read. */
import { SingleBar } from "cli-progress";
import type { Progress } from "../report/progress.ts";
import { progressWords } from "../report/progress-words.ts";

export interface ProgressLine {
  /** Takes the latest state; may be called as often as wished, draws at most 10 times a second. */
  update(progress: Progress): void;
  /** Clears the line. Must be called, on failure too: until then a timer keeps the process alive. */
  stop(): void;
}

const UPDATES_PER_SECOND = 10;
/** Columns of the line without its bar, for up to 10^12 records. */
const TEXT_COLUMNS = 64;
const BAR_COLUMNS = 30;

/**
 * A progress line for one trace: percent, records, records per second and the time that is left; without a known size
 * only the records. It first shows at the first update.
 *
 * The time left is from the speed since the start: cli-progress's own estimate says 0 until its second update.
 * Writes nothing at all unless `enabled` and `stream` is a terminal that can move its cursor.
 */
export function createProgress(stream: NodeJS.WriteStream, enabled: boolean): ProgressLine {
  if (!enabled || !stream.isTTY || process.env.TERM === "dumb") return { update() {}, stop() {} };

  const startMs = performance.now();
  let lastUpdateMs = Number.NEGATIVE_INFINITY;
  let bar: SingleBar | null = null;
  return {
    update({ consumedBytes, storedBytes, records }) {
      const nowMs = performance.now();
      if (nowMs - lastUpdateMs < 1000 / UPDATES_PER_SECOND) return;
      lastUpdateMs = nowMs;
      const payload = progressWords({ consumedBytes, storedBytes, records }, (nowMs - startMs) / 1000);
      if (bar === null) {
        bar = createBar(stream, storedBytes !== null);
        bar.start(storedBytes ?? 0, consumedBytes, payload);
      }
      bar.update(consumedBytes, payload);
    },
    stop() {
      bar?.stop();
      bar = null;
    },
  };
}

function createBar(stream: NodeJS.WriteStream, sizeKnown: boolean): SingleBar {
  const text = "{records} records | {rate}/s";
  return new SingleBar({
    stream,
    format: sizeKnown ? `{bar} {percentage}% | ${text} | {left} left` : text,
    barsize: Math.max(0, Math.min(BAR_COLUMNS, (stream.columns || 80) - TEXT_COLUMNS)),
    fps: UPDATES_PER_SECOND,
    clearOnComplete: true,
    // Cut at the edge rather than switch the wrapping of the terminal, which a killed process would leave off.
    linewrap: true,
  });
}
