/** What the stack distances of LRU tell of all sizes of a fully associative TLB: Mattson et al., IBM Systems Journal 9(2), 1970. */
import type { PageSize } from "../config/types.ts";
import { mostMisses } from "./metrics.ts";
import type { SweepCurve } from "./results.ts";

/** Hit rates whose size is told, each with the lookups of which one may miss. */
const KNEES = [
  { hitRate: 0.99, oneIn: 100 },
  { hitRate: 0.999, oneIn: 1000 },
] as const;

/** Samples of a factor of two in size. */
const SAMPLES_PER_OCTAVE = 16;

/** A step takes away at least this share of the avoidable misses that a single entry has, */
const STEP_OF_ALL = 1 / 100;
/**
 * and so many times what the octave before it takes away. Where references are uniformly random that is 2, and all pages
 * are the working set; where they follow Zipf's law it is 1.6 for the exponent 0.5, and 1 for 1: no size stands out;
 */
const STEP_CONTRAST = 1.75;
/** and so many times the avoidable misses that are left after it; */
const STEP_OF_REST = 1;
/** and at least this share of all that are left after it, cold ones too: else nobody would see it. */
const STEP_OF_VISIBLE = 1 / 10;
/** The share of what the octave takes away that must lie in the range that is told. */
const STEP_CORE = 3 / 4;

/**
 * The misses of a fully associative LRU TLB by its entries, for 0 to `found.length` entries; more entries have no fewer.
 *
 * `found[d]` references were found at depth d of the stack, d distinct pages having been referenced since: they hit if
 * there are d + 1 entries. `coldMisses` were not found.
 */
export function missesBySize(coldMisses: number, found: Float64Array): Float64Array {
  const misses = new Float64Array(found.length + 1);
  misses[found.length] = coldMisses;
  for (let entries = found.length - 1; entries >= 0; entries--) {
    misses[entries] = (misses[entries + 1] ?? 0) + (found[entries] ?? 0);
  }
  return misses;
}

/**
 * The curve of one page size. `found` is as in missesBySize(); all of it and `coldMisses` make up `lookups`, and
 * `footprint` is the number of distinct pages.
 */
export function curveOf(
  pageSize: PageSize,
  footprint: number,
  lookups: number,
  coldMisses: number,
  found: Float64Array,
): SweepCurve {
  const misses = missesBySize(coldMisses, found);
  const floorEntries = Math.max(1, fewestEntries(misses, coldMisses));
  const knees = KNEES.map(({ hitRate, oneIn }) => {
    const limit = mostMisses(lookups, oneIn);
    const reached = lookups > 0 && coldMisses <= limit;
    return { hitRate, entries: reached ? Math.max(1, fewestEntries(misses, limit)) : null };
  });
  const steps = stepsOf(misses, coldMisses, found);
  const sizes = new Set([1, floorEntries]);
  for (let step = 0; 2 ** (step / SAMPLES_PER_OCTAVE) < floorEntries; step++) {
    sizes.add(Math.round(2 ** (step / SAMPLES_PER_OCTAVE)));
  }
  for (const { entries } of knees) if (entries !== null) sizes.add(entries);
  for (const { fromEntries, toEntries } of steps) sizes.add(fromEntries).add(toEntries);
  const samples = [...sizes].sort((a, b) => a - b);
  return {
    pageSize,
    footprint,
    coldMisses,
    floorEntries,
    knees,
    steps,
    samples: samples.map((entries) => ({ entries, misses: misses[entries] ?? coldMisses })),
  };
}

/** The fewest entries that have at most `limit` misses, of which there must be such: `misses` never grows. */
function fewestEntries(misses: Float64Array, limit: number): number {
  let low = 0;
  let high = misses.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((misses[middle] ?? 0) <= limit) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Working-set steps: Denning's working sets seen from the size of the TLB (Communications of the ACM 11(5), 1968). Where
 * the pages that a program keeps coming back to begin to fit, LRU turns from missing them all to missing none.
 *
 * An octave of sizes, from n/2 to n entries, has a step if it takes away enough of the avoidable misses, as said at the
 * constants above. The step is told as the narrowest range, in the ratio of its ends, that has STEP_CORE of what the
 * octave takes away. The octave that takes away most comes first; its step is then levelled, so that it hides no other,
 * and the next is looked for. What touches a step that was found is a rest of it, and not told.
 */
function stepsOf(misses: Float64Array, coldMisses: number, found: Float64Array): SweepCurve["steps"] {
  const enough = STEP_OF_ALL * ((misses[1] ?? coldMisses) - coldMisses);
  const steps: SweepCurve["steps"] = [];
  const ranges: [fromEntries: number, toEntries: number][] = []; // of steps and their rests
  const level = found.slice(); // without those
  let left = misses;
  for (;;) {
    const to = octaveWithStep(left, misses, coldMisses, enough);
    if (to === null) break;
    const [fromEntries, toEntries] = coreOf(left, to);
    const isRest = ranges.some(([from, end]) => from <= toEntries && fromEntries <= end);
    ranges.push([fromEntries, toEntries]);
    const missesBefore = misses[fromEntries] ?? coldMisses;
    const missesAfter = misses[toEntries] ?? coldMisses;
    if (!isRest) steps.push({ fromEntries, toEntries, missesBefore, missesAfter });
    levelOut(level, left, fromEntries, toEntries);
    left = missesBySize(coldMisses, level);
  }
  return steps.sort((a, b) => a.fromEntries - b.fromEntries);
}

/**
 * Makes the range of a step take away only as much as the range of the same ratio that follows: nothing where a loop
 * ends, as much as before where the misses go on falling. `left` are the misses of `level`.
 */
function levelOut(level: Float64Array, left: Float64Array, from: number, to: number): void {
  const after = Math.min(level.length, Math.ceil((to * to) / from));
  const following = (left[to] ?? 0) - (left[after] ?? 0);
  const taken = (left[from] ?? 0) - (left[to] ?? 0);
  level.fill(Math.min(taken / 2, following) / (to - from), from, to);
}

/** The n whose octave n/2..n has a step and takes away most of `left`; `null` if no octave has. */
function octaveWithStep(left: Float64Array, misses: Float64Array, coldMisses: number, enough: number): number | null {
  let best: number | null = null;
  let most = 0;
  for (let to = 2; to < left.length; to++) {
    const from = to >> 1;
    const taken = (left[from] ?? 0) - (left[to] ?? 0);
    if (taken <= most || taken < enough) continue;
    const takenBefore = (left[to >> 2] ?? 0) - (left[from] ?? 0);
    if (taken < STEP_CONTRAST * takenBefore) continue;
    if (taken < STEP_OF_REST * ((misses[to] ?? 0) - coldMisses)) continue;
    if (taken < STEP_OF_VISIBLE * (misses[to] ?? 0)) continue;
    best = to;
    most = taken;
  }
  return best;
}

/** The narrowest range in the octave that ends at `to` that takes away STEP_CORE of it; of equal ones the first. */
function coreOf(left: Float64Array, to: number): [fromEntries: number, toEntries: number] {
  const start = to >> 1;
  const wanted = STEP_CORE * ((left[start] ?? 0) - (left[to] ?? 0));
  let best: [number, number] = [start, to];
  let from = start;
  for (let end = start + 1; end <= to; end++) {
    while (from + 1 < end && (left[from + 1] ?? 0) - (left[end] ?? 0) >= wanted) from++;
    const isEnough = (left[from] ?? 0) - (left[end] ?? 0) >= wanted;
    if (isEnough && end * best[0] < best[1] * from) best = [from, end];
  }
  return best;
}
