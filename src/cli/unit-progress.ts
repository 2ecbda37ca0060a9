/** The progress line on standard error, while a share of a plan is done. */
import { SingleBar } from "cli-progress";
import type { ShardProgress } from "../cluster/run-shard.ts";
import { count } from "../report/format.ts";
import { clock } from "../report/progress-words.ts";

const BAR_COLUMNS = 30;
/** Columns of the line without its bar, for up to a million units. */
const TEXT_COLUMNS = 60;
/** Seconds between two looks at the clock where no unit ends meanwhile. */
const EVERY_MS = 1000;

export interface UnitProgressLine {
  update(progress: ShardProgress): void;
  /** Clears the line, so that something else can be told; the next update shows it again. Must be called last. */
  clear(): void;
}

/**
 * A progress line for a share of a plan: units that are done, left and failed, and the time left, by the plan's estimates and how long those done
 * took. Writes nothing at all unless `enabled` and `stream` is a terminal that can move its cursor.
 */
export function createUnitProgress(stream: NodeJS.WriteStream, enabled: boolean): UnitProgressLine {
  if (!enabled || !stream.isTTY || process.env.TERM === "dumb") return { update() {}, clear() {} };
  const startMs = performance.now();
  let bar: SingleBar | null = null;
  let timer: NodeJS.Timeout | null = null;
  let last: ShardProgress | null = null;
  const draw = () => {
    if (last !== null) bar?.update(last.done, wordsOf(last, (performance.now() - startMs) / 1000));
  };
  return {
    update(progress) {
      last = progress;
      if (bar === null) {
        bar = createBar(stream);
        bar.start(progress.units, progress.done, wordsOf(progress, (performance.now() - startMs) / 1000));
        timer = setInterval(draw, EVERY_MS).unref();
      }
      draw();
    },
    clear() {
      if (timer !== null) clearInterval(timer);
      bar?.stop();
      bar = null;
    },
  };
}

/** What the line says of `progress`, `elapsedSeconds` after its start. */
function wordsOf({ units, done, failed, seconds, secondsDone }: ShardProgress, elapsedSeconds: number) {
  return {
    done: count(done),
    open: count(units - done - failed.length),
    failed: failed.length === 0 ? "" : ` | ${count(failed.length)} failed`,
    time: secondsDone > 0 ? clock(((seconds - secondsDone) / secondsDone) * elapsedSeconds) : "?",
  };
}

function createBar(stream: NodeJS.WriteStream): SingleBar {
  return new SingleBar({
    stream,
    format: "{bar} {done} units done | {open} left{failed} | {time} left",
    barsize: Math.max(0, Math.min(BAR_COLUMNS, (stream.columns || 80) - TEXT_COLUMNS)),
    fps: 10,
    clearOnComplete: true,
    linewrap: true,
  });
}
