/**
 * A replay with an operating system: processes with VMAs, pages of every size, a limit on frames with page replacement
 * and swap, and what is counted, of which part of the program and when. The plain way: whatever is to be found is searched.
 *
 * | question | here |
 * |---|---|
 * | order of frames | a list in which new pages come last; second chance moves what it passes to the end; the pieces of a page that is split take its place, ascending |
 * | size of a new page | the largest up to that of the VMA whose range lies wholly in it, has no page in it, present or evicted, and for which frames are free without an eviction |
 * | victim is a large page | is split, A, D and last use of each piece as they were, and the policy is asked again |
 * | OPT looks at | the next reference to the address in its process; a large page has the next one of its pieces |
 * | swap slots | a page has one from its first write-back until it is unmapped, and always writes to that |
 * | unmapping or protecting a part of a large page | splits it first |
 * | more than 33 translations in one call | a flush of the PCID; of present ones, a large page being one, after splits |
 * | without PCIDs | a switch to another process flushes all; a process that does not run has nothing cached |
 * | page tables | stay when they are empty, until a large page takes their place; not shared by processes |
 * | khugepaged | looks at the process of the record that it comes before, in the order of addresses; a part with an evicted page is left alone |
 * | a part that is made one page | needs 512 free frames besides its own, comes last in the order of frames, and has no swap slot |
 *
 * Not modelled: KPTI, several processors, fork, warm-ups and windows.
 */
import { DEFAULT_SEED } from "../../src/config/policies.ts";
import type { PageSize, ResolvedConfig } from "../../src/config/types.ts";
import type { MixedSizes } from "../../src/report/results.ts";
import type { PlainEntry } from "../helpers/entries-of.ts";
import { LEAF_LEVEL, pageNumberAt } from "./access.ts";
import { machineSeeds } from "./associative-cache.ts";
import type { Counters, Misses } from "./machine.ts";
import { ROOT_LEVEL } from "./page-tables.ts";
import { type PagingOptions, type ReplacementPolicy, victimOf } from "./paging-policies.ts";
import { PlainFrames } from "./plain-frames.ts";
import { type HierarchyCounters, PlainHierarchy } from "./plain-hierarchy.ts";
import { firstVpnOf, framesOf, lastVpnOf, type PresentPage, Process } from "./plain-processes.ts";
import type { PlainPage } from "./plain-tlb-array.ts";
import {
  type DeniedAccess,
  everywhere,
  type JudgedRecord,
  jointRange,
  type OsStep,
  type PlainVma,
  type RangeStep,
  stepsThrough,
  type VmaChange,
} from "./plain-vmas.ts";
import { CountedTlb, type Tag, TagCache } from "./tagged-caches.ts";

/** Linux on x86: tlb_single_page_flush_ceiling. */
const SINGLE_PAGE_FLUSH_CEILING = 33;

export type Attribution = "region" | "page" | "pc" | "kind";

export interface PlainOsConfig {
  /** Its page size is that of the one VMA there is if `vmas` are not given. */
  machine: ResolvedConfig;
  /** @default one over everything, with all rights */
  vmas?: readonly PlainVma[];
  changes?: readonly VmaChange[];
  /** Frames of 4 KiB for pages of programs. @default no limit */
  frames?: number;
  /** @default "second-chance" */
  reclaim?: ReplacementPolicy;
  /** For `random`. */
  choose?: PagingOptions["choose"];
  /** Pages that swap holds. @default no limit */
  swapPages?: number;
  /** Whether a 2 MiB page can be had for a VMA of `thp`, asked when nothing else is in its way. @default always */
  isHugePageAvailable?: (pid: bigint, pageNumber: number) => boolean;
  /**
   * Passes of khugepaged, before each so many records: 2 MiB parts of `thp` VMAs with so many present pages are made one page
   * if one can be had. @default none
   */
  promotion?: { everyRecords: number; fromPages: number };
  /** @default true */
  pcids?: boolean;
  /** Rows to count. @default none */
  by?: readonly Attribution[];
  /** What the region of an address is called, for rows. @default the name of its VMA, `unattributed` without one */
  regionOf?: (va: bigint, pid: bigint, recordNumber: number) => string;
  /** Records of an interval. @default one interval */
  intervalRecords?: number;
}

export interface PlainRow {
  name: string;
  accesses: Counters["accesses"];
  references: Counters["references"];
  l1Misses: number;
  stlbMisses: number;
  walkReferences: number;
  faults: number;
}

