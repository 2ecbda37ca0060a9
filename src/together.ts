/** One machine over several traces, each a process, which take turns. */

import { hasOpt } from "./config/cpus/opt.ts";
import { usualOs } from "./config/os-config.ts";
import { resolve } from "./config/resolve.ts";
import type { Config } from "./config/types.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { OsReplay } from "./kernel/os-replay.ts";
import { assertMapsOfOne } from "./os/processes.ts";
import { osSetupTogether } from "./os/setup.ts";
import type { Region } from "./regions/region.ts";
import { replaying, summarize } from "./replay.ts";
import type { Progress } from "./report/progress.ts";
import type { RunResult, TraceSummary } from "./report/results.ts";
import { osResult } from "./simulate-os.ts";
import type { Trace } from "./trace/trace.ts";

export interface TogetherOptions extends JobOptions {
  /** Mappings of each trace, in their order: see RunOptions. @default every address is mapped, and everything is allowed */
  maps?: readonly (readonly Region[])[] | undefined;
}

/**
 * Replays `traces` in turn through one machine of `config`, each as a process: `config.switchEvery` records of the first, as many
 * of the next, and so on; one that has ended drops out. Rejects as `simulate()` does.
 *
 * A turn ends before the record after its last one: what a trace tells of in between, as system calls, belongs to it.
 */
export async function simulateTogether(
  traces: readonly Trace[],
  config: Config,
  options: TogetherOptions = {},
): Promise<RunResult> {
  const resolved = resolve(config);
  const os = resolved.os ?? usualOs();
  const { maps = null } = options;
  if (os.switchEvery === 0) throw new ConfigError("switchEvery", config.switchEvery, "a number of records, from 1");
  if (maps !== null) assertMapsOfEach(maps, traces);
  const warm = traces.find(({ selection }) => selection.warmup > 0);
  if (warm !== undefined) {
    throw new ConfigError("warmup", warm.selection.warmup, "no warm-up where several traces take turns");
  }
  if (hasOpt(resolved.hierarchy))
    throw new ConfigError("policy", "opt", "another policy where several traces take turns");
  if (os.reclaim === "opt")
    throw new ConfigError("reclaim", os.reclaim, "another policy where several traces take turns");
  const selections = traces.map(({ selection }) => selection);
  const kernel = await Kernel.create(undefined, resolved.hierarchy);
  const machine = kernel.configureOs(resolved, osSetupTogether(resolved, os, maps, selections));
  const startMs = performance.now();
  const summaries = await replayInTurns(traces, machine, os.switchEvery, options, () => {
    if (maps !== null) assertMapsOfOne(machine, traces);
  });
  const elapsedSeconds = (performance.now() - startMs) / 1000;
  return osResult(machine, kernel.counters(), summaryOf(summaries), resolved, maps !== null, elapsedSeconds);
}

/** Throws ConfigError unless there are as many `maps` as `traces`. */
export function assertMapsOfEach({ length }: readonly unknown[], traces: readonly unknown[]): void {
  if (length === traces.length) return;
  throw new ConfigError("maps", `${length} of ${traces.length} traces`, "mappings of each trace, or of none");
}

/** Resolves with what is known of each trace when all were replayed by `machine`. `check` is called after each turn. */
async function replayInTurns(
  traces: readonly Trace[],
  machine: OsReplay,
  every: number,
  { signal, onProgress }: JobOptions,
  check: () => void,
): Promise<TraceSummary[]> {
  const progress: Progress[] = [];
  const report = () => onProgress?.(sumOf(progress, traces));
  const decoded = await Promise.all(
    traces.map((trace, index) =>
      DecodedTrace.start(trace, {
        signal,
        onProgress: (one) => {
          progress[index] = one;
          report();
        },
      }),
    ),
  );
  try {
    const going = [...decoded.entries()];
    for (let at = 0; going.length > 0; ) {
      const [index, trace] = going[at] as [number, DecodedTrace];
      const records = going.length > 1 ? every : 0;
      machine.startTurn(index, records);
      const isOver = await trace.replayTurn(machine, records);
      check();
      if (isOver) going.splice(at, 1);
      else at++;
      if (at === going.length) at = 0;
    }
  } finally {
    await Promise.all(decoded.map((trace) => trace.close()));
  }
  return decoded.map((trace) => trace.summary());
}

