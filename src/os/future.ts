/**
 * What Belady's MIN has to know: when the page of each use is used next. Found by a replay of the whole trace without a
 * limit on memory, in which the same records make references as with one. References one after the other to the same page
 * are one use (assembly/os/uses.ts).
 */
import type { ResolvedConfig } from "../config/types.ts";
import { readingOf } from "../decoding.ts";
import { assertReadTwice, Future } from "../future.ts";
import type { JobOptions } from "../job.ts";
import { Kernel } from "../kernel/kernel.ts";
import type { OsSetup } from "../kernel/os.ts";
import type { OsReplay } from "../kernel/os-replay.ts";
import { replay } from "../replay.ts";
import type { Trace } from "../trace/trace.ts";

/** Reads all of `trace`, which can be opened again afterwards. Rejects with ConfigError if it cannot, or is too long. */
export async function readFuture(
  trace: Trace,
  config: ResolvedConfig,
  setup: OsSetup,
  options: JobOptions,
): Promise<Future> {
  assertReadTwice(trace, "reclaim");
  const kernel = await Kernel.create(undefined, config.hierarchy);
  const machine = kernel.configureOs(config, { ...setup, memoryFrames: null, listsUses: true }, readingOf(trace));
  const future = new Future("reclaim");
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

/** Has `machine` replay the entries that were decoded last, which uses pages in the `future`. Throws KernelError. */
export function runInto(future: Future, machine: OsReplay): void {
  future.tell(machine.nextUses());
  machine.run();
  future.pass(machine.usesTaken());
}
