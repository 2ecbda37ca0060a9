/** Many TLBs over one trace, which is read once. */
import { resolveSweep } from "./config/resolve.ts";
import { PAGE_SIZES, type ResolvedSweepPoint, type SweepConfig } from "./config/types.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { replay, summarize } from "./replay.ts";
import { missRatio, perSecond } from "./report/metrics.ts";
import type { SweepResult } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** Simulates a share of a sweep's points, here or in another thread. Calls come one after the other. */
export interface PointSimulator {
  /** Starts with empty TLBs. Rejects with KernelError. */
  start(points: readonly ResolvedSweepPoint[]): Promise<void>;
  /**
   * Takes the next references (assembly/references.ts), which it must have read or copied when it returns. If it
   * returns a promise, that resolves when it can take more.
   */
  feed(references: BigUint64Array): Promise<void> | void;
  /** Misses of each point, in their order, when all that was fed is done. */
  finish(): Promise<number[]>;
}

export interface SweepOptions extends JobOptions {
  /** Who simulates the points, each a share of them. @default one, in this thread */
  simulators?: readonly PointSimulator[] | undefined;
}

/**
 * Simulates every one-level TLB of `config` over the references of one stream. Rejects as `simulate()` does. The counts
 * do not depend on the number of simulators.
 */
export async function sweep(trace: Trace, config: SweepConfig = {}, options: SweepOptions = {}): Promise<SweepResult> {
  const { stream, points } = resolveSweep(config);
  const simulators = options.simulators?.length ? options.simulators : [new LocalSimulator()];
  const shares = sharesOf(points, simulators.length);
  const kernel = await Kernel.create();
  kernel.configureSurvey(stream);
  await Promise.all(
    simulators.map((simulator, share) =>
      simulator.start((shares[share] ?? []).map((index) => points[index] as ResolvedSweepPoint)),
    ),
  );

  const startMs = performance.now();
  await replay(
    trace,
    kernel,
    () => {
      const count = kernel.gatherReferences();
      if (count === 0) return;
      kernel.survey(count); // before the view is made: memory may grow
      const references = kernel.references(count);
      const feeding = simulators.map((simulator) => simulator.feed(references)).filter((fed) => fed !== undefined);
      return feeding.length > 0 ? Promise.all(feeding).then(() => undefined) : undefined;
    },
    options,
  );
  const misses: number[] = [];
  const shared = await Promise.all(simulators.map((simulator) => simulator.finish()));
  shares.forEach((share, simulator) => {
    share.forEach((point, index) => {
      misses[point] = shared[simulator]?.[index] ?? Number.NaN;
    });
  });
  const elapsedSeconds = (performance.now() - startMs) / 1000;

  const coldMisses = new Map(PAGE_SIZES.map((pageSize) => [pageSize, kernel.touchedPages(stream, pageSize)]));
  const counters = kernel.counters();
  const references =
    (stream === "data" ? 0 : counters.fetchReferences) + (stream === "fetch" ? 0 : counters.dataReferences);
  return {
    schema: "pagewalk/sweep@1",
    version: VERSION,
    trace: summarize(trace, counters),
    stream,
    references,
    points: points.map((point, index) => {
      const missed = misses[index] ?? Number.NaN;
      return {
        pageSize: point.pageSize,
        policy: point.policy,
        entries: point.entries,
        ways: point.ways,
        sets: point.sets,
        hits: references - missed,
        misses: missed,
        coldMisses: coldMisses.get(point.pageSize) ?? 0,
        missRatio: missRatio(missed, references),
      };
    }),
    time: { seconds: elapsedSeconds, referencesPerSecond: perSecond(references, elapsedSeconds) },
  };
}

/** Which points each of `count` simulators gets, by index: those of one page size and set count, which share work, together. */
function sharesOf(points: readonly ResolvedSweepPoint[], count: number): number[][] {
  const groups = new Map<string, number[]>();
  points.forEach(({ pageSize, policy, sets }, index) => {
    const name = `${pageSize} ${policy} ${sets}`;
    const group = groups.get(name) ?? [];
    group.push(index);
    groups.set(name, group);
  });
  const shares: number[][] = Array.from({ length: count }, () => []);
  [...groups.values()].forEach((group, index) => {
    shares[index % count]?.push(...group);
  });
  return shares;
}

/** Simulates points in this thread. */
export class LocalSimulator implements PointSimulator {
  #kernel: Kernel | null = null;

  async start(points: readonly ResolvedSweepPoint[]): Promise<void> {
    this.#kernel = await Kernel.create();
    this.#kernel.configureSweep(points);
  }

  feed(references: BigUint64Array): void {
    this.#kernel?.sweep(references);
  }

  async finish(): Promise<number[]> {
    return this.#kernel?.pointMisses() ?? [];
  }
}
