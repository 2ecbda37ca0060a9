/**
 * The results as people and programs get them: the JSON contract, field by field. Fields may be added, never renamed.
 * Counts are exact integers below 2^53; ratios are 0..1; 64-bit values would be hexadecimal strings.
 */
import type { Dimension } from "../config/attribution.ts";
import type { CostModel } from "../config/cost.ts";
import type { AccessKind, Prefetcher } from "../config/cpus/description.ts";
import type { Counter, PmuEvent } from "../config/cpus/events.ts";
import type { PolicyName } from "../config/own-policy.ts";
import type { WindowUnit } from "../config/selection.ts";
import type { Engine, PageSize, Policy, ResolvedConfig, SetIndex, Stream } from "../config/types.ts";
import type { Neighbourhood } from "../errors.ts";

/** What is known of the trace after it was read to its end. */
export interface TraceSummary {
  /** As the user gave it, of several that took turns with ` + ` between; `-` is standard input. Of a program that was recorded meanwhile, its command line. */
  path: string;
  /** What recorded the program meanwhile: `lackey` or `qemu`; missing: the trace was there. */
  recorder?: string;
  /** `several`: traces that took turns have not all the same. */
  format: string;
  /** `none` when the bytes were not compressed; `several` as with `format`. */
  compression: "none" | "gzip" | "zstd" | "xz" | "zip" | "several";
  /** Accesses in the trace: fetches, loads, stores and modifies. */
  records: number;
  /** Instructions that the trace tells of (lackey: its fetch records); 0 when it tells of none. */
  instructions: number;
  /** Lines that are no record of the format. */
  skippedLines: number;
  /**
   * Those of `skippedLines` that begin like a record: other output was mixed into the trace, and its counts are too low.
   * Only there if there are any.
   */
  damagedLines?: number;
  /** Only there if the records are samples, of which hit rates are not those of the program. */
  sampled?: true;
  /** The part of the trace that was counted; not there if that is all of it. `limit` is `null` if there is none. */
  window?: { unit: WindowUnit; skip: number; warmup: number; limit: number | null };
  /** Id of the only thread that was looked at; not there if all were. */
  thread?: string;
  /** Of several traces that took turns: what is known of each, in the order in which they were given. */
  traces?: TraceSummary[];
}

/** One array of a TLB of several. */
export interface TlbArrayResult {
  /** Page sizes, and entries of paging structures, that it holds. */
  holds: string[];
  entries: number;
  ways: number;
  policy: PolicyName;
  /** Lookups that it answered; of levels from 2 on, since of level 1 many need not be made. */
  hits?: number;
  /** How the set of a page is found; what masks there are, `config.hierarchy` tells. */
  index: SetIndex | "masks";
  /** Contiguous pages that one entry may hold. */
  coalesces: number;
}

/** A cache of paging-structure entries of a CPU with a hierarchy. */
export interface WalkCacheResult extends TlbArrayResult {
  name: string;
  /** Walks that started below an entry of it, those that only set D among them. */
  hits: number;
}

/**
 * What a prefetcher did. None of it is part of `walks` or of other TLBs. After a warm-up, translations that were in the buffer count as
 * issued when counting began.
 */
export interface PrefetchResult {
  policy: Prefetcher;
  /** Pages that it predicted. Those that a TLB or the buffer had already, or that are no addresses, were not walked to. */
  predictions: number;
  /** Walks to predicted pages, and the paging-structure entries that they read, the entry that was not present included. */
  walks: number;
  walkReferences: number;
  /** Translations put into the buffer: walks that found a page. issued = useful + unused. */
  issued: number;
  /** Those that were used: hits of the buffer. Each saved a walk of `walks`. */
  useful: number;
  /** Those that had to go, or were invalidated, without having been used, or that are in the buffer at the end. */
  unused: number;
  /** useful / issued, 0..1; `null` when none was issued. */
  accuracy: number | null;
  /** useful / lookups of the buffer, which are the misses of the last level of TLBs, 0..1; `null` when there were none. */
  coverage: number | null;
}

