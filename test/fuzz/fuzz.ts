/** Runs of the fuzzer: each run makes one input from its number, so that it can be repeated alone. */
import { randomNumbers } from "../helpers/random-numbers.ts";
import { corpus, type Seed } from "./corpus.ts";
import { type Ending, Examiner, Finding } from "./examine.ts";
import { mutate } from "./mutate.ts";

/** An input for which something does not hold. */
export interface Found {
  run: number;
  seedName: string;
  bytes: Uint8Array;
  message: string;
}

export interface FuzzOptions {
  /** The first run, and how many. */
  first: number;
  runs: number;
  /** Part of the names of seeds to use. @default all */
  only?: string | undefined;
  /** Called before each run. */
  onRun?: (run: number) => void;
}

export interface FuzzResult {
  endings: Record<Ending, number>;
  found: Found[];
}

/** Of each so many inputs, one is taken for a format that it is told to be, not for what it looks like. */
const FORCED_EVERY = 4;

/** One input in so many may be of a compressed seed. */
const STORED_EVERY = 4;

/** The input of a run. */
export function inputOf(run: number, seeds: readonly Seed[]): { seed: Seed; bytes: Uint8Array; random: () => number } {
  const random = randomNumbers(run);
  for (let warm = 0; warm < 4; warm++) random(); // near seeds begin alike
  const plain = seeds.filter(({ isStored }) => !isStored);
  // Those that are compressed take long, and end at the first checksum.
  const from = plain.length > 0 && random() % STORED_EVERY !== 0 ? plain : seeds;
  const seed = from[random() % from.length];
  const other = seeds[random() % seeds.length];
  if (seed === undefined || other === undefined) throw new Error("no seed has that name");
  return { seed, bytes: mutate(seed.bytes, other.bytes, random), random };
}

/** The seeds whose name has `only` in it. */
export async function seedsOf(only = ""): Promise<Seed[]> {
  const seeds = await corpus(randomNumbers(1));
  return seeds.filter(({ name }) => name.includes(only));
}

export async function fuzz({ first, runs, only, onRun }: FuzzOptions): Promise<FuzzResult> {
  const seeds = await seedsOf(only);
  const examiner = new Examiner();
  const result: FuzzResult = { endings: { counts: 0, error: 0 }, found: [] };
  for (let run = first; run < first + runs; run++) {
    onRun?.(run);
    const { seed, bytes, random } = inputOf(run, seeds);
    const format = random() % FORCED_EVERY === 0 ? seed.format : undefined;
    try {
      const ending = await examiner.examine(bytes, random, format);
      result.endings[ending]++;
    } catch (error) {
      if (!(error instanceof Finding)) throw error;
      result.found.push({ run, seedName: seed.name, bytes, message: error.message });
    }
  }
  return result;
}
