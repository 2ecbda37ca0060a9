/** Many TLBs over one trace, which is read once. */
import { tellsSecondHits } from "./config/policies.ts";
import { resolveSweep } from "./config/resolve.ts";
import { checkCountOfPages } from "./config/selection.ts";
import type { PageSize, ResolvedFront, ResolvedGeometry, ResolvedSweepPoint, SweepConfig } from "./config/types.ts";
import { readingOf } from "./decoding.ts";
import { assertReadTwice, Future } from "./future.ts";
import type { JobOptions } from "./job.ts";
import { type Counters, Kernel } from "./kernel/kernel.ts";
import {
  type SizeCounts,
  type SweepCounts,
  SweepKernel,
  type SweepTask,
  type SweepWork,
} from "./kernel/sweep-kernel.ts";
import { replay, summarize, tlbResult } from "./replay.ts";
import { curveOf } from "./report/curve.ts";
import { perSecond } from "./report/metrics.ts";
import type { SweepPoint, SweepResult } from "./report/results.ts";
import { divide, gather, planSweep } from "./sweep/plan.ts";
import { checkCounts, countsOf, SizeTotals, totalsOf } from "./sweep/points.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

/** Simulates a share of a sweep, here or in another thread. Calls come one after the other. */
export interface SweepSimulator {
  /** Starts with empty TLBs. Rejects with KernelError. */
  start(work: SweepWork): Promise<void>;
  /**
   * Only if there are points with policy `opt`: what was fed since the start was a first reading, by which these learn what comes; now
   * all of it comes once more.
   */
  rewind(): Promise<void>;
  /**
   * Takes the next references (assembly/references.ts), which it must have read or copied when it returns. If it
   * returns a promise, that resolves when it can take more.
   */
  feed(references: BigUint64Array): Promise<void> | void;
  /** Has what is fed from here on be counted from 0. TLBs and pages stay as they are. */
  endWarmup(): Promise<void> | void;
  /** What it counted, since the warm-up if there was one, when all that was fed is done. */
  finish(): Promise<SweepCounts>;
}

export interface SweepOptions extends JobOptions {
  /** Who simulates, each a share. @default one, in this thread */
  simulators?: readonly SweepSimulator[] | undefined;
}

/**
 * Simulates every TLB of `config` over the references of one stream. Rejects as `simulate()` does, and with KernelError,
 * status `check-failed`, if a point that is simulated twice has not the same counts. The counts do not depend on the
 * number of simulators.
 */
export async function sweep(trace: Trace, config: SweepConfig = {}, options: SweepOptions = {}): Promise<SweepResult> {
  const resolved = resolveSweep(config);
  const { stream, front, flushEvery, auto } = resolved;
  if (trace.format.isPagesOnly) checkCountOfPages("flushEvery", flushEvery);
  const readsTwice = hasFuture(resolved.points);
  if (readsTwice) assertReadTwice(trace, "policies");
  const keepsTwo = front === null && resolved.points.some(({ policy }) => tellsSecondHits(policy));
  const plan = planSweep(resolved);
  const available = options.simulators?.length ? options.simulators : [new LocalSimulator()];
  const shares = divide(plan, resolved, available.length);
  const simulators = available.slice(0, shares.length);
  const kernel = await Kernel.create();
  kernel.configureSurvey(stream, { events: true, flushEvery, keepsTwo }, readingOf(trace));
  await Promise.all(shares.map(({ work }, share) => simulators[share]?.start(work)));

  const startMs = performance.now();
  const feedTo = (fed: readonly SweepSimulator[]) => () => {
    const count = kernel.gatherReferences();
    if (count === 0) return;
    const references = kernel.references(count);
    const feeding = fed.map((simulator) => simulator.feed(references)).filter((taking) => taking !== undefined);
    return feeding.length > 0 ? Promise.all(feeding).then(() => undefined) : undefined;
  };
  if (readsTwice) {
    const told = simulators.filter((_, share) => hasFuture(shares[share]?.work.tasks ?? []));
    await replay(trace, kernel, feedTo(told), options);
    await Promise.all(told.map((simulator) => simulator.rewind()));
    kernel.configureSurvey(stream, { events: true, flushEvery, keepsTwo }, readingOf(trace));
  }
  await replay(trace, kernel, feedTo(simulators), options, undefined, async () => {
    kernel.endWarmup();
    await Promise.all(simulators.map((simulator) => simulator.endWarmup()));
  });
  const counted = await Promise.all(simulators.map((simulator) => simulator.finish()));
  const elapsedSeconds = (performance.now() - startMs) / 1000;

  const counters = kernel.counters();
  const summary = summarize(trace, counters);
  const { instructions } = summary;
  const references =
    (stream === "data" ? 0 : counters.fetchReferences) + (stream === "fetch" ? 0 : counters.dataReferences);
  const tasks = gather(
    shares,
    counted.map((counts) => counts.tasks),
  );
  const l1: SweepResult["l1"] = [];
  const sizes = plan.pageSizes.map((pageSize) => {
    const counts = counted.flatMap((each) => each.sizes).filter((size) => size.pageSize === pageSize);
    const withDistances = counts.find(({ distances }) => distances !== null) ?? (counts[0] as SizeCounts);
    const ofL1 = front === null ? [] : l1Of(front, withDistances, counters, instructions);
    l1.push(...ofL1);
    return new SizeTotals(
      withDistances,
      front === null ? references : ofL1.reduce((sum, { misses }) => sum + misses, 0),
    );
  });
  checkCounts(plan, tasks);

  // Checks see no reference to the page of the one before it, unless an event comes between.
  const mayOutlastChecks = ({ lookups, found }: SizeTotals) => {
    const unseen = front === null ? (found[0] ?? 0) - counters.flushes - counters.unmaps : 0;
    const isSurelyOver = trace.selection.warmup === 0 && lookups - unseen <= resolved.checkedPages;
    return resolved.checkedPages > 0 && !isSurelyOver;
  };
  const points: SweepPoint[] = resolved.points.map((point, index) => {
    const counts = countsOf(plan.countsFrom[index] ?? "distances", point, tasks, sizes);
    return totalsOf(sizes, point.pageSize).pointOf(point, counts, instructions);
  });
  for (const pageSize of auto) {
    for (const point of totalsOf(sizes, pageSize).everySize(instructions)) points.push(point); // more than a call may pass
  }
  return {
    schema: "pagewalk/sweep@1",
    version: VERSION,
    trace: summary,
    stream,
    references,
    l1,
    lookups: sizes.map(({ pageSize, lookups }) => ({ pageSize, lookups })),
    invalidations: { flushes: counters.flushes, unmaps: counters.unmaps },
    points,
    curves: sizes.map(({ pageSize, footprint, lookups, coldMisses, found }) =>
      curveOf(pageSize, footprint, lookups, coldMisses, found),
    ),
    checkedPoints: plan.checks.filter((task) => isPoint(plan.tasks[task], auto, sizes)).length,
    checkedReferences: sizes.some((size) => mayOutlastChecks(size)) ? resolved.checkedPages : null,
    time: { seconds: elapsedSeconds, referencesPerSecond: perSecond(references, elapsedSeconds) },
  };
}

