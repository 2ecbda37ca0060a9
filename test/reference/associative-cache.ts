/**
 * A set-associative array, as the definition reads: the TLBs and, with one set, the paging-structure caches. It counts
 * nothing; who looks something up knows whether that is to be counted.
 */
import { DEFAULT_SEED } from "../../src/config/policies.ts";
import type { Policy, ResolvedGeometry, SetIndex } from "../../src/config/types.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { type PlainSet, plainSet } from "./replacement.ts";

/** Seeds for the sets of all TLBs of one machine, in the order in which they are made. */
export const machineSeeds = (seed = DEFAULT_SEED) => randomNumbers(seed);

/** What the sets of LRU and FIFO and those of other policies have in common. */
interface CacheSet<Value, Key> {
  peek(key: Key): Value | undefined;
  /** A hit. */
  touch(key: Key): void;
  fill(key: Key, value: Value): void;
  delete(key: Key): void;
  keys(): Key[];
}

/**
 * LRU or FIFO, of any number of ways, even without end. A `Map` lists its keys in the order of insertion, so the next victim
 * is its first key.
 */
class OrderedSet<Value, Key> implements CacheSet<Value, Key> {
  readonly #values = new Map<Key, Value>();
  readonly #ways: number;
  readonly #countsHits: boolean;

  constructor(ways: number, countsHits: boolean) {
    this.#ways = ways;
    this.#countsHits = countsHits;
  }

  peek(key: Key): Value | undefined {
    return this.#values.get(key);
  }

  touch(key: Key): void {
    const value = this.#values.get(key);
    if (value === undefined || !this.#countsHits) return;
    this.#values.delete(key);
    this.#values.set(key, value);
  }

  fill(key: Key, value: Value): void {
    if (this.#values.size === this.#ways) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest);
        break;
      }
    }
    this.#values.set(key, value);
  }

  delete(key: Key): void {
    this.#values.delete(key);
  }

  keys(): Key[] {
    return [...this.#values.keys()];
  }
}

/** Of a policy that chooses among ways: the first empty one is filled before any is evicted. */
class SetOfWays<Value, Key> implements CacheSet<Value, Key> {
  readonly #ways: ({ key: Key; value: Value } | null)[];
  readonly #policy: PlainSet;

  constructor(ways: number, policy: PlainSet) {
    this.#ways = Array<null>(ways).fill(null);
    this.#policy = policy;
  }

  peek(key: Key): Value | undefined {
    return this.#ways[this.#wayOf(key)]?.value;
  }

  touch(key: Key): void {
    this.#policy.hit(this.#wayOf(key));
  }

  fill(key: Key, value: Value): void {
    const empty = this.#ways.indexOf(null);
    const way = empty >= 0 ? empty : this.#policy.victim();
    this.#ways[way] = { key, value };
    this.#policy.fill(way);
  }

  delete(key: Key): void {
    this.#ways[this.#wayOf(key)] = null;
  }

  keys(): Key[] {
    return this.#ways.flatMap((entry) => (entry === null ? [] : [entry.key]));
  }

  #wayOf(key: Key): number {
    return this.#ways.findIndex((entry) => entry !== null && entry.key === key);
  }
}

/** Keys are page numbers, or hold one. */
export class AssociativeCache<Value, Key = number> {
  readonly #index: SetIndex;
  readonly #pageOf: (key: Key) => number;
  readonly #sets: CacheSet<Value, Key>[];

  /**
   * `pageOf` gives the page number of a key, which decides the set. @default the key itself
   * `seeds`: what its sets begin with if they evict by chance. @default those of a machine of its own
   */
  constructor(
    geometry: ResolvedGeometry,
    policy: Policy,
    index: SetIndex = "modulo",
    pageOf: (key: Key) => number = Number,
    seeds: () => number = machineSeeds(),
  ) {
    this.#pageOf = pageOf;
    this.#index = index;
    this.#sets = Array.from({ length: geometry.sets }, () =>
      policy === "lru" || policy === "fifo"
        ? new OrderedSet<Value, Key>(geometry.ways, policy === "lru")
        : new SetOfWays<Value, Key>(geometry.ways, plainSet(policy, geometry.ways, policy === "random" ? seeds() : 0)),
    );
  }

  /** Returns what is stored for `key`, or undefined. Replacement order is not changed. */
  peek(key: Key): Value | undefined {
    return this.#setOf(key).peek(key);
  }

  /** Returns what is stored for `key`, or undefined. The policy is told of a hit. */
  lookup(key: Key): Value | undefined {
    const set = this.#setOf(key);
    const value = set.peek(key);
    if (value !== undefined) set.touch(key);
    return value;
  }

  /**
   * Stores `value`, in an empty way if there is one. `key` must not be present. A full set silently drops what its policy
   * chooses.
   */
  fill(key: Key, value: Value): void {
    const set = this.#setOf(key);
    if (set.peek(key) !== undefined) throw new Error(`filled twice: ${key}`);
    set.fill(key, value);
  }

  /** Drops what is stored for `first` to `last`, both included. Their ways are empty then; the order of others stays. */
  invalidate(first: number, last: number): void {
    this.drop((key) => this.#pageOf(key) >= first && this.#pageOf(key) <= last);
  }

  /** Drops what is stored for keys of which `isDropped` is true. Their ways are empty then; the order of others stays. */
  drop(isDropped: (key: Key) => boolean): void {
    for (const set of this.#sets) {
      for (const key of set.keys()) {
        if (isDropped(key)) set.delete(key);
      }
    }
  }

  /** Drops everything. */
  clear(): void {
    this.drop(() => true);
  }

  #setOf(key: Key): CacheSet<Value, Key> {
    const set = this.#sets[setIndex(this.#pageOf(key), this.#sets.length, this.#index)];
    if (set === undefined) throw new Error(`no set for key ${key} among ${this.#sets.length}`);
    return set;
  }
}

/**
 * Returns the set of `key` among `sets`. `modulo`: the remainder; sets need not be a power of two. `xor`, for 2^k sets:
 * the low k bits of the key, each xored with the one k places above it.
 */
export function setIndex(key: number, sets: number, index: SetIndex): number {
  if (index === "modulo") return key % sets;
  const bits = Math.log2(sets);
  if (!Number.isInteger(bits)) throw new RangeError(`xor index: got ${sets} sets; expected a power of two`);
  const low = BigInt(key) & BigInt(sets - 1);
  const above = (BigInt(key) >> BigInt(bits)) & BigInt(sets - 1);
  return Number(low ^ above);
}
