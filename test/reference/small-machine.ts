/**
 * TLBs and paging-structure caches over tables that are single words, as plain lists: what each access asks, fills and
 * loses. Translation itself is paging.ts. For tables that nobody changes but by A and D, and without PCIDs.
 *
 * SDM 3A "Caching Translation Information".
 */
import { A, D, G } from "./entry-bits.ts";
import { entryAddress, isCanonicalFor, isLeafAt, type Memory, translate } from "./paging.ts";
import type { Mode } from "./rights.ts";

export type PlainName = "L1I" | "L1D" | "STLB" | "PDE" | "PDPTE" | "PML4E" | "PML5E";

/** What an entry translates: the number of a page, or of the range below a table, at the level of its entry. */
interface Line {
  level: number;
  number: bigint;
  dirty: boolean;
  global: boolean;
}

export interface PlainAccess {
  va: bigint;
  kind: "read" | "write" | "fetch";
  privilege: "user" | "supervisor";
}

export interface PlainStep {
  /** Caches asked, in order. */
  lookups: [PlainName, hit: boolean][];
  vector: number | null;
  /** Levels of the entries read. */
  read: number[];
}

const numberAt = (va: bigint, level: number) => va >> BigInt(12 + 9 * (level - 1));

class PlainCache {
  readonly #ways: number;
  /** The latest first. */
  readonly sets: Line[][];

  constructor(entries: number, ways: number) {
    this.#ways = ways;
    this.sets = Array.from({ length: entries / ways }, () => []);
  }

  #setOf(number: bigint): Line[] {
    return this.sets[Number(number % BigInt(this.sets.length))] as Line[];
  }

  find(va: bigint): Line | undefined {
    return this.sets.flat().find(({ level, number }) => numberAt(va, level) === number);
  }

  use(line: Line): void {
    const set = this.#setOf(line.number);
    set.splice(set.indexOf(line), 1);
    set.unshift(line);
  }

  fill(line: Line): void {
    const set = this.#setOf(line.number);
    set.unshift(line);
    set.splice(this.#ways);
  }

  drop(isDropped: (line: Line) => boolean): void {
    for (const set of this.sets) set.splice(0, set.length, ...set.filter((line) => !isDropped(line)));
  }
}

export class SmallMachine {
  readonly #mode: Mode;
  readonly memory: Memory;
  readonly caches: ReadonlyMap<PlainName, PlainCache>;

  constructor(mode: Mode, memory: Memory, sizes: Partial<Record<PlainName, [entries: number, ways: number]>>) {
    this.#mode = mode;
    this.memory = new Map(memory);
    this.caches = new Map(
      Object.entries(sizes).map(([name, [entries, ways]]) => [name as PlainName, new PlainCache(entries, ways)]),
    );
  }

  access(access: PlainAccess): PlainStep {
    const { va, kind } = access;
    const step: PlainStep = { lookups: [], vector: null, read: [] };
    const { fault, after } = translate(this.#mode, this.memory, access);
    step.vector = fault?.vector ?? null;
    if (!isCanonicalFor(this.#mode.levels, va)) return step;
    const l1Name = kind === "fetch" ? "L1I" : "L1D";
    const l1 = this.#cache(l1Name);
    const stlb = this.#cache("STLB");
    const inL1 = l1.find(va);
    const inStlb = stlb.find(va);
    step.lookups.push([l1Name, inL1 !== undefined]);
    if (inL1 === undefined) step.lookups.push(["STLB", inStlb !== undefined]);
    const hit = inL1 ?? inStlb;
    if (hit !== undefined && fault !== null) {
      this.#forget(va);
      return step;
    }
    const setsDirty = hit !== undefined && kind === "write" && !hit.dirty;
    const leaf = hit === undefined || setsDirty ? this.#walk(va, step, fault === null) : null;
    if (fault !== null) {
      this.#forget(va);
      return step;
    }
    for (const [address, entry] of after) this.memory.set(address, entry);
    if (setsDirty) for (const line of [l1.find(va), stlb.find(va)]) if (line !== undefined) line.dirty = true;
    if (inL1 !== undefined) l1.use(inL1);
    else {
      const line = inStlb ?? this.#lineOf(va, leaf as Leaf);
      if (inStlb === undefined) stlb.fill({ ...line });
      else stlb.use(inStlb);
      l1.fill({ ...line });
    }
    return step;
  }

  /** MOV to CR3 without PCIDs. */
  flush(): void {
    for (const cache of this.caches.values()) cache.drop(({ global }) => !global);
  }

  invlpg(va: bigint): void {
    this.#forget(va);
    for (const name of ["PDE", "PDPTE", "PML4E", "PML5E"] as const) this.caches.get(name)?.drop(() => true);
  }

  #forget(va: bigint): void {
    for (const cache of this.caches.values()) cache.drop(({ level, number }) => numberAt(va, level) === number);
  }

  #walk(va: bigint, step: PlainStep, completes: boolean): Leaf | null {
    const { levels, cr3 } = this.#mode;
    let start: number = levels;
    for (let level = 2; level <= levels; level++) {
      const name = (["PDE", "PDPTE", "PML4E", "PML5E"] as const)[level - 2] as PlainName;
      const cache = this.caches.get(name);
      if (cache === undefined) continue;
      const line = cache.find(va);
      step.lookups.push([name, line !== undefined]);
      if (line === undefined) continue;
      if (completes) cache.use(line);
      start = level - 1;
      break;
    }
    let table = cr3;
    for (let level: number = levels; level >= 1; level--) {
      const address = entryAddress(table, level, va);
      const entry = this.memory.get(address) ?? 0n;
      if (level <= start) step.read.push(level);
      if (!completes && (entry & 1n) === 0n) return null;
      if (isLeafAt(level, entry)) return { level, address };
      if (level <= start && completes) {
        const name = (["PDE", "PDPTE", "PML4E", "PML5E"] as const)[level - 2] as PlainName;
        this.caches.get(name)?.fill({ level, number: numberAt(va, level), dirty: false, global: false });
      }
      table = entry;
    }
    return null;
  }

  #lineOf(va: bigint, { level, address }: Leaf): Line {
    const entry = this.memory.get(address) ?? 0n;
    if ((entry & A) === 0n) throw new Error("cached without A");
    return { level, number: numberAt(va, level), dirty: (entry & D) !== 0n, global: (entry & G) !== 0n };
  }

  #cache(name: PlainName): PlainCache {
    const cache = this.caches.get(name);
    if (cache === undefined) throw new Error(`no ${name}`);
    return cache;
  }
}

interface Leaf {
  level: number;
  address: bigint;
}
