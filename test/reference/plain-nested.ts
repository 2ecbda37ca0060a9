/**
 * A program in a guest, the plain way: two-dimensional walks as Bhargava, Serebrin, Spadini & Manne draw them ("Accelerating two-dimensional
 * page walks for virtualized systems", ASPLOS 2008, figure 1), with what may be cached as in SDM Vol. 3C, "Information That May Be Cached".
 * Page tables are maps from what an entry covers to where its table lies.
 *
 * | question | here |
 * |---|---|
 * | guest-physical frames | 4 KiB ones in order from frame 1, the PML4's, tables of a page before the page; those of larger pages from 2^30 (2 MiB) and 2^34 (1 GiB) frames on; one that was freed comes next |
 * | what is translated | the address of each entry of the guest that is read, and of the byte; not of the first entry below a cached one, if what is cached of it is combined |
 * | size in a TLB | the smaller of the guest's and the host's |
 * | an eviction | first in, first out, of frames of 4 KiB; invalidates the page, and the guest's paging-structure caches, and nothing of the host's side |
 * | first touch of a host page | an EPT violation, of which nothing else is counted |
 */
import type { PscSizes, ResolvedConfig, ResolvedGeometry } from "../../src/config/types.ts";
import type { RunResult } from "../../src/report/results.ts";
import { type Access, touchedPages } from "./access.ts";
import { AssociativeCache } from "./associative-cache.ts";

type Level = 1 | 2 | 3 | 4;
const ROOT: Level = 4;
const FIRST_FRAMES = [0, 1, 2 ** 30, 2 ** 34];

export interface PlainNestedConfig extends Pick<ResolvedConfig, "l1i" | "l1d" | "stlb" | "psc"> {
  /** Level of the guest's leaf for a page of 4 KiB. */
  leafLevel: (vpn: number) => Level;
  /** Level of the host's leaves. */
  hostLevel: Level;
  /** `null`: none. */
  nestedTlb: ResolvedGeometry | null;
  nestedPsc: PscSizes;
  /** Whether a walk that starts below a cached entry knows where in host-physical memory the table is. */
  combined: boolean;
  /** Frames for pages of the program; only where all are of 4 KiB. @default no limit */
  frames?: number;
}

export interface PlainNestedCounts extends Pick<RunResult, "walks" | "psc"> {
  misses: [l1i: number, l1d: number, stlb: number];
  loads: number;
}

interface GuestPage {
  level: Level;
  number: number;
  frame: number;
  dirty: boolean;
}

/** By level: [unused, PTE, PDE, PDPTE, PML4E]. */
type ByLevel = number[];

/** The number of what an entry of `level` covers, of a page of 4 KiB. */
const at = (vpn: number, level: number) => Math.floor(vpn / 512 ** (level - 1));

/** Caches of entries that point to tables: for each level the numbers of what they cover. */
class StructureCaches {
  readonly #caches: { level: number; entries: AssociativeCache<true> }[];

  constructor({ pde, pdpte, pml4e }: PscSizes) {
    const sizes = [pde, pdpte, pml4e].map((entries, index) => ({ level: index + 2, entries }));
    this.#caches = sizes
      .filter(({ entries }) => entries > 0)
      .map(({ level, entries }) => ({
        level,
        entries: new AssociativeCache({ entries, ways: entries, sets: 1 }, "lru"),
      }));
  }

  /** Level of the deepest entry for `page` that is cached, which is used; 5: none is, so that a walk begins at the root. */
  use(page: number): number {
    return this.#caches.find(({ level, entries }) => entries.lookup(at(page, level)) !== undefined)?.level ?? ROOT + 1;
  }

  fill(page: number, level: number): void {
    const cache = this.#caches.find((each) => each.level === level)?.entries;
    if (cache !== undefined && cache.lookup(at(page, level)) === undefined) cache.fill(at(page, level), true);
  }

  clear(): void {
    for (const { entries } of this.#caches) entries.clear();
  }
}

/** The host: where guest-physical pages are, and what of it is cached. */
class Host {
  readonly #config: PlainNestedConfig;
  readonly #tlb: AssociativeCache<true> | null;
  readonly #caches: StructureCaches;
  readonly #mapped = new Set<number>();
  faults = 0;

  constructor(config: PlainNestedConfig) {
    this.#config = config;
    this.#tlb = config.nestedTlb === null ? null : new AssociativeCache(config.nestedTlb, "lru");
    this.#caches = new StructureCaches(config.nestedPsc);
  }

