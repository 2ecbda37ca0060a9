/**
 * What Belady's MIN has to know: when the page of each use is used next. Found by a replay of the whole trace without a
 * limit on memory, in which the same records make references as with one. References one after the other to the same page
 * are one use (assembly/os/uses.ts).
 */
import type { ResolvedConfig } from "../config/types.ts";
import { readingOf } from "../decoding.ts";
import { ConfigError } from "../errors.ts";
import type { JobOptions } from "../job.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { OsSetup } from "../kernel/os.ts";
import type { OsReplay } from "../kernel/os-replay.ts";
import { replay } from "../replay.ts";
import type { Trace } from "../trace/trace.ts";

/** Uses that are kept at most: 4 bytes each, 1 GiB. */
const MAX_USES = 2 ** 28;
const CHUNK_USES = 2 ** 20;
/** The time of what never happens. */
const NEVER = 2 ** 32 - 1;

/** Reads all of `trace`, which can be opened again afterwards. Rejects with ConfigError if it cannot, or is too long. */
export async function readFuture(
  trace: Trace,
  config: ResolvedConfig,
  setup: OsSetup,
  options: JobOptions,
): Promise<Future> {
  if (trace.reopenable !== true) {
    const why = "opt only for files: the trace is read twice, which standard input, a pipe or a program cannot be";
    throw new ConfigError("reclaim", "opt", why);
  }
  const kernel = await Kernel.create(undefined, config.hierarchy);
  const machine = kernel.configureOs(config, { ...setup, memoryFrames: null, listsUses: true }, readingOf(trace));
  const future = new Future();
  await replay(
    trace,
    kernel,
    () => {
      machine.run();
      future.add(machine.listedUses());
    },
    options,
  );
  return future;
}

/** For each use of a page in a trace, the number of the next one, from 1. */
export class Future {
  readonly #chunks: Uint32Array[] = [];
  #uses = 0;
  /** Uses that run() has made. */
  #used = 0;

  /** Appends uses of pages, of each the number of the latest one before it, from 1; 0: none. Throws ConfigError. */
  add(previous: Uint32Array): void {
    if (this.#uses + previous.length > MAX_USES) {
      const most = `opt for traces that go from one page to another ${MAX_USES.toLocaleString("en-US")} times at most`;
      throw new ConfigError("reclaim", "opt", `${most}; a part of this one can be had by --limit`);
    }
    for (const before of previous) {
      if (this.#uses % CHUNK_USES === 0) this.#chunks.push(new Uint32Array(CHUNK_USES).fill(NEVER));
      this.#uses++;
      if (before !== 0) this.#chunk(before - 1)[(before - 1) % CHUNK_USES] = this.#uses;
    }
  }

  /** Has `machine` replay the entries that were decoded last. Throws KernelError. */
  run(machine: OsReplay): void {
    const room = machine.nextUses();
    for (let at = 0; at < room.length && this.#used + at < this.#uses; ) {
      const from = (this.#used + at) % CHUNK_USES;
      const part = this.#chunk(this.#used + at).subarray(from, from + room.length - at);
      room.set(part, at);
      at += part.length;
    }
    machine.run();
    this.#used += machine.usesTaken();
  }

  #chunk(use: number): Uint32Array {
    return this.#chunks[Math.floor(use / CHUNK_USES)] as Uint32Array;
  }
}