export interface PlainInterval extends Misses {
  records: number;
  majorFaults: number;
}

export interface PlainOsResult {
  /** As in a RunResult. */
  counters: Counters;
  /** As in its `memory`. */
  sizes: Omit<MixedSizes, "oneMapping">;
  /** In the order in which they come up. Pages and instructions are hexadecimal addresses. */
  rows: Partial<Record<Attribution, PlainRow[]>>;
  intervals: PlainInterval[];
  denied: (DeniedAccess & { record: number; pid: bigint })[];
  /** What the TLBs of a CPU that is described counted; those of `counters` then mean nothing. */
  hierarchy?: HierarchyCounters;
}

/** Memory and swap are full. */
export class OutOfSwap extends Error {}

/** Entries read, and hits in paging-structure caches, by level. */
type ByLevel = [unused: number, pte: number, pde: number, pdpte: number, pml4e: number];

class PlainOs {
  readonly #config: PlainOsConfig;
  readonly #tlbs: { l1i: CountedTlb; l1d: CountedTlb; stlb: CountedTlb };
  /** Deepest first. */
  readonly #structureCaches: { level: number; cache: TagCache<true> }[];
  /** Of a CPU whose TLBs are described, which take the place of those above. */
  readonly #hierarchy: PlainHierarchy | null;
  readonly #frames = new PlainFrames();
  /** Of the process that runs. */
  #vmas: readonly PlainVma[] = [];
  readonly #processes = new Map<bigint, Process>();
  /** Pages in frames, in the order in which victims are looked for. */
  readonly #residents: PresentPage[] = [];
  #usedFrames = 0;
  #usedSlots = 0;
  /** For OPT: the times of the references to each VPN of each process, ascending; those that have passed are taken out. */
  readonly #future: Map<string, number[]>;
  /** References made so far: the time by which LRU and OPT go. */
  #now = 0;

  readonly #accesses = { fetch: 0, load: 0, store: 0, modify: 0 };
  readonly #references = { fetch: 0, data: 0 };
  readonly #reads: ByLevel = [0, 0, 0, 0, 0];
  readonly #structureHits: ByLevel = [0, 0, 0, 0, 0];
  readonly #faults = { minor: 0, major: 0, protection: 0, generalProtection: 0 };
  #walks = 0;
  #setDirtyWalks = 0;
  #setDirtyReads = 0;
  #evictions = 0;
  #writebacks = 0;
  #hugePages = 0;
  #promotions = 0;
  #demotions = 0;

  readonly #rows = new Map<Attribution, Map<string, PlainRow>>();
  readonly #intervals: PlainInterval[] = [];
  readonly #denied: PlainOsResult["denied"] = [];