  /** Translates guest-physical address `gpa`, and adds to `counts` what that took. */
  translate(gpa: number, counts: HostCounts): void {
    const { hostLevel } = this.#config;
    const page = Math.floor(gpa / 4096);
    const hostPage = at(page, hostLevel);
    counts.lookups++;
    if (this.#tlb?.lookup(hostPage) !== undefined) return;
    if (!this.#mapped.has(hostPage)) this.faults++;
    this.#mapped.add(hostPage);
    counts.misses++;
    const below = this.#caches.use(page);
    if (below <= ROOT) counts.hits[below] = (counts.hits[below] ?? 0) + 1;
    for (let level = below - 1; level >= hostLevel; level--) {
      counts.reads[level] = (counts.reads[level] ?? 0) + 1;
      if (level > hostLevel) this.#caches.fill(page, level);
    }
    this.#tlb?.fill(hostPage, true);
  }
}

interface HostCounts {
  lookups: number;
  misses: number;
  reads: ByLevel;
  hits: ByLevel;
}

const noCounts = (): HostCounts => ({ lookups: 0, misses: 0, reads: [0, 0, 0, 0, 0], hits: [0, 0, 0, 0, 0] });
const sum = (counts: ByLevel) => counts.reduce((total, count) => total + count, 0);

class Guest {
  readonly #config: PlainNestedConfig;
  readonly #host: Host;
  readonly #caches: StructureCaches;
  /** Keys are `level:number`. */
  readonly #tlbs: AssociativeCache<{ dirty: boolean }, string>[];
  readonly #pages = new Map<string, GuestPage>();
  /** First frame of the table below the entry of that level and number; `5:0` is the root. */
  readonly #tables = new Map<string, number>();
  readonly #nextFrames = [...FIRST_FRAMES];
  readonly #freed: number[] = [];
  #loads = 0;
  readonly #misses: PlainNestedCounts["misses"] = [0, 0, 0];
  #walks = 0;
  readonly #reads: ByLevel = [0, 0, 0, 0, 0];
  readonly #hits: ByLevel = [0, 0, 0, 0, 0];
  readonly #hostCounts = noCounts();
  #setDirty = 0;
  #setDirtyReads = 0;

  constructor(config: PlainNestedConfig) {
    this.#config = config;
    this.#host = new Host(config);
    this.#caches = new StructureCaches(config.psc);
    const numberOf = (key: string) => Number(key.split(":")[1]);
    this.#tlbs = [config.l1i, config.l1d, config.stlb].map(
      (geometry) => new AssociativeCache(geometry, "lru", "modulo", numberOf),
    );
    this.#tables.set("5:0", this.#takeFrame(1));
  }

  access({ kind, va, size }: Access): void {
    for (const vpn of touchedPages(va, size) ?? []) this.#reference(vpn, kind);
  }

  #reference(vpn: number, kind: Access["kind"]): void {
    const [l1, name] = kind === "fetch" ? [this.#tlbs[0], 0] : [this.#tlbs[1], 1];
    const stlb = this.#tlbs[2];
    if (l1 === undefined || stlb === undefined) throw new Error("there are three TLBs");
    const writes = kind === "store" || kind === "modify";
    const page = this.#pageOf(vpn);
    const key = page === undefined ? "" : this.#keyOf(page, vpn);
    const inL1 = page === undefined ? undefined : l1.lookup(key);
    if (inL1 === undefined) this.#misses[name as 0 | 1]++;
    const inStlb = inL1 !== undefined || page === undefined ? undefined : stlb.lookup(key);
    const hit = inL1 ?? inStlb;
    if (page !== undefined && hit !== undefined) {
      if (writes && !hit.dirty) {
        page.dirty = true;
        const counts = noCounts();
        this.#setDirty++;
        this.#setDirtyReads += this.#walk(page, vpn, counts).levels.length + sum(counts.reads);
        hit.dirty = true;
        const copy = stlb.peek(key);
        if (copy !== undefined) copy.dirty = true;
      }
      if (inL1 === undefined) l1.fill(key, { ...hit });
      return;
    }
    this.#misses[2]++;
    const found = page ?? this.#load(vpn);
    if (writes) found.dirty = true;
    this.#walks++;
    const { levels, below } = this.#walk(found, vpn, this.#hostCounts);
    for (const level of levels) this.#reads[level] = (this.#reads[level] ?? 0) + 1;
    if (below <= ROOT) this.#hits[below] = (this.#hits[below] ?? 0) + 1;
    stlb.fill(this.#keyOf(found, vpn), { dirty: found.dirty });
    l1.fill(this.#keyOf(found, vpn), { dirty: found.dirty });
  }

  /** Both dimensions. Returns the levels of the guest's entries that were read, and that of the cached one it began below. */
  #walk(page: GuestPage, vpn: number, counts: HostCounts): { levels: number[]; below: number } {
    const below = this.#caches.use(vpn);
    const levels: number[] = [];
    for (let level = below - 1; level >= page.level; level--) {
      levels.push(level);
      const table = this.#tables.get(tableKey(vpn, level)) ?? Number.NaN;
      const entry = table * 4096 + (at(vpn, level) % 512) * 8;
      const isKnown = this.#config.combined && level === below - 1 && below <= ROOT;
      if (!isKnown) this.#host.translate(entry, counts);
      if (level > page.level) this.#caches.fill(vpn, level);
    }
    this.#host.translate((page.frame + (vpn % 512 ** (page.level - 1))) * 4096, counts);
    return { levels, below };
  }

  #pageOf(vpn: number): GuestPage | undefined {
    const level = this.#config.leafLevel(vpn);
    return this.#pages.get(`${level}:${at(vpn, level)}`);
  }

  #keyOf({ level }: GuestPage, vpn: number): string {
    const smaller = Math.min(level, this.#config.hostLevel);
    return `${smaller}:${at(vpn, smaller)}`;
  }

  /** A page fault. */
  #load(vpn: number): GuestPage {
    const level = this.#config.leafLevel(vpn);
    for (let above = ROOT; above > level; above--) {
      const key = tableKey(vpn, above - 1);
      if (!this.#tables.has(key)) this.#tables.set(key, this.#takeFrame(1));
    }
    if (this.#pages.size === this.#config.frames) this.#evict();
    const page: GuestPage = { level, number: at(vpn, level), frame: this.#takeFrame(level), dirty: false };
    this.#pages.set(`${level}:${page.number}`, page);
    this.#loads++;
    return page;
  }

  #evict(): void {
    const [key, page] = [...this.#pages][0] as [string, GuestPage];
    this.#pages.delete(key);
    this.#freed.push(page.frame);
    for (const tlb of this.#tlbs) tlb.drop((held) => held === key);
    this.#caches.clear();
  }

  #takeFrame(level: Level): number {
    const freed = level === 1 ? this.#freed.pop() : undefined;
    if (freed !== undefined) return freed;
    const frame = this.#nextFrames[level] ?? Number.NaN;
    this.#nextFrames[level] = frame + 512 ** (level - 1);
    return frame;
  }

  counts(): PlainNestedCounts {
    const { lookups, misses, reads, hits } = this.#hostCounts;
    return {
      walks: {
        count: this.#walks,
        references: sum(this.#reads) + sum(reads),
        byLevel: byLevel(this.#reads),
        setDirty: this.#setDirty,
        setDirtyReferences: this.#setDirtyReads,
        nested: {
          references: sum(reads),
          byLevel: byLevel(reads),
          tlb: { lookups, hits: lookups - misses, misses },
          psc: hitsByLevel(hits),
          faults: this.#host.faults,
        },
      },
      psc: hitsByLevel(this.#hits),
      misses: [...this.#misses],
      loads: this.#loads,
    };
  }
}

/** Key of the table that has the entry of `level` for `vpn`. */
function tableKey(vpn: number, level: number): string {
  return level === ROOT ? "5:0" : `${level + 1}:${at(vpn, level + 1)}`;
}

function byLevel([, pte = 0, pde = 0, pdpte = 0, pml4e = 0]: ByLevel): RunResult["walks"]["byLevel"] {
  return { pml4e, pdpte, pde, pte };
}

function hitsByLevel([, , pde = 0, pdpte = 0, pml4e = 0]: ByLevel): RunResult["psc"] {
  return { pml4e: { hits: pml4e }, pdpte: { hits: pdpte }, pde: { hits: pde } };
}

/** What `records` count in a guest. */
export function runPlainNested(records: readonly Access[], config: PlainNestedConfig): PlainNestedCounts {
  const guest = new Guest(config);
  for (const record of records) guest.access(record);
  return guest.counts();
}