export interface TlbResult {
  /** `L1I`, `L1D`, `STLB`, or as the CPU's description calls it. */
  name: string;
  /** Entries of all ways together; of several arrays, of that for the smallest pages, as `ways` and `policy` are. */
  entries: number;
  ways: number;
  policy: PolicyName;
  lookups: number;
  hits: number;
  misses: number;
  /** misses / lookups, 0..1; 0 when there were no lookups. */
  missRatio: number;
  /** Misses per 1,000 instructions; `null` when the trace has no instruction count. */
  mpki: number | null;
  /** Of a CPU that is not of the plain shape: 1 to 3, accesses that look here, and the arrays that are searched together. */
  level?: number;
  kinds?: AccessKind[];
  arrays?: TlbArrayResult[];
}

/**
 * How walks for misses had guest-physical addresses translated: of each table of the guest that they read of, unless they began below an
 * entry of a paging-structure cache, and of the page. Walks that only set D are left out but in `faults`; what they read of the host's
 * tables is in `setDirtyReferences`.
 */
export interface NestedWalks {
  /** Entries of the host's tables that were read: the sum of `byLevel`. */
  references: number;
  byLevel: { pml4e: number; pdpte: number; pde: number; pte: number };
  /**
   * The nested TLB; without one every lookup misses. Each miss is a walk of the host's tables. lookups = entries of the guest that were
   * read (`walks.byLevel`) + `walks.count` - hits in `RunResult.psc`; these last are not taken off unless `config.nested.combined`.
   */
  tlb: { lookups: number; hits: number; misses: number };
  /** Walks of the host's tables (of `tlb.misses`) that started below an entry of such a cache. */
  psc: { pml4e: { hits: number }; pdpte: { hits: number }; pde: { hits: number } };
  /** EPT violations: host pages that the guest touched for the first time. */
  faults: number;
}

export interface RunResult {
  schema: "pagewalk/run@1";
  version: string;
  trace: TraceSummary;
  /** Of a CPU that is not of the plain shape `cpuSources` counts who says the values that were used of its description. */
  config: ResolvedConfig;
  /** Records by kind. A modify is one access that needs write permission. */
  accesses: { fetch: number; load: number; store: number; modify: number };
  /** Translations: one for each 4 KiB page that a record's bytes touch. */
  references: { fetch: number; data: number };
  /** In the order L1I, L1D, STLB; of a CPU that is not of the plain shape, in that of its description, by level. */
  tlbs: TlbResult[];
  walks: {
    /** One for each STLB miss, but those that a prefetched translation answered. */
    count: number;
    /** Paging-structure entries that those walks read, over all levels: the sum of `byLevel`, and of a guest that of `nested.byLevel`, too. */
    references: number;
    byLevel: { pml4e: number; pdpte: number; pde: number; pte: number };
    /** Walks that only set D, for a store that hit an entry with D clear. Neither misses nor part of `count`. */
    setDirty: number;
    /** Entries that the `setDirty` walks read. Not part of `references`. */
    setDirtyReferences: number;
    /** Only there if the program ran in a guest: the host's side of those walks. `byLevel` is of the guest's tables, as `psc` is. */
    nested?: NestedWalks;
  };
  /** Walks (of `walks.count`) that started below an entry of that paging-structure cache. */
  psc: { pml4e: { hits: number }; pdpte: { hits: number }; pde: { hits: number } };
  /** Only there if the CPU is not of the plain shape. Entries may be in TLBs, too. */
  walkCaches?: WalkCacheResult[];
  /** Only there if the CPU has a prefetcher, whose buffer is the last of `tlbs`: what misses there is walked for. */
  prefetch?: PrefetchResult;
  faults: { minor: number; major: number; protection: number; generalProtection: number };
  /**
   * `distinctPages`: pages that a first touch made; one that was unmapped, where the trace's system calls are obeyed, counts again
   * when it is touched again.
   */
  memory: {
    distinctPages: number;
    pageTablePages: number;
    evictions: number;
    writebacks: number;
  } & Partial<MixedSizes>;
  /** What translations cost by a model; only there if it was asked for. Nothing of it is part of any count. */
  cycles?: CyclesResult;
  /** Events of the CPU's PMU that measure what is counted here; only there if asked for. */
  events?: EventsResult;
  /** A measurement beside the counts; only there if one was given. */
  compare?: CompareResult;
  /** What the operating system did; only there if the run had one. */
  os?: OsActivity;
  /** The first accesses (16 at most) of those that `faults.protection` counts; only there if there are any. */
  signals?: SignalEvent[];
  /** When and where it missed; only there if it was asked for. */
  profile?: RunProfile;
  /** Who missed, by what was asked for; the rows of each sum up to the counts of the run. */
  by?: { [dimension in Dimension]?: AttributionRow[] };
  /** What was counted in each interval of the trace; only there if it was asked for. */
  series?: RunSeries;
  time: { seconds: number; referencesPerSecond: number };
}

