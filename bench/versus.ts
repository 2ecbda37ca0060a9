/**
 * Two programs over the same input, in turns (A B A B ...), by CPU time. Other work on the machine then slows both, and
 * the ratio of neighbours is steadier than either time.
 */

/** One run of one side. */
export interface Run {
  /** CPU time in seconds. */
  seconds: number;
  /** Must be the same on both sides, and in every round. */
  counts: Readonly<Record<string, number>>;
}

export interface Spread {
  median: number;
  min: number;
  max: number;
}

export interface Comparison {
  workload: string;
  real: boolean;
  /** References or records of one run, as `unit` says. */
  count: number;
  /** Millions of them a second of CPU time, median of the rounds. */
  ours: number;
  theirs: number;
  /** Our speed divided by theirs, round by round. */
  ratio: Spread;
  target: number | null;
  counts: Readonly<Record<string, number>>;
  /** What is wrong; nothing about speed. */
  failures: string[];
}

export interface Contest {
  workload: string;
  real: boolean;
  count: number;
  target: number | null;
  ours: () => Run | Promise<Run>;
  theirs: () => Run;
}

/** Runs of each side before the first that is measured: code is compiled, files are read into memory. */
const WARM_UPS = 2;

export async function compare({ ours, theirs, ...contest }: Contest, rounds: number): Promise<Comparison> {
  const failures = new Set<string>();
  const pairs: { ours: number; theirs: number }[] = [];
  let expected: string | undefined;
  let counts: Run["counts"] = {};
  for (let round = -WARM_UPS; round < rounds; round++) {
    const us = await ours();
    const them = theirs();
    counts = them.counts;
    expected ??= JSON.stringify(counts);
    for (const got of [us.counts, them.counts]) {
      const text = JSON.stringify(got);
      if (text !== expected) failures.add(`counts disagree: expected ${expected}, got ${text}`);
    }
    if (round >= 0) pairs.push({ ours: us.seconds, theirs: them.seconds });
  }
  return {
    ...contest,
    ours: contest.count / spreadOf(pairs.map((pair) => pair.ours)).median / 1e6,
    theirs: contest.count / spreadOf(pairs.map((pair) => pair.theirs)).median / 1e6,
    ratio: spreadOf(pairs.map((pair) => pair.theirs / pair.ours)),
    counts,
    failures: [...failures],
  };
}

function spreadOf(values: number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] as number;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    min: at(0),
    max: at(sorted.length - 1),
  };
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
