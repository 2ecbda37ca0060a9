/**
 * A set-associative array with LRU or FIFO replacement, as the definition reads: the TLBs and, with one set, the
 * paging-structure caches. It counts nothing; who looks something up knows whether that is to be counted.
 */
import type { Policy, ResolvedGeometry } from "../../src/config/types.ts";

export class AssociativeCache<Value> {
  readonly #ways: number;
  readonly #policy: Policy;
  /** One map for each set. A `Map` lists its keys in the order of insertion, so the next victim is its first key. */
  readonly #sets: Map<number, Value>[];

  constructor(geometry: ResolvedGeometry, policy: Policy) {
    this.#ways = geometry.ways;
    this.#policy = policy;
    this.#sets = Array.from({ length: geometry.sets }, () => new Map());
  }

  /** Returns what is stored for `key`, or undefined. Replacement order is not changed. */
  peek(key: number): Value | undefined {
    return this.#setOf(key).get(key);
  }

  /** Returns what is stored for `key`, or undefined. A hit makes it the youngest under LRU; FIFO ignores hits. */
  lookup(key: number): Value | undefined {
    const set = this.#setOf(key);
    const value = set.get(key);
    if (value !== undefined && this.#policy === "lru") {
      set.delete(key);
      set.set(key, value);
    }
    return value;
  }

  /** Stores `value` as the youngest of its set. `key` must not be present. A full set silently drops its oldest. */
  fill(key: number, value: Value): void {
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

  /** Set index = key mod sets; sets need not be a power of two. */
  #setOf(key: number): Map<number, Value> {
    const set = this.#sets[key % this.#sets.length];
    if (set === undefined) throw new Error(`no set for key ${key} among ${this.#sets.length}`);
    return set;
  }
}
