/** The futures of TLBs with policy `opt`: what each of them will be looked up for, found by replays of the whole trace before the one that counts. */
import { isOpt } from "./config/cpus/opt.ts";
import type { ResolvedCpu } from "./config/cpus/resolved.ts";
import type { ResolvedConfig } from "./config/types.ts";
import { readingOf } from "./decoding.ts";
import { assertReadTwice, Future } from "./future.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { OsSetup, TlbFutures } from "./kernel/os.ts";
import type { OsReplay } from "./kernel/os-replay.ts";
import { replay } from "./replay.ts";
import type { Trace } from "./trace/trace.ts";

/** What the TLBs of a replay are told. */
export class KnownLookups {
  readonly #futures = new Map<number, Future>();
  readonly #listed: readonly number[];

  private constructor(known: ReadonlyMap<number, Future>, listed: readonly number[]) {
    for (const [tlb, future] of known) this.#futures.set(tlb, future);
    this.#listed = listed;
  }

  /**
   * Reads all of `trace`, once for each level that has TLBs with policy `opt`: their lookups depend on those of the levels above.
   * Rejects with ConfigError if it can be read only once, or is too long.
   */
  static async read(
    trace: Trace,
    config: ResolvedConfig & { hierarchy: ResolvedCpu },
    setup: OsSetup,
    options: JobOptions,
  ): Promise<KnownLookups> {
    assertReadTwice(trace, "policy");
    const { tlbs } = config.hierarchy;
    const opt = tlbs.flatMap((tlb, index) => (isOpt(tlb) ? [{ index, level: tlb.level }] : []));
    const futures = new Map<number, Future>();
    for (const level of new Set(opt.map((tlb) => tlb.level))) {
      const listed = opt.filter((tlb) => tlb.level === level).map(({ index }) => index);
      const known = new KnownLookups(futures, listed);
      for (const tlb of listed) futures.set(tlb, new Future("policy", opt.length));
      const kernel = await Kernel.create(undefined, config.hierarchy);
      const machine = kernel.configureOs(config, { ...setup, futures: known.roles() }, readingOf(trace), true);
      await replay(
        trace,
        kernel,
        () => {
          known.run(machine);
          for (const tlb of listed) futures.get(tlb)?.add(machine.listedLookups(tlb));
        },
        options,
      );
      for (const future of futures.values()) future.rewind();
    }
    return new KnownLookups(futures, []);
  }

  /** Which TLBs of a machine are told, and of which lookups are listed, for OsSetup. */
  roles(): TlbFutures {
    return { known: [...this.#futures.keys()], listed: this.#listed };
  }

  /** Has `machine` replay the words that were decoded last. Throws KernelError. */
  run(machine: OsReplay): void {
    for (const [tlb, future] of this.#futures) future.tell(machine.nextLookups(tlb));
    machine.run();
    for (const [tlb, future] of this.#futures) future.pass(machine.lookupsTaken(tlb));
  }
}
