/**
 * Every ratio and rate that pagewalk reports is defined here, and nowhere else. Counts go in, numbers come out; how
 * they are printed is the business of `format.ts`.
 */

/** Miss ratio, 0..1: misses / lookups. 0 when there were no lookups. */
export function missRatio(misses: number, lookups: number): number {
  return lookups === 0 ? 0 : misses / lookups;
}

/**
 * Hit rate, 0..1: hits / lookups, which is 1 - miss ratio without its rounding error.
 *
 * `null` when there were no lookups: a TLB that was never asked has neither hit nor missed.
 */
export function hitRate(hits: number, lookups: number): number | null {
  return lookups === 0 ? null : hits / lookups;
}

/**
 * MPKI: misses per 1,000 instructions.
 *
 * `null` when `instructions` is 0, which means that the trace tells of none. Never computed from accesses instead.
 */
export function mpki(misses: number, instructions: number): number | null {
  return instructions === 0 ? null : (misses * 1000) / instructions;
}

/** Paging-structure entries read per walk: 1 (the leaf alone) to 4, or 5 with LA57. `null` when there were no walks. */
export function referencesPerWalk(references: number, walks: number): number | null {
  return walks === 0 ? null : references / walks;
}

/** Accuracy of a prefetcher, 0..1: what part of the translations that it fetched was used. `null` when it fetched none. */
export function prefetchAccuracy(useful: number, issued: number): number | null {
  return issued === 0 ? null : useful / issued;
}

/**
 * Coverage of a prefetcher, 0..1: of the misses of all TLBs, those that found a prefetched translation, and needed no walk. `null` when
 * nothing missed.
 */
export function prefetchCoverage(useful: number, misses: number): number | null {
  return misses === 0 ? null : useful / misses;
}

/** Cycles per instruction, or any other amount; `null` when `instructions` is 0: the trace tells of none. */
export function perInstruction(amount: number, instructions: number): number | null {
  return instructions === 0 ? null : amount / instructions;
}

/** How many times as much `simulated` is as `measured`; `null` where nothing was measured. */
export function timesMeasured(simulated: number, measured: number): number | null {
  return measured === 0 ? null : simulated / measured;
}

/** What part of `whole` `part` is, 0..1; 0 where there is nothing. Negative where `part` is. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

/** By what part of `before` it grew to `after`: -1 where nothing is left, 1 for twice as much; `null` from nothing. */
export function relativeChange(before: number, after: number): number | null {
  return before === 0 ? null : (after - before) / before;
}

/** Events per second, of references, records or bytes. 0 when no time has passed. */
export function perSecond(count: number, seconds: number): number {
  return seconds > 0 ? count / seconds : 0;
}

/** The most misses that keep at least `oneIn` - 1 of each `oneIn` lookups hits: a hit rate of 1 - 1/`oneIn`, exactly. */
export function mostMisses(lookups: number, oneIn: number): number {
  return (lookups - (lookups % oneIn)) / oneIn; // not floor(lookups / oneIn), which may have been rounded up
}

/**
 * Misses per 1,000 records: how much was missed in a part of a trace. 0 for a part without records. Not MPKI: records
 * are accesses of every kind, which a part of a trace has even where it tells of no instructions.
 */
export function missesPerThousandRecords(misses: number, records: number): number {
  return records === 0 ? 0 : (misses * 1000) / records;
}

/**
 * How good a hit rate is, as the length of a bar shows it: 0 where everything missed, 1 for each factor of ten by which
 * fewer lookups missed (90%, 99%, 99.9%, ...); Infinity where nothing missed.
 */
export function nines(missRatio: number): number {
  return missRatio === 0 ? Number.POSITIVE_INFINITY : -Math.log10(missRatio);
}