/**
 * Cycles of a model of what translations cost: latencies added up, which is no time lost, since a processor does other work
 * meanwhile. Whole numbers.
 */
export interface CyclesResult {
  model: CostModel;
  /** L1 misses by the level of TLBs that was looked up last, from 2 on: hits there, and misses, which walk. */
  lookups: { level: number; hits: number; misses: number; cyclesEach: number; cycles: number }[];
  /** Walks for misses and walks that only set D, and the entries that they read. */
  walks: {
    count: number;
    references: number;
    /** Those that can be under way at once. */
    walkers: number;
    /** Cycles one after the other, and if all walkers were always busy. */
    serial: number;
    atLeast: number;
  };
  /** Of `cached`: how many of the entries each cache had, and at last memory. */
  dataCaches?: { name: string; hits: number; cyclesEach: number; cycles: number }[];
  /** Lookups and walks: with `walks.serial`, with `walks.atLeast`. */
  total: { atMost: number; atLeast: number };
  /** total / instructions; `null` if the trace tells of none. */
  perInstruction: { atMost: number; atLeast: number } | null;
  /** What is taken for granted, in sentences, with who says so. */
  assumptions: string[];
}

/** What a family of cores can measure of the counts of a run. */
export interface EventsResult {
  family: string;
  title: string;
  /** What a shell may be given to measure it with Linux. */
  command: string;
  events: PmuEvent[];
}

/** What `perf stat` measured, beside what was simulated. */
export interface CompareResult {
  file: string;
  /** The cores whose events it was taken for; `null`: of no known ones, but for what all have. */
  family: string | null;
  rows: ComparedRow[];
  /** Events that stand beside no count, and why. */
  others: { event: string; count: number | null; why: string }[];
  /** Counts beside which nothing was measured, and an event that measures it. */
  unmeasured: { counter: Counter; event: string }[];
  /** What else is to be known before conclusions are drawn. */
  notes: string[];
}

export interface ComparedRow {
  counter: Counter;
  /** As perf printed them; several sum up. */
  events: { event: string; count: number }[];
  measured: number;
  simulated: number;
  /** Per 1,000 instructions of the measurement, and of the trace; `null` where these are not known. */
  measuredPerThousand: number | null;
  simulatedPerThousand: number | null;
  /** simulated / measured: of those rates, or if one of them is not known of the counts. `null`: nothing was measured. */
  ratio: number | null;
  /** In what the events differ from the counter. */
  differs: string;
}

/** What an operating system did in a run beside its faults. */
export interface OsActivity {
  /** How often another process came to run: of several traces, of those that a trace tells of, or one that nobody recorded. */
  switches: number;
  /** How often the kernel ran: for a fault that it resolved, a system call of which the trace tells, or a switch. */
  kernelEntries: number;
  /** Changes of mappings, munmap() or mprotect(), that had translations of present pages forgotten. */
  shootdowns: number;
  /** Pages whose translations shootdowns invalidated one by one, and how often they forgot all of the process instead. */
  invalidatedPages: number;
  processFlushes: number;
}

/**
 * What is said of memory with pages of several sizes: only there with transparent huge pages, where some were
 * asked for, and where pages of 2 MiB or 1 GiB met the ends of mappings or a limit on memory.
 */
export interface MixedSizes {
  /** Pages larger than 4 KiB that first touch made; `distinctPages` counts them, too. */
  hugePages: number;
  /** Parts of 2 MiB whose small pages were made one page later, and large pages that were split into 512 smaller ones. */
  promotions: number;
  demotions: number;
  /** Pages that are mapped at the end, by size, and their bytes: what large pages waste is in them. */
  mappedPages: Record<PageSize, number>;
  mappedBytes: number;
  /** No mappings were known: everything was one anonymous mapping, in which any 2 MiB may be one page. */
  oneMapping: boolean;
}

/** An access that no mapping allowed: Linux would have sent SIGSEGV, and the program would most likely have ended. */
export interface SignalEvent {
  /** Index of its record among those replayed. */
  record: number;
  address: string;
  kind: "fetch" | "load" | "store" | "modify";
  /** No mapping has the address, or it forbids the access. */
  code: "SEGV_MAPERR" | "SEGV_ACCERR";
}