  constructor(config: PlainOsConfig, future: Map<string, number[]>) {
    const { machine, by = [] } = config;
    this.#config = config;
    this.#future = future;
    const seeds = machineSeeds(machine.os?.seed);
    this.#tlbs = {
      l1i: new CountedTlb("L1I", machine.l1i, machine.policy, seeds),
      l1d: new CountedTlb("L1D", machine.l1d, machine.policy, seeds),
      stlb: new CountedTlb("STLB", machine.stlb, machine.policy, seeds),
    };
    this.#structureCaches = [
      { level: 2, entries: machine.psc.pde },
      { level: 3, entries: machine.psc.pdpte },
      { level: 4, entries: machine.psc.pml4e },
    ]
      .filter(({ entries }) => entries > 0)
      .map(({ level, entries }) => ({ level, cache: new TagCache({ entries, ways: entries, sets: 1 }, "lru") }));
    const smallPage = (pid: bigint, vpn: number) => this.#smallPage(this.#process(pid), vpn);
    const { hierarchy, os } = machine;
    const seed = os?.seed ?? DEFAULT_SEED;
    this.#hierarchy = hierarchy === undefined ? null : new PlainHierarchy(hierarchy, seed, smallPage);
    for (const attribution of by) this.#rows.set(attribution, new Map());
  }

  run(steps: Iterable<OsStep>): PlainOsResult {
    for (const step of steps) {
      if (step.op === "record") this.#record(step);
      else if (step.op === "switch") this.#switch();
      else this.#change(step);
    }
    const rows = [...this.#rows].map(([attribution, rows]) => [attribution, [...rows.values()]] as const);
    return {
      counters: this.#counters(),
      sizes: this.#sizes(),
      rows: Object.fromEntries(rows),
      intervals: this.#intervals,
      denied: this.#denied,
      ...(this.#hierarchy === null ? {} : { hierarchy: this.#hierarchy.counters() }),
    };
  }

  #record(step: JudgedRecord): void {
    const { record, number, pid, denied, references, vmas } = step;
    this.#process(pid); // it runs, even if it never gets a page
    const { everyRecords, fromPages } = this.#config.promotion ?? { everyRecords: 0, fromPages: 0 };
    if (everyRecords > 0 && number > 0 && number % everyRecords === 0) {
      this.#promote(this.#process(pid), vmas, fromPages);
    }
    this.#accesses[record.kind]++;
    for (const row of this.#rowsOf(step, record.va)) row.accesses[record.kind]++;
    const interval = this.#intervalOf(number);
    interval.records++;
    if (denied !== null) {
      this.#faults[denied.code === "SI_KERNEL" ? "generalProtection" : "protection"]++;
      this.#denied.push({ ...denied, record: number, pid });
      for (const row of this.#rowsOf(step, denied.address)) row.faults++;
      return;
    }
    references.forEach(({ vpn, vma }, index) => {
      const before = this.#missesSoFar();
      this.#reference(record.kind, this.#process(pid), vpn, vma, vmas);
      const after = this.#missesSoFar();
      for (const name of Object.keys(after) as (keyof typeof after)[]) interval[name] += after[name] - before[name];
      // A page of a record that is not its first one is known by its first byte.
      for (const row of this.#rowsOf(step, index === 0 ? record.va : BigInt(vpn) << 12n)) {
        row.references[record.kind === "fetch" ? "fetch" : "data"]++;
        row.l1Misses += after.l1iMisses + after.l1dMisses - before.l1iMisses - before.l1dMisses;
        row.stlbMisses += after.stlbMisses - before.stlbMisses;
        row.walkReferences += after.walkReferences - before.walkReferences;
        row.faults += after.minorFaults + after.majorFaults - before.minorFaults - before.majorFaults;
      }
    });
  }

  /** One translation: see machine.ts, which has nothing but this. */
  #reference(
    kind: JudgedRecord["record"]["kind"],
    process: Process,
    vpn: number,
    vma: PlainVma,
    vmas: readonly PlainVma[],
  ): void {
    const { l1i, l1d, stlb } = this.#tlbs;
    const isWrite = kind === "store" || kind === "modify";
    const l1 = kind === "fetch" ? l1i : l1d;
    this.#references[kind === "fetch" ? "fetch" : "data"]++;
    this.#now++;
    let page = process.find(vpn);
    this.#vmas = vmas;
    if (this.#hierarchy !== null) {
      page = this.#referenceIn(this.#hierarchy, kind, process, vpn, vma, vmas);
      page.lastUse = this.#now;
      return;
    }
    const tag = page === undefined ? null : tagOf(page);

    const inL1 = l1.lookup(tag);
    const inStlb = inL1 === undefined ? stlb.lookup(tag) : undefined;
    const hit = inL1 ?? inStlb;
    if (page === undefined || hit === undefined) {
      page ??= this.#fault(process, vpn, vma, vmas);
      this.#walks++;
      const { reads, startedBelow } = this.#walk(page, vpn, isWrite);
      for (const level of reads) this.#reads[level] = (this.#reads[level] ?? 0) + 1;
      if (startedBelow !== null) this.#structureHits[startedBelow] = (this.#structureHits[startedBelow] ?? 0) + 1;
      stlb.entries.fill(tagOf(page), { dirty: page.dirty });
      l1.entries.fill(tagOf(page), { dirty: page.dirty });
    } else {
      if (isWrite && !hit.dirty) {
        this.#setDirtyWalks++;
        this.#setDirtyReads += this.#walk(page, vpn, true).reads.length;
        hit.dirty = true;
        const copy = stlb.entries.peek(tagOf(page));
        if (copy !== undefined) copy.dirty = true;
      }
      if (inL1 === undefined) l1.entries.fill(tagOf(page), { dirty: hit.dirty });
    }
    page.lastUse = this.#now;
  }

  /** The same through TLBs that are described. */
  #referenceIn(
    hierarchy: PlainHierarchy,
    kind: JudgedRecord["record"]["kind"],
    process: Process,
    vpn: number,
    vma: PlainVma,
    vmas: readonly PlainVma[],
  ): PresentPage {
    const path = kind === "modify" ? "store" : kind;
    const isWrite = path === "store";
    const found = hierarchy.find(path, process.pid, vpn);
    const page = process.find(vpn) ?? this.#fault(process, vpn, vma, vmas);
    if (found === null || (isWrite && !found.dirty)) {
      const { reads, below } = hierarchy.walk(path, process.pid, vpn, page.level, found === null);
      page.accessed = true;
      if (isWrite) page.dirty = true;
      if (found === null) {
        this.#walks++;
        for (const level of reads) this.#reads[level] = (this.#reads[level] ?? 0) + 1;
        if (below !== null) this.#structureHits[below] = (this.#structureHits[below] ?? 0) + 1;
      } else {
        this.#setDirtyWalks++;
        this.#setDirtyReads += reads.length;
        hierarchy.setDirty(process.pid, vpn);
        found.dirty = true;
      }
    }
    hierarchy.use(path, this.#pageOf(page), vpn, found);
    return page;
  }

  /** The present small page at `vpn`, as its entry says. */
  #smallPage(process: Process, vpn: number): PlainPage | undefined {
    const page = process.pagesOf(1).get(vpn);
    const at = BigInt(vpn) << 12n;
    const vma = this.#vmas.find(({ first, last }) => first <= at && at <= last);
    return page === undefined || !vma?.rights.match(/[rwx]/) ? undefined : this.#pageOf(page);
  }

  #pageOf(page: PresentPage): PlainPage {
    const { process, level, number, frame, accessed, dirty } = page;
    const at = BigInt(firstVpnOf(page)) << 12n;
    const rights = this.#vmas.find(({ first, last }) => first <= at && at <= last)?.rights ?? "";
    return { pid: process.pid, level, number, frame, accessed, dirty, rights: rights.replaceAll(/[^wx]/g, "") };
  }

  /** Sets A, and D if `isWrite`. Returns the levels of the entries read, and of the cached entry that it began below. */
  #walk(page: PresentPage, vpn: number, isWrite: boolean): { reads: number[]; startedBelow: number | null } {
    const { pid } = page.process;
    const tagAt = (level: number) => ({ pid, level, number: pageNumberAt(vpn, level) });
    const start = this.#structureCaches.find(({ level, cache }) => cache.lookup(tagAt(level)) !== undefined);
    const reads: number[] = [];
    for (let level = (start?.level ?? ROOT_LEVEL + 1) - 1; level >= page.level; level--) {
      reads.push(level);
      if (level === page.level) break;
      this.#structureCaches.find((candidate) => candidate.level === level)?.cache.fill(tagAt(level), true);
    }
    if (reads.at(-1) !== page.level) throw new Error(`a walk went past the entry of level ${page.level}`);
    page.accessed = true;
    if (isWrite) page.dirty = true;
    return { reads, startedBelow: start?.level ?? null };
  }

  #fault(process: Process, vpn: number, vma: PlainVma, vmas: readonly PlainVma[]): PresentPage {
    const evicted = process.evicted.get(vpn);
    const level = evicted === undefined ? this.#levelFor(process, vpn, vma, vmas) : 1;
    if (level > 1) this.#hugePages++;
    this.#faults[evicted === undefined ? "minor" : "major"]++;
    if (level > 1) process.dropTables(level, pageNumberAt(vpn, level));
    if (evicted === undefined) process.makeTables(vpn, level);
    this.#makeRoom();
    process.evicted.delete(vpn);
    const page: PresentPage = {
      process,
      level,
      number: pageNumberAt(vpn, level),
      frame: this.#frames.take(level),
      lastUse: this.#now,
      accessed: false,
      dirty: false,
      hasSlot: evicted?.hasSlot ?? false,
    };
    this.#residents.push(page);
    this.#usedFrames += framesOf(level);
    process.enter(page);
    return page;
  }

  /** The level of the entry for a page that is touched first. */
  #levelFor(process: Process, vpn: number, vma: PlainVma, vmas: readonly PlainVma[]): number {
    const { first, last } = jointRange(vma, vmas);
    const isThp = vma.pageSize === "thp";
    const most = LEAF_LEVEL[isThp ? "2M" : (vma.pageSize as PageSize)];
    for (let level = most; level > 1; level--) {
      const number = pageNumberAt(vpn, level);
      const firstVpn = number * framesOf(level);
      const lastVpn = firstVpn + framesOf(level) - 1;
      const isInside = first <= BigInt(firstVpn) << 12n && ((BigInt(lastVpn) << 12n) | 0xfffn) <= last;
      const isEmpty =
        process.pagesIn(firstVpn, lastVpn).length === 0 &&
        ![...process.evicted.keys()].some((other) => other >= firstVpn && other <= lastVpn);
      const fits = this.#usedFrames + framesOf(level) <= (this.#config.frames ?? Number.POSITIVE_INFINITY);
      if (!isInside || !isEmpty || !fits) continue;
      const { isHugePageAvailable = () => true } = this.#config;
      if (!isThp || (vma.anonymous && isHugePageAvailable(process.pid, number))) return level;
    }
    return 1;
  }

  /** A pass of khugepaged. */
  #promote(process: Process, vmas: readonly PlainVma[], fromPages: number): void {
    const parts = new Set([...process.pagesOf(1).keys()].map((vpn) => pageNumberAt(vpn, 2)));
    for (const number of [...parts].sort((one, other) => one - other)) {
      const [firstVpn, lastVpn] = [number * 512, number * 512 + 511];
      const [from, to] = [BigInt(firstVpn) << 12n, (BigInt(lastVpn) << 12n) | 0xfffn];
      const vma = vmas.find(({ first, last }) => first <= from && from <= last);
      if (vma?.pageSize !== "thp" || !vma.anonymous) continue;
      const { first, last } = jointRange(vma, vmas);
      const pieces = process.pagesIn(firstVpn, lastVpn);
      const isEvicted = [...process.evicted.keys()].some((vpn) => vpn >= firstVpn && vpn <= lastVpn);
      const fits = this.#usedFrames + 512 <= (this.#config.frames ?? Number.POSITIVE_INFINITY);
      if (first > from || last < to || isEvicted || pieces.length < fromPages || !fits) continue;
      const { isHugePageAvailable = () => true } = this.#config;
      if (!isHugePageAvailable(process.pid, number)) continue;
      const frame = this.#frames.take(2);
      for (const piece of pieces.sort((one, other) => one.number - other.number)) {
        this.#remove(piece);
        if (piece.hasSlot) this.#usedSlots--;
      }
      this.#forget(process, pieces);
      const page: PresentPage = {
        process,
        level: 2,
        number,
        frame,
        lastUse: Math.max(...pieces.map(({ lastUse }) => lastUse)),
        accessed: pieces.some(({ accessed }) => accessed),
        dirty: pieces.some(({ dirty }) => dirty),
        hasSlot: false,
      };
      this.#residents.push(page);
      this.#usedFrames += 512;
      process.enter(page);
      process.dropTables(2, number);
      this.#promotions++;
    }
  }

  /** Evicts until a frame is free. */
  #makeRoom(): void {
    const { frames = Number.POSITIVE_INFINITY, reclaim = "second-chance", choose } = this.#config;
    while (this.#usedFrames + 1 > frames) {
      const index = victimOf(this.#residents, reclaim, (page) => this.#nextUse(page), choose);
      const victim = this.#residents[index];
      if (victim === undefined) throw new Error(`no victim among ${this.#residents.length} pages`);
      if (victim.level > 1) this.#split(victim);
      else this.#evict(victim);
    }
  }

  #evict(page: PresentPage): void {
    if (page.dirty) {
      if (!page.hasSlot) {
        const { swapPages = Number.POSITIVE_INFINITY, frames } = this.#config;
        if (this.#usedSlots === swapPages) throw new OutOfSwap(`${frames} frames and ${swapPages} swap slots are full`);
        this.#usedSlots++;
        page.hasSlot = true;
      }
      this.#writebacks++;
    }
    this.#evictions++;
    page.process.evicted.set(page.number, { hasSlot: page.hasSlot });
    this.#remove(page);
    this.#invalidate([page]);
  }

  /** 512 pages of the next smaller size in place of one. */
  #split(page: PresentPage): void {
    const { process, level, number, lastUse, accessed, dirty } = page;
    process.makeTables(firstVpnOf(page), level - 1);
    const pieces = Array.from({ length: 512 }, (_, index): PresentPage => {
      const frame = page.frame + index * framesOf(level - 1);
      const piece = { process, level: level - 1, number: number * 512 + index, frame };
      return { ...piece, lastUse, accessed, dirty, hasSlot: false };
    });
    process.pagesOf(level).delete(number);
    this.#residents.splice(this.#residents.indexOf(page), 1, ...pieces);
    for (const piece of pieces) process.enter(piece);
    this.#invalidate([page]);
    this.#demotions++;
  }

  #remove(page: PresentPage): void {
    page.process.pagesOf(page.level).delete(page.number);
    this.#residents.splice(this.#residents.indexOf(page), 1);
    this.#usedFrames -= framesOf(page.level);
    this.#frames.giveBack(page.frame, page.level);
  }

  #change({ op, pid, ranges }: RangeStep): void {
    const process = this.#process(pid);
    const found: PresentPage[] = [];
    for (const { firstVpn, lastVpn } of ranges) {
      const isPart = (page: PresentPage) => firstVpnOf(page) < firstVpn || lastVpnOf(page) > lastVpn;
      const partly = () => process.pagesIn(firstVpn, lastVpn).find(isPart);
      for (let page = partly(); page !== undefined; page = partly()) this.#split(page);
      found.push(...process.pagesIn(firstVpn, lastVpn));
      if (op === "protect") continue;
      for (const [vpn, { hasSlot }] of process.evicted) {
        if (vpn < firstVpn || vpn > lastVpn) continue;
        if (hasSlot) this.#usedSlots--;
        process.evicted.delete(vpn);
      }
    }
    if (op === "free") {
      found.sort((one, other) => firstVpnOf(one) - firstVpnOf(other));
      for (const page of found) {
        if (page.hasSlot) this.#usedSlots--;
        this.#remove(page);
      }
    }
    this.#forget(process, found);
  }

  /** Invalidates what one call changed. */
  #forget({ pid }: Process, pages: PresentPage[]): void {
    if (pages.length <= SINGLE_PAGE_FLUSH_CEILING) this.#invalidate(pages);
    else {
      for (const cache of this.#caches()) cache.dropProcess(pid);
      this.#hierarchy?.dropProcess(pid);
    }
  }

  /** INVLPG of each: its translation, and all cached entries of paging structures of its PCID. */
  #invalidate(pages: PresentPage[]): void {
    const { l1i, l1d, stlb } = this.#tlbs;
    for (const page of pages) {
      for (const tlb of [l1i, l1d, stlb]) tlb.entries.dropOne(tagOf(page));
      for (const { cache } of this.#structureCaches) cache.dropProcess(page.process.pid);
      this.#hierarchy?.invalidate(page.process.pid, firstVpnOf(page), framesOf(page.level));
    }
  }

  #switch(): void {
    if (this.#config.pcids ?? true) return;
    for (const cache of this.#caches()) cache.clear();
    this.#hierarchy?.clear();
  }

  #caches(): (TagCache<{ dirty: boolean }> | TagCache<true>)[] {
    const { l1i, l1d, stlb } = this.#tlbs;
    return [l1i.entries, l1d.entries, stlb.entries, ...this.#structureCaches.map(({ cache }) => cache)];
  }

  #process(pid: bigint): Process {
    const process = this.#processes.get(pid) ?? new Process(pid, this.#frames);
    this.#processes.set(pid, process);
    return process;
  }

  #nextUse(page: PresentPage): number {
    let next = Number.POSITIVE_INFINITY;
    for (let vpn = firstVpnOf(page); vpn <= lastVpnOf(page); vpn++) {
      const times = this.#future.get(futureKey(page.process.pid, vpn)) ?? [];
      while ((times[0] ?? Number.POSITIVE_INFINITY) <= this.#now) times.shift();
      next = Math.min(next, times[0] ?? Number.POSITIVE_INFINITY);
    }
    return next;
  }

  /** The rows, one of each attribution, that something at `va` in a record belongs to. */
  #rowsOf(step: JudgedRecord, va: bigint): PlainRow[] {
    return [...this.#rows].map(([attribution, rows]) => {
      const name = this.#nameOf(attribution, step, va);
      const row = rows.get(name) ?? newRow(name);
      rows.set(name, row);
      return row;
    });
  }

  #nameOf(attribution: Attribution, { record, pid, pc, number, vmas }: JudgedRecord, va: bigint): string {
    switch (attribution) {
      case "region": {
        const { regionOf } = this.#config;
        if (regionOf !== undefined) return regionOf(va, pid, number);
        return vmas.find(({ first, last }) => first <= va && va <= last)?.name ?? "unattributed";
      }
      case "page":
        return hex((va >> 12n) << 12n);
      case "pc":
        return pc === null ? "unknown" : hex(pc);
      case "kind":
        return record.kind;
    }
  }

  #intervalOf(number: number): PlainInterval {
    const index = Math.floor(number / (this.#config.intervalRecords ?? Number.POSITIVE_INFINITY));
    const none = { l1iMisses: 0, l1dMisses: 0, stlbMisses: 0, walkReferences: 0, minorFaults: 0, majorFaults: 0 };
    const interval = this.#intervals[index] ?? { records: 0, ...none };
    this.#intervals[index] = interval;
    return interval;
  }

  #missesSoFar(): Omit<PlainInterval, "records"> {
    const { l1i, l1d, stlb } = this.#tlbs;
    return {
      l1iMisses: l1i.counters.misses,
      l1dMisses: l1d.counters.misses,
      stlbMisses: stlb.counters.misses,
      walkReferences: sum(this.#reads),
      minorFaults: this.#faults.minor,
      majorFaults: this.#faults.major,
    };
  }

  #sizes(): PlainOsResult["sizes"] {
    const processes = [...this.#processes.values()];
    const pages = (level: number) => sum(processes.map((process) => process.pagesOf(level).size));
    const mappedPages = { "4K": pages(1), "2M": pages(2), "1G": pages(3) };
    return {
      hugePages: this.#hugePages,
      promotions: this.#promotions,
      demotions: this.#demotions,
      mappedPages,
      mappedBytes: mappedPages["4K"] * 2 ** 12 + mappedPages["2M"] * 2 ** 21 + mappedPages["1G"] * 2 ** 30,
    };
  }

  #counters(): Counters {
    const { l1i, l1d, stlb } = this.#tlbs;
    const [, pte, pde, pdpte, pml4e] = this.#reads;
    const [, , pdeHits, pdpteHits, pml4eHits] = this.#structureHits;
    const tables = [...this.#processes.values()].map((process) => 1 + process.tables.size);
    return {
      accesses: this.#accesses,
      references: this.#references,
      tlbs: [l1i.counters, l1d.counters, stlb.counters],
      walks: {
        count: this.#walks,
        references: sum(this.#reads),
        byLevel: { pml4e, pdpte, pde, pte },
        setDirty: this.#setDirtyWalks,
        setDirtyReferences: this.#setDirtyReads,
      },
      psc: { pml4e: { hits: pml4eHits }, pdpte: { hits: pdpteHits }, pde: { hits: pdeHits } },
      faults: this.#faults,
      memory: {
        // A page that is unmapped and touched again is another page.
        distinctPages: this.#faults.minor,
        // One PML4 of each process that ran; of one if there was no record.
        pageTablePages: Math.max(1, sum(tables)),
        evictions: this.#evictions,
        writebacks: this.#writebacks,
      },
    };
  }
}

/** Returns what is counted in a replay of `entries`. Throws OutOfSwap. */
export function runPlainOs(entries: Iterable<PlainEntry>, config: PlainOsConfig): PlainOsResult {
  const { vmas = [everywhere(config.machine.pageSize as PlainVma["pageSize"])], changes } = config;
  const steps = () => stepsThrough(entries, vmas, changes);
  return new PlainOs(config, config.reclaim === "opt" ? futureOf(steps()) : new Map()).run(steps());
}

/** The times of all references, by page of each process. */
function futureOf(steps: Iterable<OsStep>): Map<string, number[]> {
  const future = new Map<string, number[]>();
  let now = 0;
  for (const step of steps) {
    if (step.op !== "record") continue;
    for (const { vpn } of step.references) {
      const key = futureKey(step.pid, vpn);
      const times = future.get(key) ?? [];
      times.push(++now);
      future.set(key, times);
    }
  }
  return future;
}

const futureKey = (pid: bigint, vpn: number) => `${pid} ${vpn}`;

const tagOf = ({ process, level, number }: PresentPage): Tag => ({ pid: process.pid, level, number });

function newRow(name: string): PlainRow {
  const accesses = { fetch: 0, load: 0, store: 0, modify: 0 };
  const references = { fetch: 0, data: 0 };
  return { name, accesses, references, l1Misses: 0, stlbMisses: 0, walkReferences: 0, faults: 0 };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
