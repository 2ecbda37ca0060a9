/**
 * What replacement policies do in one set, as the papers that they are from describe it: a list of nodes, bits or predictions,
 * and a search. Nothing here is fast, and nothing knows of pages.
 */
import type { Policy } from "../../src/config/types.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";

/** One set whose ways are 0, 1, …. All of them are valid when a victim is asked for. */
export interface PlainSet {
  hit(way: number): void;
  /** `way` was filled, be it the victim or one that was empty. */
  fill(way: number): void;
  victim(): number;
}

/** A set of `ways` under `policy`; `seed` is what a set that evicts by chance begins with. */
export function plainSet(policy: Policy, ways: number, seed: number): PlainSet {
  switch (policy) {
    case "lru":
      return new InOrder(ways, true);
    case "fifo":
      return new InOrder(ways, false);
    case "random":
      return byChance(ways, seed);
    case "tree-plru":
      return new Tree(ways);
    case "bit-plru":
      return new MruBits(ways);
    case "nru":
      return new NruBits(ways);
    case "srrip":
      return new Predictions(ways);
    case "mru3-plru4":
      return new ThreeGroups();
    case "opt":
      throw new Error("opt has to know the future: belady.ts");
  }
}

/** LRU, or FIFO if hits do not count. */
class InOrder implements PlainSet {
  /** The next victim first. */
  #ways: number[];
  readonly #countsHits: boolean;

  constructor(ways: number, countsHits: boolean) {
    this.#ways = Array.from({ length: ways }, (_, way) => way);
    this.#countsHits = countsHits;
  }

  hit(way: number): void {
    if (this.#countsHits) this.fill(way);
  }

  fill(way: number): void {
    this.#ways = [...this.#ways.filter((other) => other !== way), way];
  }

  victim(): number {
    return this.#ways[0] as number;
  }
}

function byChance(ways: number, seed: number): PlainSet {
  const next = randomNumbers(seed);
  return { hit() {}, fill() {}, victim: () => Math.floor((next() / 2 ** 32) * ways) };
}

/**
 * PLRUt of Al-Zoubi, Milenković & Milenković, ACM-SE 42, 2004: each node of a tree points to one of its halves, and a use
 * turns the nodes above the way to the other half. All point to the lower half at first.
 */
export class Tree implements PlainSet {
  readonly #lower: Tree | null;
  readonly #upper: Tree | null;
  readonly #half: number;
  #pointsToUpper = false;

  constructor(ways: number) {
    this.#half = ways / 2;
    this.#lower = ways > 1 ? new Tree(this.#half) : null;
    this.#upper = ways > 1 ? new Tree(this.#half) : null;
  }

  hit(way: number): void {
    if (this.#lower === null || this.#upper === null) return;
    const isLower = way < this.#half;
    this.#pointsToUpper = isLower;
    if (isLower) this.#lower.hit(way);
    else this.#upper.hit(way - this.#half);
  }

  fill(way: number): void {
    this.hit(way);
  }

  victim(): number {
    if (this.#lower === null || this.#upper === null) return 0;
    return this.#pointsToUpper ? this.#half + this.#upper.victim() : this.#lower.victim();
  }
}

/** PLRUm of the same paper: "MRU bits", all others cleared when the last one would be set. */
class MruBits implements PlainSet {
  #used: Set<number> = new Set();
  readonly #ways: number;

  constructor(ways: number) {
    this.#ways = ways;
  }

  hit(way: number): void {
    this.#used.add(way);
    if (this.#used.size === this.#ways) this.#used = new Set([way]);
  }

  fill(way: number): void {
    this.hit(way);
  }

  victim(): number {
    for (let way = 0; way < this.#ways; way++) if (!this.#used.has(way)) return way;
    return 0; // of one way
  }
}

/** NRU as in Jaleel et al., ISCA 2010: a hit or fill clears the way's bit, the victim is the first whose bit is set. */
class NruBits implements PlainSet {
  readonly #bits: number[];

  constructor(ways: number) {
    this.#bits = Array<number>(ways).fill(1);
  }

  hit(way: number): void {
    this.#bits[way] = 0;
  }

  fill(way: number): void {
    this.#bits[way] = 0;
  }

  victim(): number {
    if (!this.#bits.includes(1)) this.#bits.fill(1);
    return this.#bits.indexOf(1);
  }
}

/** SRRIP-HP with 2 bits, of the same paper: hits set a prediction to 0, fills to 2; if none is 3, all grow by one. */
class Predictions implements PlainSet {
  readonly #predictions: number[];

  constructor(ways: number) {
    this.#predictions = Array<number>(ways).fill(3);
  }

  hit(way: number): void {
    this.#predictions[way] = 0;
  }

  fill(way: number): void {
    this.#predictions[way] = 2;
  }

  victim(): number {
    while (!this.#predictions.includes(3)) {
      for (const [way, prediction] of this.#predictions.entries()) this.#predictions[way] = prediction + 1;
    }
    return this.#predictions.indexOf(3);
  }
}

/** (MRU+1)%3PLRU4 of Tatar et al., USENIX Security 2022: the group after that used last, and in it tree-PLRU of four ways. */
class ThreeGroups implements PlainSet {
  readonly #trees = [new Tree(4), new Tree(4), new Tree(4)];
  #last = 0;

  hit(way: number): void {
    this.#last = Math.floor(way / 4);
    this.#trees[this.#last]?.hit(way % 4);
  }

  fill(way: number): void {
    this.hit(way);
  }

  victim(): number {
    const group = (this.#last + 1) % 3;
    return 4 * group + (this.#trees[group]?.victim() ?? 0);
  }
}