/**
 * What one region, 4 KiB page, instruction or kind of access had and cost. Rows are in descending order of
 * `walkReferences`, `stlbMisses`, `l1Misses` and references, then by name or address. Those that had nothing are left out.
 */
export interface AttributionRow {
  /**
   * Name of the region, or `unattributed` for what lay in none; first byte of the page or instruction, hexadecimal, or
   * `unknown` for data of no instruction that the trace tells of; or the kind.
   */
  name: string;
  /** Name of the region that the page or instruction lay in when it was first met; missing: in none. */
  region?: string;
  /** Records whose first byte is there (pc: that this instruction made). */
  accesses: RunResult["accesses"];
  references: RunResult["references"];
  /** Misses of both L1 TLBs. */
  l1Misses: number;
  stlbMisses: number;
  /** Paging-structure entries that walks for misses read. */
  walkReferences: number;
  /** Faults of every sort. */
  faults: number;
}

/** What was counted over time. The sums over all intervals are the counts of the run. */
export interface RunSeries {
  /** Records of each interval but the last, which may have fewer. */
  intervalRecords: number;
  /** In the order of the trace. */
  intervals: {
    /** Records in it, whose sum is `trace.records`. */
    records: number;
    fetchReferences: number;
    dataReferences: number;
    l1iMisses: number;
    l1dMisses: number;
    stlbMisses: number;
    walkReferences: number;
    minorFaults: number;
    majorFaults: number;
    protections: number;
    generalProtections: number;
  }[];
}

/**
 * When in the trace, and where in the address space, a run missed: exact counts, whose resolution is as fine as their
 * number allows. The sums over all intervals, and over all blocks and intervals, are the counts of the run. All of it
 * depends on the trace and the machine alone.
 */
export interface RunProfile {
  /** Records of each interval but the last, which may have fewer: a power of two, 4096 or more. */
  intervalRecords: number;
  /** The intervals in the order of the trace, 512 at most. Each has a record. */
  intervals: {
    /** Records in it, whose sum is `trace.records`. */
    records: number;
    l1iMisses: number;
    l1dMisses: number;
    stlbMisses: number;
    walkReferences: number;
    minorFaults: number;
  }[];
  /** Bytes of one block of addresses: a power of two, one page of the run unless there were too many blocks. */
  blockBytes: number;
  /** Blocks in which something missed, ascending by address as an unsigned number; 1024 at most. */
  blocks: {
    /** First byte, hexadecimal. */
    address: string;
    /** Misses of both L1 TLBs, and of the STLB, for each interval. */
    l1Misses: number[];
    stlbMisses: number[];
  }[];
  /** The first accesses that faulted with #GP, in their order; 16 at most. */
  generalProtections: {
    /** First byte of the record's first 4 KiB page that is not canonical, hexadecimal: nothing more exact is kept. */
    address: string;
    access: "fetch" | "load" | "store" | "modify";
    /** Index of its interval. */
    interval: number;
  }[];
}

/** A TLB of a sweep. hits + misses = lookups of the sweep. */
export interface SweepPoint {
  pageSize: PageSize;
  policy: Policy;
  index: SetIndex;
  engine: Engine;
  entries: number;
  ways: number;
  sets: number;
  hits: number;
  misses: number;
  /**
   * Misses that no TLB could avoid, those of an infinite one: first references to a page, and first ones after its entry
   * was invalidated.
   */
  coldMisses: number;
  /** Misses beyond those that a fully associative LRU TLB of as many entries has, too. */
  capacityMisses: number;
  /**
   * Misses beyond those of a fully associative LRU TLB of as many entries. Negative where sets or the policy serve this
   * trace better. misses = cold + capacity + conflict. Hill & Smith, IEEE Transactions on Computers 38(12), 1989.
   */
  conflictMisses: number;
  /** Walks that only set D, for a page's first store, if that hits. No misses. */
  setDirty: number;
  /** misses / lookups, 0..1. */
  missRatio: number;
  /** Misses per 1,000 instructions; `null` if the trace tells of none. */
  mpki: number | null;
}

