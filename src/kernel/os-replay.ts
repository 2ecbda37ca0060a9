/** A replay with an operating system (assembly/os/replay.ts): what a kernel does beside decoding, once it is configured for one. */
import type { Dimension } from "../config/attribution.ts";
import type { ResolvedDataCache } from "../config/cost.ts";
import type { ResolvedCpu } from "../config/cpus/resolved.ts";
import { LEAF_LEVELS, type PageSize, type ResolvedConfig } from "../config/types.ts";
import { KernelError } from "../errors.ts";
import { type CountedRow, dimensionBit, readAttribution } from "./attribution.ts";
import { type DataCacheCounts, dataCachesSince, putDataCaches, readDataCaches } from "./data-caches.ts";
import { type HierarchyCounts, hierarchySince, putHierarchy, readHierarchy, splitsStores } from "./hierarchy.ts";
import type { CacheSizes, Exports, KernelInstance } from "./instance.ts";
import { type NestedCounts, nestedSince, putNested, readNested } from "./nested.ts";
import { memoryIsFull, type OsSetup, putChanges, putOsOptions, readSignals, type SignalRecord } from "./os.ts";
import { type SeriesCounts, seriesCountsOf, takeSeriesEnds } from "./series.ts";
import type { Sieve } from "./sieves.ts";

/** The plain caches of a CPU with a hierarchy, which does not ask them. */
const NO_CACHES: CacheSizes = {
  l1i: { entries: 1, ways: 1, sets: 1 },
  l1d: { entries: 1, ways: 1, sets: 1 },
  stlb: { entries: 1, ways: 1, sets: 1 },
  psc: { pde: 0, pdpte: 0, pml4e: 0 },
};

/** What parts of a machine count that only some have. */
export interface PartCounts {
  /** The TLBs of a CPU with a hierarchy; `null` of any other. */
  hierarchy: HierarchyCounts | null;
  /** The host's side of nested paging; `null` where there is none. */
  nested: NestedCounts | null;
  /** Where the entries came from that walks read: nowhere, without data caches. */
  dataCaches: DataCacheCounts;
}

export class OsReplay {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;
  readonly #setup: OsSetup;
  readonly #hierarchy: ResolvedCpu | null;
  readonly #isNested: boolean;
  readonly #byWords: boolean;
  /** Caches that walks read entries through: only where their cost is asked for. */
  readonly #dataCaches: readonly ResolvedDataCache[];
  /** What was counted up to the end of the warm-up, if there was one. */
  #before: PartCounts | null = null;

