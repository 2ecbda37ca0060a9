/** TLBs and paging-structure caches whose entries are tagged with a process, and hold pages of every size. */
import type { ResolvedConfig } from "../../src/config/types.ts";
import { AssociativeCache } from "./associative-cache.ts";
import { builtIn } from "./built-in-policy.ts";
import type { TlbCounters } from "./machine.ts";

/** A cached translation, or a cached entry of a paging structure: `level` is that of the entry. */
export interface Tag {
  pid: bigint;
  level: number;
  number: number;
}

/** Caches whose keys are tags, which are told apart by what they say. */
export class TagCache<Value> {
  readonly #cache: AssociativeCache<Value, string>;

  constructor(geometry: ResolvedConfig["l1d"], policy: ResolvedConfig["policy"], seeds?: () => number) {
    const numberOf = (key: string) => Number(key.slice(key.lastIndexOf(" ") + 1));
    this.#cache = new AssociativeCache(geometry, builtIn(policy), "modulo", numberOf, seeds);
  }

  peek = (tag: Tag) => this.#cache.peek(keyOf(tag));
  lookup = (tag: Tag) => this.#cache.lookup(keyOf(tag));
  fill = (tag: Tag, value: Value) => this.#cache.fill(keyOf(tag), value);
  dropOne = (tag: Tag) => this.#cache.drop((key) => key === keyOf(tag));
  dropProcess = (pid: bigint) => this.#cache.drop((key) => key.startsWith(`${pid} `));
  clear = () => this.#cache.clear();
}

function keyOf({ pid, level, number }: Tag): string {
  return `${pid} ${level} ${number}`;
}

export class CountedTlb {
  readonly entries: TagCache<{ dirty: boolean }>;
  readonly counters: TlbCounters;

  constructor(
    name: TlbCounters["name"],
    geometry: ResolvedConfig["l1d"],
    policy: ResolvedConfig["policy"],
    seeds?: () => number,
  ) {
    this.entries = new TagCache(geometry, policy, seeds);
    this.counters = { name, lookups: 0, hits: 0, misses: 0 };
  }

  /** `tag` is `null` if the page is not present: then no TLB has a translation of it. */
  lookup(tag: Tag | null): { dirty: boolean } | undefined {
    const entry = tag === null ? undefined : this.entries.lookup(tag);
    this.counters.lookups++;
    if (entry === undefined) this.counters.misses++;
    else this.counters.hits++;
    return entry;
  }
}