/** How hits grow with the size of a fully associative LRU TLB, which no TLB of so many entries needs to know more of. */
export interface SweepCurve {
  pageSize: PageSize;
  /** Distinct pages. */
  footprint: number;
  coldMisses: number;
  /** Entries from which on there are cold misses only: all that were in use at once. */
  floorEntries: number;
  /** The fewest entries that reach a hit rate; `null` if cold misses alone keep every TLB below it. */
  knees: { hitRate: number; entries: number | null }[];
  /**
   * Working-set steps: where the misses fall by much at once, in ascending order (curve.ts). Up to `fromEntries`
   * entries the working set does not fit, with `missesBefore`; from `toEntries` on it does.
   */
  steps: { fromEntries: number; toEntries: number; missesBefore: number; missesAfter: number }[];
  /** Misses at some sizes in ascending order, evenly spread over the logarithm: what a picture needs. */
  samples: { entries: number; misses: number }[];
}

/** Many CPUs over one trace. */
export interface CpusResult {
  schema: "pagewalk/cpus@1";
  version: string;
  trace: TraceSummary;
  /** In the order in which they were named. The time of each is that of its machine, without the reading of the trace. */
  cpus: RunResult[];
}

export interface SweepResult {
  schema: "pagewalk/sweep@1";
  version: string;
  trace: TraceSummary;
  stream: Stream;
  /** References of the chosen stream. */
  references: number;
  /** L1 TLBs in front of the points, for each page size; empty if there are none. */
  l1: (TlbResult & { pageSize: PageSize })[];
  /** Lookups in each point for each page size: the references, or the misses of L1. */
  lookups: { pageSize: PageSize; lookups: number }[];
  /** What invalidated entries: flushes of all, and ranges of pages that the trace unmapped. */
  invalidations: { flushes: number; unmaps: number };
  points: SweepPoint[];
  curves: SweepCurve[];
  /** One-pass points that were simulated directly as well, with the same counts. */
  checkedPoints: number;
  /**
   * Over so many references from the beginning, not counting those to the page of the one before them; `null`: over the
   * whole trace.
   */
  checkedReferences: number | null;
  time: { seconds: number; referencesPerSecond: number };
}

/** What `info` says of a trace. */
export interface InfoResult {
  schema: "pagewalk/info@1";
  version: string;
  /** Whether the trace is good to its end. If not, all counts are of what stands before `error`. */
  complete: boolean;
  trace: TraceSummary & {
    /** Size as stored, `null` when it is not known (standard input). */
    storedBytes: number | null;
    /** Size after decompression. */
    bytes: number;
    /** Number of the first of `damagedLines`, counted from 1; only there if there are any. */
    firstDamagedLine?: number;
  };
  accesses: RunResult["accesses"];
  references: RunResult["references"];
  /** Distinct pages that were touched, were they all of this size. */
  footprint: { pageSize: PageSize; pages: number; codePages: number; dataPages: number }[];
  /** Lowest and highest canonical page touched, as hexadecimal addresses; `null` when there is none. */
  addresses: { lowest: string | null; highest: string | null };
  /** Records whose bytes lie on two 4 KiB pages. */
  straddling: number;
  nonCanonical: number;
  /** Records whose bytes lie on two or more lines of 64 bytes; `null` if only pages were kept. */
  lineStraddling: number | null;
  /** Records by size, ascending; sizes that no record has are not there. `null` if only pages were kept. */
  sizes: { bytes: number; fetches: number; data: number }[] | null;
  /** What the addresses look like. */
  architecture: ArchitectureGuess;
  /**
   * The first 1024 threads to appear, in that order; empty if the trace tells of none. Ids are decimal.
   * `null` if only pages were kept.
   */
  threads: { pid: string; tid: string; records: number }[] | null;
  /** Records of threads that are not listed; `null` if only pages were kept. */
  unlistedThreadRecords: number | null;
  /** How soon 4 KiB pages come back, of both streams. */
  reuse: StreamReuse[];
  /**
   * Distinct 4 KiB pages, code and data, in the latest `windowReferences` references, on average over the trace; powers
   * of two up to its length. Exact: the trace begins with an empty window. Denning, CACM 11(5), 1968. `null` if only pages
   * were kept.
   */
  workingSet: { windowReferences: number; averagePages: number }[] | null;
  /** Touched ranges of addresses, ascending as unsigned numbers. Pages nearer to one another than `gapBytes` share one. */
  regions: { gapBytes: number; ranges: Region[] };
  /** What is worth a second look. */
  notes: TraceNote[];
  /** What is wrong with the trace; `null` if it is good. */
  error: InfoError | null;
  /** What was written of it; only there if that was asked for. `null`: nothing, since it is good, or has no good part. */
  repair?: (RepairResult & { path: string }) | null;
  time: { seconds: number; recordsPerSecond: number };
}

