/**
 * The machine of `run`, written for reading: two L1 TLBs, a unified STLB, paging-structure caches, four-level tables
 * and an operating system that maps every page at its first touch, as far as the process has VMAs. It decides what the
 * kernel is to count.
 *
 * Not modelled: PCIDs, invalidations, a limit on memory (so no major faults, evictions or write-backs).
 */
import type { ResolvedConfig } from "../../src/config/types.ts";
import type { RunProfile, RunResult } from "../../src/report/results.ts";
import { type Access, type AccessKind, LEAF_LEVEL, pageNumberAt, touchedPages } from "./access.ts";
import { AssociativeCache, machineSeeds } from "./associative-cache.ts";
import { builtIn } from "./built-in-policy.ts";
import { A, D, P, RW, XD } from "./entry-bits.ts";
import { isLeaf, PageTables, pfnOf, ROOT_LEVEL, tableIndex } from "./page-tables.ts";
import { mayTouch, rightsOfLeaf, type Vma } from "./vmas.ts";

export type TlbCounters = Pick<RunResult["tlbs"][number], "name" | "lookups" | "hits" | "misses">;

/** All of a RunResult that is counted: no ratios, no times, nothing that only repeats the question. */
export interface Counters extends Pick<RunResult, "accesses" | "references" | "walks" | "psc" | "faults" | "memory"> {
  tlbs: [TlbCounters, TlbCounters, TlbCounters];
}

/** Of a RunResult, what a profile tells of each interval. */
export type Misses = Omit<RunProfile["intervals"][number], "records">;

/** Of a leaf entry. */
export interface LeafFlags {
  accessed: boolean;
  dirty: boolean;
  writable: boolean;
  executable: boolean;
}

/** What a TLB entry carries. Each TLB has its own copy. */
interface TlbEntry {
  dirty: boolean;
}

/** Who is told of physical addresses of entries. */
export interface EntryListener {
  /** A walk reads the entry. */
  onRead?: (address: number) => void;
  /** The operating system has used the entry to map a page: of each level, from the top down. */
  onMapped?: (address: number) => void;
}

class CountedTlb {
  readonly entries: AssociativeCache<TlbEntry>;
  readonly counters: TlbCounters;

  constructor(name: "L1I" | "L1D" | "STLB", config: ResolvedConfig, seeds: () => number) {
    const geometry = { L1I: config.l1i, L1D: config.l1d, STLB: config.stlb }[name];
    this.entries = new AssociativeCache(geometry, builtIn(config.policy), "modulo", Number, seeds);
    this.counters = { name, lookups: 0, hits: 0, misses: 0 };
  }

  lookup(page: number): TlbEntry | undefined {
    const entry = this.entries.lookup(page);
    this.counters.lookups++;
    if (entry === undefined) this.counters.misses++;
    else this.counters.hits++;
    return entry;
  }
}

/**
 * The paging-structure cache for entries of one level: PDE cache 2, PDPTE cache 3, PML4E cache 4. It maps the bits of
 * the address above what such an entry spans, VA[47:21], [47:30] or [47:39], to the PFN of the table named by it.
 */
interface StructureCache {
  level: number;
  tables: AssociativeCache<number>;
}

/** What one walk read and found. */
interface Walk {
  /** Entries read of each level, indexed by level: [unused, PTE, PDE, PDPTE, PML4E], each 0 or 1. */
  readsByLevel: [number, number, number, number, number];
  /** Level of the paging-structure cache that it started from, or `null` if it started at CR3. */
  startedBelow: number | null;
  /** Whether D is set in the leaf, after the walk. */
  dirty: boolean;
}

export class ReferenceMachine {
  readonly #l1i: CountedTlb;
  readonly #l1d: CountedTlb;
  readonly #stlb: CountedTlb;
  /** Deepest first: the order in which a walk probes them. Caches of size 0 are left out. */
  readonly #structureCaches: StructureCache[];
  readonly #pageTables: PageTables;
  /** Level of the entry that maps a page. */
  readonly #leafLevel: number;

  readonly #accesses = { fetch: 0, load: 0, store: 0, modify: 0 };
  readonly #references = { fetch: 0, data: 0 };
  /** Indexed by level, as in `Walk`. */
  readonly #readsByLevel: Walk["readsByLevel"] = [0, 0, 0, 0, 0];
  readonly #structureCacheHits: Walk["readsByLevel"] = [0, 0, 0, 0, 0];
  #walkCount = 0;
  #setDirtyWalks = 0;
  #setDirtyReads = 0;
  #minorFaults = 0;
  #generalProtectionFaults = 0;
  /** `null`: the process may touch everything, in every way. */
  readonly #vmas: readonly Vma[] | null;
  #protectionFaults = 0;

  readonly #listener: EntryListener;

