/** Shares of a plan, so that several computers each do one. */
import { ConfigError } from "../errors.ts";
import type { Unit } from "./plan.ts";

/** One of `of` shares, from 1. */
export interface Shard {
  index: number;
  of: number;
}

export const MAX_SHARDS = 1_000_000;

/** What a share is to take where nobody says how many there are: long beside what starting it takes, short beside what a lost computer costs. */
export const SHARD_SECONDS = 600;

/** `i/n`. Throws ConfigError. */
export function parseShard(given: string): Shard {
  const [, index = 0, of = 0] = (/^(\d{1,7})\/(\d{1,7})$/.exec(given) ?? []).map(Number);
  if (index >= 1 && index <= of && of <= MAX_SHARDS) return { index, of };
  throw new ConfigError("shard", given, `i/n, i from 1 to n, n at most ${MAX_SHARDS}, as 3/8; or auto`);
}

/**
 * The units of `shard`, the longest first, which is the order in which they should be done. Shares differ by no more than the longest unit:
 * each unit goes where least is to be done (Graham, SIAM J. Appl. Math. 17(2), 1969, doi:10.1137/0117039). Every unit is in one share, and
 * each share depends on nothing but units and `of`.
 */
export function unitsOfShard(units: readonly Unit[], { index, of }: Shard): Unit[] {
  const sorted = longestFirst(units);
  if (of === 1) return sorted;
  const heap = new LoadHeap(of);
  return sorted.filter(({ seconds }) => heap.give(seconds) === index - 1);
}

/** The units of each of `of` shards, as `unitsOfShard()` gives them. */
export function unitsOfShards(units: readonly Unit[], of: number): Unit[][] {
  const shards = Array.from({ length: of }, (): Unit[] => []);
  const heap = new LoadHeap(of);
  for (const unit of longestFirst(units)) shards[heap.give(unit.seconds)]?.push(unit);
  return shards;
}

function longestFirst(units: readonly Unit[]): Unit[] {
  return [...units].sort((one, other) => other.seconds - one.seconds || one.unit - other.unit);
}

/** Loads of shares, the least first; of equal ones that of the lowest number. */
class LoadHeap {
  readonly #loads: Float64Array;
  readonly #heap: Uint32Array;

  constructor(count: number) {
    this.#loads = new Float64Array(count);
    this.#heap = Uint32Array.from({ length: count }, (_, share) => share);
  }

  /** Gives `load` to the least one, and returns which that was. */
  give(load: number): number {
    const heap = this.#heap;
    const least = heap[0] as number;
    this.#loads[least] = (this.#loads[least] as number) + load;
    for (let at = 0; ; ) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#isLess(child + 1, child)) child++;
      if (!this.#isLess(child, at)) break;
      [heap[at], heap[child]] = [heap[child] as number, heap[at] as number];
      at = child;
    }
    return least;
  }

  #isLess(one: number, other: number): boolean {
    const [share, otherShare] = [this.#heap[one] as number, this.#heap[other] as number];
    const [load, otherLoad] = [this.#loads[share] as number, this.#loads[otherShare] as number];
    return load < otherLoad || (load === otherLoad && share < otherShare);
  }
}
