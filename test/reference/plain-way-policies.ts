/**
 * Replacement policies over the ways of one set, written for reading: what each remembers is spelled out, nothing is packed. The
 * owner of the set fills invalid ways first, the lowest one, and asks for a victim only when there is none. Ways are
 * numbered from 0; invalidating one changes no order.
 */
import type { Policy } from "../../src/config/types.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";

export interface WayPolicy {
  /** A hit on `way`. */
  touch(way: number): void;
  /** `way` was filled. */
  fill(way: number): void;
  /** The way to evict, which is filled at once. */
  victim(): number;
}

/** `random`: the numbers of the set (mulberry32 from a seed). */
export function wayPolicy(policy: Policy, ways: number, randomSeed: number): WayPolicy {
  switch (policy) {
    case "lru":
      return new InOrder(ways, true);
    case "fifo":
      return new InOrder(ways, false);
    case "random": {
      const next = randomNumbers(randomSeed);
      return { touch: () => undefined, fill: () => undefined, victim: () => Math.floor((next() / 2 ** 32) * ways) };
    }
    case "tree-plru":
      return new Tree(ways);
    case "bit-plru":
      return new UseBits(ways, true);
    case "nru":
      return new UseBits(ways, false);
    case "srrip":
      return new Predictions(ways);
    case "mru3-plru4":
      return new NextOfThree();
    default:
      throw new Error(`no plain model of ${policy}`);
  }
}

/** LRU and FIFO: ways in the order of their last use, or of their fill, the oldest first. */
class InOrder implements WayPolicy {
  #order: number[];
  readonly #byUse: boolean;

  constructor(ways: number, byUse: boolean) {
    this.#order = Array.from({ length: ways }, (_, way) => way);
    this.#byUse = byUse;
  }

  touch(way: number): void {
    if (this.#byUse) this.fill(way);
  }

  fill(way: number): void {
    this.#order = [...this.#order.filter((other) => other !== way), way];
  }

  victim(): number {
    return this.#order[0] as number;
  }
}

/** Tree-PLRU as recursion: a half, the side to evict from, and two smaller halves. */
class Tree implements WayPolicy {
  readonly #ways: number;
  #side: 0 | 1 = 0;
  readonly #halves: Tree[];

  constructor(ways: number) {
    this.#ways = ways;
    this.#halves = ways === 1 ? [] : [new Tree(ways / 2), new Tree(ways / 2)];
  }

  touch(way: number): void {
    if (this.#ways === 1) return;
    const half = this.#ways / 2;
    const used = way < half ? 0 : 1;
    this.#side = used === 0 ? 1 : 0;
    this.#halves[used]?.touch(way % half);
  }

  fill(way: number): void {
    this.touch(way);
  }

  victim(): number {
    if (this.#ways === 1) return 0;
    return this.#side * (this.#ways / 2) + (this.#halves[this.#side] as Tree).victim();
  }
}

/** Bit-PLRU, which clears the other bits when the last one is set, and NRU, which clears all when a victim is asked for. */
class UseBits implements WayPolicy {
  readonly #used: boolean[];
  readonly #clearsAtUse: boolean;

  constructor(ways: number, clearsAtUse: boolean) {
    this.#used = Array<boolean>(ways).fill(false);
    this.#clearsAtUse = clearsAtUse;
  }

  touch(way: number): void {
    this.#used[way] = true;
    if (!this.#clearsAtUse || this.#used.includes(false)) return;
    this.#used.fill(false);
    this.#used[way] = true;
  }

  fill(way: number): void {
    this.touch(way);
  }

  victim(): number {
    if (this.#used.length === 1) return 0;
    if (!this.#used.includes(false)) this.#used.fill(false);
    return this.#used.indexOf(false);
  }
}

/** SRRIP-HP with 2 bits. */
class Predictions implements WayPolicy {
  readonly #predictions: number[];

  constructor(ways: number) {
    this.#predictions = Array<number>(ways).fill(0);
  }

  touch(way: number): void {
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

/** (MRU+1)%3-PLRU4: of three groups of four ways the one after that used last; in it tree-PLRU. */
class NextOfThree implements WayPolicy {
  #last = 0;
  readonly #groups = [new Tree(4), new Tree(4), new Tree(4)];

  touch(way: number): void {
    this.#last = Math.floor(way / 4);
    this.#groups[this.#last]?.touch(way % 4);
  }

  fill(way: number): void {
    this.touch(way);
  }

  victim(): number {
    const group = (this.#last + 1) % 3;
    return group * 4 + (this.#groups[group] as Tree).victim();
  }
}