  constructor(config: ResolvedConfig, vmas: readonly Vma[] | null = null, listener: EntryListener = {}) {
    this.#vmas = vmas;
    this.#listener = listener;
    const seeds = machineSeeds(config.os?.seed);
    this.#l1i = new CountedTlb("L1I", config, seeds);
    this.#l1d = new CountedTlb("L1D", config, seeds);
    this.#stlb = new CountedTlb("STLB", config, seeds);
    // Fully associative and LRU, whatever the policy of the TLBs.
    this.#structureCaches = [
      { level: 2, entries: config.psc.pde },
      { level: 3, entries: config.psc.pdpte },
      { level: 4, entries: config.psc.pml4e },
    ]
      .filter(({ entries }) => entries > 0)
      .map(({ level, entries }) => ({
        level,
        tables: new AssociativeCache<number>({ entries, ways: entries, sets: 1 }, "lru"),
      }));
    this.#pageTables = new PageTables(config.pageSize);
    this.#leafLevel = LEAF_LEVEL[config.pageSize];
  }

  /** Replays one record. A modify is one access like a store: it needs write permission. */
  access(kind: AccessKind, va: bigint, sizeBytes: number): void {
    const vpns = touchedPages(va, sizeBytes);
    // A record that ends in #GP is an access all the same.
    this.#accesses[kind]++;
    if (vpns === null) {
      // The canonical check precedes any TLB and any table: no reference, and nothing of the machine changes.
      this.#generalProtectionFaults++;
      return;
    }
    if (this.#vmas !== null && !mayTouch(this.#vmas, kind, vpns)) {
      // The record is judged as a whole, and nothing of it takes place.
      this.#protectionFaults++;
      return;
    }
    // One reference for each 4 KiB page, whatever the size of the page that maps it.
    for (const vpn of vpns) this.#reference(kind, vpn);
  }

  /** One translation: one L1 lookup, never two, whatever faults and walks it needs. */
  #reference(kind: AccessKind, vpn: number): void {
    const isWrite = kind === "store" || kind === "modify";
    const l1 = kind === "fetch" ? this.#l1i : this.#l1d;
    const page = pageNumberAt(vpn, this.#leafLevel);
    if (kind === "fetch") this.#references.fetch++;
    else this.#references.data++;

    const l1Entry = l1.lookup(page);
    if (l1Entry !== undefined) {
      if (isWrite && !l1Entry.dirty) {
        this.#setDirty(vpn);
        l1Entry.dirty = true;
        // The copy in the STLB is found by address, not by a lookup: its recency stays. One in L1I plays no part: no
        // store looks there.
        const stlbEntry = this.#stlb.entries.peek(page);
        if (stlbEntry !== undefined) stlbEntry.dirty = true;
      }
      return;
    }

    // Its recency changes here and nowhere else: L1 hits are not seen by the STLB.
    const stlbEntry = this.#stlb.lookup(page);
    if (stlbEntry !== undefined) {
      if (isWrite && !stlbEntry.dirty) {
        this.#setDirty(vpn);
        stlbEntry.dirty = true;
      }
      l1.entries.fill(page, { dirty: stlbEntry.dirty });
      return;
    }

    if (this.#pageTables.leafEntry(vpn) === 0n) {
      // First touch. The walk that ended in #PF leaves no trace: no reads are counted, no PSC is filled. What is
      // counted is the fault and, below, the walk of the restarted access.
      this.#minorFaults++;
      this.#pageTables.map(vpn, rightsOfLeaf(this.#vmas, vpn));
      this.#tellOfMapping(vpn);
    }
    const walk = this.#walk(vpn, isWrite);
    this.#walkCount++;
    walk.readsByLevel.forEach((reads, level) => {
      this.#readsByLevel[level] = (this.#readsByLevel[level] ?? 0) + reads;
    });
    if (walk.startedBelow !== null) {
      this.#structureCacheHits[walk.startedBelow] = (this.#structureCacheHits[walk.startedBelow] ?? 0) + 1;
    }
    // Both are filled; neither drops an entry because the other did (neither inclusive nor exclusive).
    this.#stlb.entries.fill(page, { dirty: walk.dirty });
    l1.entries.fill(page, { dirty: walk.dirty });
  }

  #tellOfMapping(vpn: number): void {
    let tablePfn = this.#pageTables.rootPfn;
    for (let level = ROOT_LEVEL; level >= this.#leafLevel; level--) {
      const index = tableIndex(vpn, level);
      this.#listener.onMapped?.(tablePfn * 4096 + index * 8);
      tablePfn = pfnOf(this.#pageTables.read(tablePfn, index));
    }
  }

  /**
   * The extra walk of a write that hit an entry with D clear. It is a walk as any other, PSCs included, but no miss:
   * its reads have a count of their own, and where it started is not counted.
   */
  #setDirty(vpn: number): void {
    const walk = this.#walk(vpn, true);
    this.#setDirtyWalks++;
    this.#setDirtyReads += walk.readsByLevel.reduce((sum, reads) => sum + reads);
  }

  /**
   * Walks the tables for `vpn`, which must be mapped. Sets A in every entry that it reads, and D in the leaf if
   * `isWrite`.
   *
   * It starts below the deepest paging-structure cache that hits, whose recency alone changes; every entry that it
   * reads and that is not a leaf is filled into the cache of its level. A leaf never is, so with 2 MiB pages the PDE
   * cache stays empty, and with 1 GiB pages the PDPTE cache too.
   *
   * SDM 3A "Paging-Structure Caches" and "Accessed and Dirty Flags".
   */
  #walk(vpn: number, isWrite: boolean): Walk {
    const readsByLevel: Walk["readsByLevel"] = [0, 0, 0, 0, 0];
    let startedBelow: number | null = null;
    let tablePfn = this.#pageTables.rootPfn;
    for (const { level, tables } of this.#structureCaches) {
      const cachedPfn = tables.lookup(structureTag(vpn, level));
      if (cachedPfn !== undefined) {
        tablePfn = cachedPfn;
        startedBelow = level;
        break;
      }
    }

    for (let level = (startedBelow ?? ROOT_LEVEL + 1) - 1; level >= 1; level--) {
      const index = tableIndex(vpn, level);
      let entry = this.#pageTables.read(tablePfn, index);
      this.#listener.onRead?.(tablePfn * 4096 + index * 8);
      readsByLevel[level] = 1;
      if ((entry & P) === 0n) throw new Error(`walked to an entry that is not present: VPN ${vpn}`);
      const leaf = isLeaf(entry, level);
      entry |= leaf && isWrite ? A | D : A;
      this.#pageTables.write(tablePfn, index, entry);
      if (leaf) return { readsByLevel, startedBelow, dirty: (entry & D) !== 0n };

      tablePfn = pfnOf(entry);
      const cache = this.#structureCaches.find((candidate) => candidate.level === level);
      cache?.tables.fill(structureTag(vpn, level), tablePfn);
    }
    throw new Error(`walked past the PT: VPN ${vpn}`);
  }

  /** Returns a copy of all counters. */
  counters(): Counters {
    const [, pte, pde, pdpte, pml4e] = this.#readsByLevel;
    const [, , pdeHits, pdpteHits, pml4eHits] = this.#structureCacheHits;
    return {
      accesses: { ...this.#accesses },
      references: { ...this.#references },
      tlbs: [{ ...this.#l1i.counters }, { ...this.#l1d.counters }, { ...this.#stlb.counters }],
      walks: {
        count: this.#walkCount,
        references: pml4e + pdpte + pde + pte,
        byLevel: { pml4e, pdpte, pde, pte },
        setDirty: this.#setDirtyWalks,
        setDirtyReferences: this.#setDirtyReads,
      },
      psc: { pml4e: { hits: pml4eHits }, pdpte: { hits: pdpteHits }, pde: { hits: pdeHits } },
      faults: {
        minor: this.#minorFaults,
        major: 0,
        protection: this.#protectionFaults,
        generalProtection: this.#generalProtectionFaults,
      },
      memory: {
        // Counted in the tables, not with the faults, so that comparing the two says something.
        distinctPages: this.#pageTables.leaves().size,
        pageTablePages: this.#pageTables.tableCount,
        evictions: 0,
        writebacks: 0,
      },
    };
  }

  /** What has missed so far. Unlike `counters()` it counts nothing up, so that it can be asked after each access. */
  misses(): Misses {
    return {
      l1iMisses: this.#l1i.counters.misses,
      l1dMisses: this.#l1d.counters.misses,
      stlbMisses: this.#stlb.counters.misses,
      walkReferences: this.#readsByLevel.reduce((sum, reads) => sum + reads),
      minorFaults: this.#minorFaults,
    };
  }

  /** Returns flags of every leaf entry, by page number (va >> 12, 21 or 30 of the full 64-bit address), ascending. */
  leafFlags(): Map<number, LeafFlags> {
    const flags = new Map<number, LeafFlags>();
    for (const [page, entry] of this.#pageTables.leaves()) {
      flags.set(page, {
        accessed: (entry & A) !== 0n,
        dirty: (entry & D) !== 0n,
        writable: (entry & RW) !== 0n,
        executable: (entry & XD) === 0n,
      });
    }
    return flags;
  }

  /** Returns the physical address that `va` is mapped to, or `null`. Nothing is counted or changed. */
  translate(va: bigint): bigint | null {
    return this.#pageTables.translate(va);
  }
}

/** Returns the bits of a 48-bit address above what an entry of `level` spans. */
function structureTag(vpn: number, level: number): number {
  return pageNumberAt(vpn, level) % 512 ** (ROOT_LEVEL - level + 1);
}

/** Returns the counters of a new machine after all of `records`. */
export function runReference(
  records: Iterable<Access>,
  config: ResolvedConfig,
  vmas: readonly Vma[] | null = null,
): Counters {
  const machine = new ReferenceMachine(config, vmas);
  for (const { kind, va, size } of records) machine.access(kind, va, size);
  return machine.counters();
}