/** Whether some points have to be told what comes. */
function hasFuture(points: readonly ResolvedSweepPoint[]): boolean {
  return points.some(({ policy }) => policy === "opt");
}

/** Whether a check is of a point of the result: of every size, those up to the footprint are. */
function isPoint(check: SweepTask | undefined, auto: readonly PageSize[], sizes: readonly SizeTotals[]): boolean {
  if (check === undefined) return false;
  return !auto.includes(check.pageSize) || check.entries <= totalsOf(sizes, check.pageSize).footprint;
}

/** The L1 TLBs in front, for one page size. */
function l1Of(
  front: ResolvedFront,
  { pageSize, l1iMisses, l1dMisses }: SizeCounts,
  { fetchReferences, dataReferences }: Counters,
  instructions: number,
): SweepResult["l1"] {
  const tlb = (name: "L1I" | "L1D", geometry: ResolvedGeometry, lookups: number, misses: number) => ({
    pageSize,
    ...tlbResult(name, { ...geometry, policy: "lru" }, lookups, misses, instructions),
  });
  return [
    ...(front.l1i === null ? [] : [tlb("L1I", front.l1i, fetchReferences, l1iMisses)]),
    ...(front.l1d === null ? [] : [tlb("L1D", front.l1d, dataReferences, l1dMisses)]),
  ];
}

/** Simulates in this thread. */
export class LocalSimulator implements SweepSimulator {
  #kernel: SweepKernel | null = null;
  /** What to start with after the first reading, while that goes on. */
  #later: SweepWork | null = null;
  #futures = new Map<PageSize, Future>();

  async start(work: SweepWork): Promise<void> {
    const sizesOf = (tasks: readonly SweepTask[]) => [...new Set(tasks.map(({ pageSize }) => pageSize))];
    const listed = sizesOf(work.tasks.filter(({ policy }) => policy === "opt"));
    const listedTwice = sizesOf(work.tasks.filter(({ policy }) => tellsSecondHits(policy)));
    this.#futures = new Map(listed.map((pageSize) => [pageSize, new Future("policies", listed.length)]));
    this.#later = listed.length > 0 ? work : null;
    await this.#startWith(listed.length > 0 ? { ...work, tasks: [], curves: [], listed, listedTwice } : work);
  }

  async rewind(): Promise<void> {
    if (this.#later === null) return;
    await this.#startWith(this.#later);
    this.#later = null;
  }

  feed(references: BigUint64Array): void {
    const kernel = this.#kernel;
    if (kernel === null) return;
    if (this.#later === null) for (const [pageSize, future] of this.#futures) future.tell(kernel.nextUses(pageSize));
    kernel.take(references);
    for (const [pageSize, future] of this.#futures) {
      if (this.#later === null) future.pass(kernel.usesTaken(pageSize));
      else future.add(kernel.listedUses(pageSize));
    }
  }

  async #startWith(work: SweepWork): Promise<void> {
    this.#kernel = await SweepKernel.create();
    this.#kernel.configure(work);
  }

  endWarmup(): void {
    this.#kernel?.endWarmup();
  }

  async finish(): Promise<SweepCounts> {
    return this.#kernel?.counts() ?? { tasks: [], sizes: [] };
  }
}