/** By addresses and sizes alone: a guess. `fixed-4`: every instruction is 4 aligned bytes, as on AArch64. */
export interface ArchitectureGuess {
  guess: "x86-64" | "32-bit" | "aarch64" | "fixed-4" | "unknown";
  /** Whether the upper half of the address space, where kernels are, is touched (the vsyscall page aside). */
  kernelHalf: boolean;
  /** Bits that the highest address of the lower half has. */
  lowerHalfBits: number;
}

/** LRU stack distances in short: Mattson et al., IBM Systems Journal 9(2), 1970. */
export interface StreamReuse {
  stream: "fetch" | "data";
  references: number;
  /** First references to a page, which no cache can have. */
  coldReferences: number;
  /** How many of the pages used last hold so many of the references; `null` if cold ones alone are more than the rest. */
  pagesForHitRate: { hitRate: number; pages: number | null }[];
}

export interface Region {
  /** First byte of its first page, hexadecimal. */
  address: string;
  /** From there to the end of its last page. */
  bytes: number;
  /** Pages of 4 KiB that were touched; by code and by data. */
  pages: number;
  codePages: number;
  dataPages: number;
  /**
   * Records whose first byte lies there. Those of all regions, and those that are not canonical, are all records. `null`
   * if only pages were kept.
   */
  fetches: number | null;
  loads: number | null;
  stores: number | null;
  modifies: number | null;
  /** What it probably is, by its position and use; `null` if they do not tell. */
  guess: RegionGuess | null;
}

export type RegionGuess = "program" | "heap" | "libraries" | "stack" | "vsyscall" | "kernel";

/** Names of what is worth a second look; `src/report/note-words.ts` has the words. */
export type TraceNote =
  | "filtered"
  | "physical"
  | "other-architecture"
  | "tagged-addresses"
  | "wide-addresses"
  | "no-fetches"
  | "trailing-zeros"
  | "carriage-returns"
  | "much-skipped"
  | "damaged-lines";

/** An error of a trace as data. Positions that are not known are `null`. */
export interface InfoError {
  /** TraceErrorCode. */
  code: string;
  message: string;
  /** What was found and expected, without the position. */
  reason: string;
  /** 1-based. */
  record: number | null;
  /** 1-based, in text formats. */
  line: number | null;
  /** 0-based offset in the decompressed bytes. */
  byteOffset: number | null;
  /** About where that is in the bytes as stored, if they are compressed. */
  storedOffset: number | null;
  /** Decompressed bytes up to which all records are whole. */
  wholeBytes: number | null;
  likelyCause: { name: string; explanation: string; advice: string } | null;
  /** Bytes around the bad place, in hexadecimal, and which of them are the bad ones. */
  neighbourhood: Neighbourhood | null;
}

/** What a repair kept of a bad trace, and what not. */
export interface RepairResult {
  records: number;
  /** Bytes of them, decompressed, with what stands between. */
  bytes: number;
  /** Offset in the decompressed bytes from which on nothing was kept. */
  droppedFrom: number;
  /** Decompressed bytes that were not kept; `null` if it cannot be told how many there were. */
  droppedBytes: number | null;
}

/** What `info --json` says of a file that could not be opened as a trace. */
export interface InfoFailure {
  schema: "pagewalk/info@1";
  version: string;
  complete: false;
  trace: { path: string };
  error: InfoError;
}

/** What `convert` made of a trace. */
export interface ConvertResult {
  schema: "pagewalk/convert@1";
  version: string;
  /** What was read, and selected. */
  trace: TraceSummary & {
    /** Size as stored, `null` when it is not known (standard input). */
    storedBytes: number | null;
  };
  accesses: RunResult["accesses"];
  /** What was written, before any compression. */
  output: { format: string; bytes: number };
  /** Sentences about what of the records could not be carried. */
  notes: readonly string[];
  /** Sentences about records that were left out; empty unless that was asked for. */
  leftOut: readonly string[];
  time: { seconds: number };
}

/** The same of a conversion to a file. */
export interface ConvertFileResult extends Omit<ConvertResult, "output"> {
  /** `storedBytes`: after compression. `path`: `-` is standard output. */
  output: ConvertResult["output"] & { path: string; compression: "none" | "gzip"; storedBytes: number };
}
