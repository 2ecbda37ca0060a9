/**
 * A set-associative array with LRU or FIFO replacement, as the definition reads: the TLBs and, with one set, the
 * paging-structure caches. It counts nothing; who looks something up knows whether that is to be counted.
 */
import type { Policy, ResolvedGeometry, SetIndex } from "../../src/config/types.ts";

/** Keys are page numbers, or hold one. */
export class AssociativeCache<Value, Key = number> {
  readonly #ways: number;
  readonly #policy: Policy;
  readonly #index: SetIndex;
  readonly #pageOf: (key: Key) => number;
  /** One map for each set. A `Map` lists its keys in the order of insertion, so the next victim is its first key. */
  readonly #sets: Map<Key, Value>[];

  /** `pageOf` gives the page number of a key, which decides the set. @default the key itself */
  constructor(
    geometry: ResolvedGeometry,
    policy: Policy,
    index: SetIndex = "modulo",
    pageOf: (key: Key) => number = Number,
  ) {
    this.#pageOf = pageOf;
    this.#ways = geometry.ways;
    this.#policy = policy;
    this.#index = index;
    this.#sets = Array.from({ length: geometry.sets }, () => new Map());
  }

  /** Returns what is stored for `key`, or undefined. Replacement order is not changed. */
  peek(key: Key): Value | undefined {
    return this.#setOf(key).get(key);
  }

  /** Returns what is stored for `key`, or undefined. A hit makes it the youngest under LRU; FIFO ignores hits. */
  lookup(key: Key): Value | undefined {
    const set = this.#setOf(key);
    const value = set.get(key);
    if (value !== undefined && this.#policy === "lru") {
      set.delete(key);
      set.set(key, value);
    }
    return value;
  }

  /**
   * Stores `value` as the youngest of its set, in an empty way if there is one. `key` must not be present. A full set
   * silently drops its oldest.
   */
  fill(key: Key, value: Value): void {
    const set = this.#setOf(key);
    if (set.has(key)) throw new Error(`filled twice: ${key}`);
    if (set.size === this.#ways) {
      for (const oldest of set.keys()) {
        set.delete(oldest);
        break;
      }
    }
    set.set(key, value);
  }

  /** Drops what is stored for `first` to `last`, both included. Their ways are empty then; the order of others stays. */
  invalidate(first: number, last: number): void {
    this.drop((key) => this.#pageOf(key) >= first && this.#pageOf(key) <= last);
  }

  /** Drops what is stored for keys of which `isDropped` is true. Their ways are empty then; the order of others stays. */
  drop(isDropped: (key: Key) => boolean): void {
    for (const set of this.#sets) {
      for (const key of [...set.keys()]) {
        if (isDropped(key)) set.delete(key);
      }
    }
  }

  /** Drops everything. */
  clear(): void {
    for (const set of this.#sets) set.clear();
  }

  #setOf(key: Key): Map<Key, Value> {
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