  /**
   * Builds the machine, and starts a trace for `decoder`. `byWords`: of a CPU with a hierarchy, where nothing but pages is needed of
   * records; faster. Throws KernelError.
   * @internal
   */
  constructor(kernel: KernelInstance, config: ResolvedConfig, setup: OsSetup, decoder: number, byWords: boolean) {
    this.#kernel = kernel;
    this.#exports = kernel.exports;
    this.#setup = setup;
    this.#hierarchy = config.hierarchy ?? null;
    this.#isNested = config.nested !== undefined;
    this.#byWords = byWords;
    this.#dataCaches = config.cost?.model === "cached" ? config.cost.dataCaches : [];
    kernel.putCaches(this.#hierarchy === null ? config : NO_CACHES);
    const masks = putHierarchy(kernel, this.#hierarchy, setup.futures);
    putNested(kernel, config.nested ?? null, masks);
    putDataCaches(kernel, this.#dataCaches);
    kernel.putPolicy(this.#hierarchy === null ? config.policy : "lru", config.os?.seed);
    putOsOptions(kernel, setup);
    kernel.run(() => (byWords ? kernel.exports.configureHierarchy(decoder) : kernel.exports.configureOs(decoder)));
    putChanges(kernel, setup);
  }

  /** What may be left out of words for this machine. */
  sieve(): Sieve {
    const slots = this.#exports.recentSets();
    return { slots, storesApart: slots > 0 && this.#hierarchy !== null && splitsStores(this.#hierarchy) };
  }

  /** Replays the entries, or words, that were decoded last. Throws KernelError: `memory-full` if the options give the program too little. */
  run(): void {
    this.#replay(() => (this.#byWords ? this.#exports.runHierarchy() : this.#exports.runOs()));
  }

  /**
   * Has the next `records` records (0: all that come) be of trace `trace` of those that the replay is of: the turn ends before
   * the record after them.
   */
  startTurn(trace: number, records: number): void {
    this.#kernel.call(() => this.#exports.takeTurn(trace, BigInt(records)));
  }

  /**
   * Replays `entries`, which another kernel gave out (or the first of them), up to the end of the turn. Returns how many bytes of
   * them it replayed. Throws KernelError as run() does.
   */
  runGiven(entries: Uint8Array): number {
    this.#kernel.slice(this.#exports.givenAddress(), entries.length).set(entries);
    this.#replay(() => this.#exports.runGiven(entries.length));
    return this.#exports.replayedBytes.value;
  }

  /** Bytes of one entry. */
  entryBytes(): number {
    return this.#exports.ENTRY_BYTES.value;
  }

  /** Processes that there were. */
  processes(): number {
    return this.#exports.processCount();
  }

  /**
   * With `listsUses`: for each use of a page in the latest run(), the number of the latest one before it of the same page;
   * uses of the replay are numbered from 1, 0 is none. Valid until the next call of any method.
   */
  listedUses(): Uint32Array {
    return this.#usesList(this.usesTaken());
  }

  /** With `reclaim: "opt"`: room for when each page that the next run() uses is used next. Valid until the next call of any method. */
  nextUses(): Uint32Array {
    return this.#usesList(this.#exports.usesRoom());
  }

  /**
   * Of a TLB whose lookups are listed: for each of the latest run(), the number of the latest one before it of the same page; lookups of
   * the replay are numbered from 1, 0 is none. Valid until the next call of any method.
   */
  listedLookups(tlb: number): Uint32Array {
    return this.#lookups(tlb, this.lookupsTaken(tlb));
  }

  /** Of a TLB with policy `opt` that is told: room for when each page that the next run() looks up is looked up next. Valid as above. */
  nextLookups(tlb: number): Uint32Array {
    return this.#lookups(tlb, this.#exports.lookupsRoom());
  }

  /** Lookups of such a TLB that the latest run() made. */
  lookupsTaken(tlb: number): number {
    return this.#exports.lookupsCount(tlb);
  }

  /** Uses of pages that the latest run() made. */
  usesTaken(): number {
    return this.#exports.usesCount();
  }

  /**
   * Counts by each of `by`, in regions of `regionNames` names, and notes the counters after each `intervalRecords` records (0:
   * never). To be called before the first record. Throws KernelError.
   */
  attribute(by: readonly Dimension[], regionNames: number, intervalRecords: number): void {
    const bits = by.reduce((all, dimension) => all | dimensionBit(this.#kernel, dimension), 0);
    if (bits !== 0) this.#kernel.run(() => this.#exports.attribute(bits, regionNames));
    if (intervalRecords > 0) this.#kernel.run(() => this.#exports.startIntervals(BigInt(intervalRecords)));
  }

  /** Has rows, intervals and counts of TLBs begin anew, after Kernel.endWarmup(). */
  endWarmup(): void {
    this.#before = this.#partCounts();
    this.#kernel.call(() => this.#exports.endReplayWarmup());
  }

  /** What such parts counted, after the warm-up. */
  partCounts(): PartCounts {
    const counts = this.#partCounts();
    return this.#before === null ? counts : partsSince(counts, this.#before);
  }

  #partCounts(): PartCounts {
    const cpu = this.#hierarchy;
    return this.#kernel.call(() => ({
      hierarchy: cpu === null ? null : readHierarchy(this.#kernel, cpu),
      nested: this.#isNested ? readNested(this.#kernel) : null,
      dataCaches: readDataCaches(this.#kernel, this.#dataCaches.length),
    }));
  }

  /** Whether there were misses of which no instruction is known, and no others. */
  lacksPcs(): boolean {
    return Boolean(this.#exports.prefetchLacksPc());
  }

  /** What was counted for each row of `dimension`. */
  attribution(dimension: Dimension): CountedRow[] {
    return this.#kernel.call(() => readAttribution(this.#kernel, dimension));
  }

  /** What was counted up to the end of each interval that has ended since the last call. To be called after each piece. */
  takeSeriesEnds(): SeriesCounts[] {
    return this.#kernel.call(() => takeSeriesEnds(this.#kernel));
  }

  /** What was counted up to now, the warm-up included. */
  seriesCounts(): SeriesCounts {
    return seriesCountsOf(this.#kernel.counters());
  }

  /** The first accesses that ended in SIGSEGV. */
  signals(): SignalRecord[] {
    return this.#kernel.call(() => readSignals(this.#kernel));
  }

  /** Pages of that size that are mapped now. */
  mappedPages(pageSize: PageSize): number {
    return this.#exports.mappedPages(LEAF_LEVELS[pageSize]) >>> 0;
  }

  /** Frames that page tables take up, 4 KiB each. */
  tableFrames(): number {
    return this.#exports.tableFrames.value;
  }

  #lookups(tlb: number, count: number): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, this.#exports.lookupsAddress(tlb) >>> 0, count);
  }

  #usesList(count: number): Uint32Array {
    return new Uint32Array(this.#exports.memory.buffer, this.#exports.usesAddress() >>> 0, count);
  }

  #replay(replay: () => number): void {
    const x = this.#exports;
    const status = this.#kernel.call(replay);
    if (status === x.STATUS_OK.value) return;
    if (status === x.STATUS_MEMORY_FULL.value) throw memoryIsFull(this.#setup);
    const most = x.mostProcesses();
    if (x.processCount() < most) throw this.#kernel.outOfMemory();
    throw new KernelError(
      "too-many-processes",
      `the traces tell of more than ${most} processes, for which there are no PCIDs`,
    );
  }
}

/** What was counted after `before`, by the same machine. */
function partsSince({ hierarchy, nested, dataCaches }: PartCounts, before: PartCounts): PartCounts {
  return {
    hierarchy: hierarchy && before.hierarchy && hierarchySince(hierarchy, before.hierarchy),
    nested: nested && before.nested && nestedSince(nested, before.nested),
    dataCaches: dataCachesSince(dataCaches, before.dataCaches),
  };
}
