/**
 * Programs over the same input, in turns (A B C A B C ...). Other work on the machine then slows all of them, and the
 * ratio of neighbours is steadier than any time.
 */

/** One run of one side. */
export interface Run {
  /** On the clock that the side is measured by. */
  seconds: number;
  /** The same in every round, and the same as what other sides count by that name. */
  counts: Counts;
}

export type Counts = Readonly<Record<string, number>>;

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** What the sides of one contest did. */
export interface Turns {
  /** Of each side, by round. */
  seconds: ReadonlyMap<string, readonly number[]>;
  /** Of all sides together. */
  counts: Counts;
  /** What is wrong; nothing about speed. */
  failures: readonly string[];
}

/** Runs of each side before the first that is measured: code is compiled, files are read into memory. */
const WARM_UPS = 1;

export async function takeTurns(
  sides: Readonly<Record<string, () => Run | Promise<Run>>>,
  rounds: number,
): Promise<Turns> {
  const seconds = new Map(Object.keys(sides).map((name) => [name, [] as number[]]));
  const expected = new Map<string, { count: number; name: string }>();
  const failures = new Set<string>();
  for (let round = -WARM_UPS; round < rounds; round++) {
    for (const [name, side] of Object.entries(sides)) {
      const run = await side();
      for (const [what, count] of Object.entries(run.counts)) {
        const first = expected.get(what) ?? { count, name };
        expected.set(what, first);
        if (count !== first.count) failures.add(`${what}: ${first.name} counted ${first.count}, ${name} ${count}`);
      }
      if (!(run.seconds > 0)) failures.add(`${name} took no time that the clock can tell`);
      if (round >= 0) seconds.get(name)?.push(run.seconds);
    }
  }
  const counts = Object.fromEntries([...expected].map(([what, { count }]) => [what, count]));
  return { seconds, counts, failures: [...failures] };
}

export interface Comparison {
  workload: string;
  real: boolean;
  /** References or records of one run, as the group says. */
  count: number;
  /** Millions of them a second, median of the rounds. */
  ours: number;
  theirs: number;
  /** Round by round: our speed divided by theirs where more is better, our time divided by theirs where less is. */
  ratio: Spread;
  counts: Counts;
  failures: readonly string[];
}

export type Better = "more" | "less";

/** Two sides of a contest. */
export function compareSides(
  { seconds, counts, failures }: Turns,
  [ours, theirs]: readonly [string, string],
  better: Better,
  input: Pick<Comparison, "workload" | "real" | "count">,
): Comparison {
  const [us = [], them = []] = [seconds.get(ours), seconds.get(theirs)];
  const rate = (times: readonly number[]) => input.count / spreadOf(times).median / 1e6;
  const timeRatios = us.map((time, round) => time / (them[round] ?? Number.NaN));
  return {
    ...input,
    ours: rate(us),
    theirs: rate(them),
    ratio: spreadOf(better === "less" ? timeRatios : timeRatios.map((ratio) => 1 / ratio)),
    counts,
    failures,
  };
}

function spreadOf(values: readonly number[]): Spread {
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