/** A trace that a kernel of its own decodes, piece by piece. */
class DecodedTrace {
  readonly #trace: Trace;
  readonly #kernel: Kernel;
  readonly #pieces: AsyncGenerator<number, void>;
  /** The bytes of the latest piece's entries that were replayed, and how many it has. */
  #replayed = 0;
  #bytes = 0;

  private constructor(trace: Trace, kernel: Kernel, options: JobOptions) {
    this.#trace = trace;
    this.#kernel = kernel;
    this.#pieces = replaying(trace, kernel, options);
  }

  static async start(trace: Trace, options: JobOptions): Promise<DecodedTrace> {
    const kernel = await Kernel.create();
    kernel.configureEntries(readingOf(trace), { calls: true });
    return new DecodedTrace(trace, kernel, options);
  }

  /** Has `machine` replay its turn, of `records` records (0: all that come). Resolves with whether the trace has ended. */
  async replayTurn(machine: OsReplay, records: number): Promise<boolean> {
    // No more than a turn is likely to need is copied, and the entry by which its end is seen.
    const most = records === 0 ? Number.POSITIVE_INFINITY : (records + 1) * machine.entryBytes();
    for (;;) {
      if (this.#replayed === this.#bytes && !(await this.#decodeMore())) return true;
      const end = Math.min(this.#bytes, this.#replayed + most);
      const given = this.#kernel.entries().subarray(this.#replayed, end);
      const done = machine.runGiven(given);
      this.#replayed += done;
      if (done < given.length) return false;
    }
  }

  summary(): TraceSummary {
    return summarize(this.#trace, this.#kernel.counters());
  }

  /** Ends its reading, wherever it is. */
  async close(): Promise<void> {
    await this.#pieces.return();
  }

  async #decodeMore(): Promise<boolean> {
    const { done = false } = await this.#pieces.next();
    if (done) return false;
    this.#kernel.countEntries();
    this.#replayed = 0;
    this.#bytes = this.#kernel.entries().length;
    return true;
  }
}

function sumOf(progress: readonly Progress[], traces: readonly Trace[]): Progress {
  const known = progress.filter((one) => one !== undefined);
  const sizes = traces.map(({ storedBytes }) => storedBytes);
  return {
    consumedBytes: sum(known.map(({ consumedBytes }) => consumedBytes)),
    storedBytes: sizes.some((size) => size === null) ? null : sum(sizes.map((size) => size ?? 0)),
    records: sum(known.map(({ records }) => records)),
  };
}

/** What is known of all of them. */
function summaryOf(traces: readonly TraceSummary[]): TraceSummary {
  const [first] = traces;
  if (first === undefined) throw new ConfigError("traces", 0, "1 or more");
  const same = <Name extends keyof TraceSummary>(name: Name) =>
    traces.every((trace) => JSON.stringify(trace[name]) === JSON.stringify(first[name]));
  const damagedLines = sum(traces.map((trace) => trace.damagedLines ?? 0));
  return {
    path: traces.map(({ path }) => path).join(" + "),
    format: same("format") ? first.format : "several",
    compression: same("compression") ? first.compression : "several",
    records: sum(traces.map(({ records }) => records)),
    instructions: sum(traces.map(({ instructions }) => instructions)),
    skippedLines: sum(traces.map(({ skippedLines }) => skippedLines)),
    ...(damagedLines > 0 ? { damagedLines } : {}),
    ...(traces.some(({ sampled }) => sampled) ? { sampled: true as const } : {}),
    ...(first.window !== undefined && same("window") ? { window: first.window } : {}),
    ...(first.thread !== undefined && same("thread") ? { thread: first.thread } : {}),
    traces: [...traces],
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
