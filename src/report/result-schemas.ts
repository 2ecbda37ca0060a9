/** What results have that are read from files, of those that `run`, `sweep` and `sweep --cpu` print. */
import { DIMENSIONS } from "../config/attribution.ts";
import { COST_MODELS } from "../config/cost.ts";
import { ACCESS_KINDS, CPU_PAGE_SIZES, PREFETCHERS, STATUSES } from "../config/cpus/description.ts";
import { COUNTERS, type Counter, type PmuEvent } from "../config/cpus/events.ts";
import type { ResolvedNested } from "../config/cpus/nested.ts";
import type { ResolvedArray, ResolvedCpu, ResolvedIndex, ResolvedTlb } from "../config/cpus/resolved.ts";
import type { CpuSources } from "../config/cpus/sources.ts";
import { type HugePart, RECLAIM_POLICIES, type ResolvedOs } from "../config/os-config.ts";
import { oneOf } from "../config/schema-parts.ts";
import { WINDOW_UNITS } from "../config/selection.ts";
import {
  PAGE_SIZES,
  POLICIES,
  type PscSizes,
  type ResolvedConfig,
  type ResolvedGeometry,
  SET_INDEXES,
  STREAMS,
} from "../config/types.ts";
import {
  amount,
  anything,
  count,
  difference,
  fields,
  list,
  nullable,
  optional,
  type Schema,
  some,
  text,
  truth,
} from "./result-parts.ts";
import type {
  AttributionRow,
  ComparedRow,
  CompareResult,
  CyclesResult,
  EventsResult,
  NestedWalks,
  OsActivity,
  PrefetchResult,
  RunProfile,
  RunResult,
  RunSeries,
  SignalEvent,
  SweepCurve,
  SweepPoint,
  SweepResult,
  TlbArrayResult,
  TlbResult,
  TraceSummary,
  WalkCacheResult,
} from "./results.ts";

/** Names of TLBs, policies, formats. */
const NAME = 200;
const name = <Text extends string = string>() => text<Text>(NAME);
const address = text(2 + 16);

const traceFields = {
  path: text(),
  recorder: optional(name()),
  format: name(),
  compression: oneOf(["none", "gzip", "zstd", "xz", "zip", "several"]),
  records: count,
  instructions: count,
  skippedLines: count,
  damagedLines: optional(count),
  sampled: optional(truth as Schema<true>),
  window: optional(
    fields<NonNullable<TraceSummary["window"]>>({
      unit: oneOf(WINDOW_UNITS),
      skip: count,
      warmup: count,
      limit: nullable(count),
    }),
  ),
  thread: optional(name()),
};

const traceSummary = fields<TraceSummary>({
  ...traceFields,
  // One trace of several has none itself.
  traces: optional(list(fields<TraceSummary>({ ...traceFields, traces: optional(list(anything<TraceSummary>())) }))),
});

const geometry = { entries: count, ways: count, sets: count };

const pscSizes = fields<PscSizes>({ pde: count, pdpte: count, pml4e: count });

const resolvedArray = {
  holds: list(name<ResolvedArray["holds"][number]>()),
  ...geometry,
  policy: name<ResolvedArray["policy"]>(),
  index: anything<ResolvedIndex>(),
  coalesces: count,
};

const walkCache = fields<ResolvedCpu["walkCaches"][number]>({ name: name(), ...resolvedArray });

const hierarchy = fields<ResolvedCpu>({
  title: text(),
  architecture: oneOf(["x86-64", "arm64"]),
  pageSizes: list(oneOf(CPU_PAGE_SIZES)),
  tlbs: list(
    fields<ResolvedTlb>({
      name: name(),
      level: count,
      kinds: list(oneOf(ACCESS_KINDS)),
      arrays: list(fields<ResolvedArray>(resolvedArray)),
      holdsParts: truth,
      filledByWalks: truth,
      filledByHitsBelow: truth,
      takesVictims: truth,
      exclusive: truth,
      inclusive: truth,
      touchedByHitsAbove: truth,
    }),
  ),
  walkCaches: list(walkCache),
  prefetch: anything(),
  own: anything(),
  nested: anything(),
});

const config = fields<ResolvedConfig>({
  cpu: text(),
  l1i: fields<ResolvedGeometry>(geometry),
  l1d: fields<ResolvedGeometry>(geometry),
  stlb: fields<ResolvedGeometry>(geometry),
  psc: pscSizes,
  policy: name<ResolvedConfig["policy"]>(),
  pageSize: oneOf(CPU_PAGE_SIZES),
  os: optional(
    fields<ResolvedOs>({
      memoryFrames: nullable(count),
      swapSlots: nullable(count),
      reclaim: oneOf(RECLAIM_POLICIES),
      seed: count,
      huge: list(
        fields<{
          pageSize: HugePart["pageSize"];
          name: string | undefined;
          start: string | undefined;
          end: string | undefined;
        }>({
          pageSize: oneOf(PAGE_SIZES),
          name: optional(text()),
          start: optional(address),
          end: optional(text(2 + 17)),
        }) as Schema<HugePart>,
      ),
      thp: nullable(
        fields<NonNullable<ResolvedOs["thp"]>>({ available: amount, khugepaged: count, khugepagedPages: count }),
      ),
      switchEvery: count,
      pcid: truth,
      kpti: truth,
      systemCalls: truth,
    }),
  ),
  cost: anything(),
  hierarchy: optional(hierarchy),
  nested: optional(
    fields<ResolvedNested>({
      pageSize: oneOf(PAGE_SIZES),
      tlb: nullable(fields<ResolvedArray>(resolvedArray)),
      walkCaches: list(walkCache),
      combined: truth,
      assumed: list(oneOf(["tlb", "walkCaches"])),
    }),
  ),
  cpuSources: optional(
    fields<CpuSources>({
      weakest: nullable(oneOf(STATUSES)),
      vendor: count,
      measured: count,
      secondary: count,
      assumed: count,
      own: count,
    }),
  ),
});

const tlbArray = {
  holds: list(name()),
  entries: count,
  ways: count,
  policy: name<TlbArrayResult["policy"]>(),
  index: oneOf([...SET_INDEXES, "masks"]),
  coalesces: count,
};

const tlb = {
  name: name(),
  entries: count,
  ways: count,
  policy: name<TlbResult["policy"]>(),
  lookups: count,
  hits: count,
  misses: count,
  missRatio: amount,
  mpki: nullable(amount),
  level: optional(count),
  kinds: optional(list(oneOf(ACCESS_KINDS))),
  arrays: optional(list(fields<TlbArrayResult>({ ...tlbArray, hits: optional(count) }))),
};

const byLevel = fields<NestedWalks["byLevel"]>({ pml4e: count, pdpte: count, pde: count, pte: count });
const hitsOf = fields<{ hits: number }>({ hits: count });
const psc = fields<RunResult["psc"]>({ pml4e: hitsOf, pdpte: hitsOf, pde: hitsOf });

const nestedWalks = fields<NestedWalks>({
  references: count,
  byLevel,
  tlb: fields<NestedWalks["tlb"]>({ lookups: count, hits: count, misses: count }),
  psc,
  faults: count,
});

const accesses = fields<RunResult["accesses"]>({ fetch: count, load: count, store: count, modify: count });
const references = fields<RunResult["references"]>({ fetch: count, data: count });

const cost = fields<{ atMost: number; atLeast: number }>({ atMost: amount, atLeast: amount });
const cycles = fields<CyclesResult>({
  model: oneOf(COST_MODELS),
  lookups: list(
    fields<CyclesResult["lookups"][number]>({
      level: count,
      hits: count,
      misses: count,
      cyclesEach: amount,
      cycles: amount,
    }),
  ),
  walks: fields<CyclesResult["walks"]>({ count, references: count, walkers: count, serial: amount, atLeast: amount }),
  dataCaches: optional(
    list(
      fields<NonNullable<CyclesResult["dataCaches"]>[number]>({
        name: name(),
        hits: count,
        cyclesEach: amount,
        cycles: amount,
      }),
    ),
  ),
  total: cost,
  perInstruction: nullable(cost),
  assumptions: list(text()),
});

const counter = oneOf(Object.keys(COUNTERS) as Counter[]);

const events = fields<EventsResult>({
  family: name(),
  title: text(),
  command: text(),
  events: list(
    fields<PmuEvent>({
      name: name(),
      counter,
      pages: optional(oneOf(["4K", "2M", "1G", "coalesced"])),
      from: optional(oneOf(["L1", "L2", "L3", "memory"])),
      differs: text(),
      status: oneOf(STATUSES),
      source: text(),
    }),
  ),
});

const compared = fields<CompareResult>({
  file: text(),
  family: nullable(name()),
  rows: list(
    fields<ComparedRow>({
      counter,
      events: list(fields<ComparedRow["events"][number]>({ event: name(), count: amount })),
      measured: amount,
      simulated: amount,
      measuredPerThousand: nullable(amount),
      simulatedPerThousand: nullable(amount),
      ratio: nullable(amount),
      differs: text(),
    }),
  ),
  others: list(fields<CompareResult["others"][number]>({ event: name(), count: nullable(amount), why: text() })),
  unmeasured: list(fields<CompareResult["unmeasured"][number]>({ counter, event: name() })),
  notes: list(text()),
});

const row = fields<AttributionRow>({
  name: text(),
  region: optional(text()),
  accesses,
  references,
  l1Misses: count,
  stlbMisses: count,
  walkReferences: count,
  faults: count,
});

const series = fields<RunSeries>({
  intervalRecords: count,
  intervals: list(
    fields<RunSeries["intervals"][number]>({
      records: count,
      fetchReferences: count,
      dataReferences: count,
      l1iMisses: count,
      l1dMisses: count,
      stlbMisses: count,
      walkReferences: count,
      minorFaults: count,
      majorFaults: count,
      protections: count,
      generalProtections: count,
    }),
  ),
});

const accessNames = ["fetch", "load", "store", "modify"] as const;

const profile = fields<RunProfile>({
  intervalRecords: count,
  intervals: list(
    fields<RunProfile["intervals"][number]>({
      records: count,
      l1iMisses: count,
      l1dMisses: count,
      stlbMisses: count,
      walkReferences: count,
      minorFaults: count,
    }),
  ),
  blockBytes: count,
  blocks: list(fields<RunProfile["blocks"][number]>({ address, l1Misses: list(count), stlbMisses: list(count) })),
  generalProtections: list(
    fields<RunProfile["generalProtections"][number]>({ address, access: oneOf(accessNames), interval: count }),
  ),
});

/** A `RunResult`, but for its time, which merged results do not have. */
export const runSchema: Schema<Omit<RunResult, "time">> = fields<Omit<RunResult, "time">>({
  schema: oneOf(["pagewalk/run@1"]),
  version: name(),
  trace: traceSummary,
  config,
  accesses,
  references,
  tlbs: list(fields<TlbResult>(tlb)),
  walks: fields<RunResult["walks"]>({
    count,
    references: count,
    byLevel,
    setDirty: count,
    setDirtyReferences: count,
    nested: optional(nestedWalks),
  }),
  psc,
  walkCaches: optional(list(fields<WalkCacheResult>({ ...tlbArray, name: name(), hits: count }))),
  prefetch: optional(
    fields<PrefetchResult>({
      policy: oneOf(PREFETCHERS),
      predictions: count,
      walks: count,
      walkReferences: count,
      issued: count,
      useful: count,
      unused: count,
      accuracy: nullable(amount),
      coverage: nullable(amount),
    }),
  ),
  faults: fields<RunResult["faults"]>({ minor: count, major: count, protection: count, generalProtection: count }),
  memory: fields<RunResult["memory"]>({
    distinctPages: count,
    pageTablePages: count,
    evictions: count,
    writebacks: count,
    hugePages: optional(count),
    promotions: optional(count),
    demotions: optional(count),
    mappedPages: optional(
      fields<NonNullable<RunResult["memory"]["mappedPages"]>>({ "4K": count, "2M": count, "1G": count }),
    ),
    mappedBytes: optional(count),
    oneMapping: optional(truth),
  }),
  cycles: optional(cycles),
  events: optional(events),
  compare: optional(compared),
  os: optional(
    fields<OsActivity>({
      switches: count,
      kernelEntries: count,
      shootdowns: count,
      invalidatedPages: count,
      processFlushes: count,
    }),
  ),
  signals: optional(
    list(
      fields<SignalEvent>({
        record: count,
        address,
        kind: oneOf(accessNames),
        code: oneOf(["SEGV_MAPERR", "SEGV_ACCERR"]),
      }),
    ),
  ),
  profile: optional(profile),
  by: optional(some(DIMENSIONS, list(row))),
  series: optional(series),
});

const pageSize = oneOf(PAGE_SIZES);

const curve = fields<SweepCurve>({
  pageSize,
  footprint: count,
  coldMisses: count,
  floorEntries: count,
  knees: list(fields<SweepCurve["knees"][number]>({ hitRate: amount, entries: nullable(count) })),
  steps: list(
    fields<SweepCurve["steps"][number]>({
      fromEntries: count,
      toEntries: count,
      missesBefore: count,
      missesAfter: count,
    }),
  ),
  samples: list(fields<SweepCurve["samples"][number]>({ entries: count, misses: count })),
});

/** A `SweepResult`, but for its time. */
export const sweepSchema: Schema<Omit<SweepResult, "time">> = fields<Omit<SweepResult, "time">>({
  schema: oneOf(["pagewalk/sweep@1"]),
  version: name(),
  trace: traceSummary,
  stream: oneOf(STREAMS),
  references: count,
  l1: list(fields<SweepResult["l1"][number]>({ ...tlb, pageSize })),
  lookups: list(fields<SweepResult["lookups"][number]>({ pageSize, lookups: count })),
  invalidations: fields<SweepResult["invalidations"]>({ flushes: count, unmaps: count }),
  points: list(
    fields<SweepPoint>({
      pageSize,
      policy: oneOf(POLICIES),
      index: oneOf(SET_INDEXES),
      engine: oneOf(["one-pass", "direct"]),
      entries: count,
      ways: count,
      sets: count,
      hits: count,
      misses: count,
      coldMisses: count,
      capacityMisses: difference,
      conflictMisses: difference,
      setDirty: count,
      missRatio: amount,
      mpki: nullable(amount),
    }),
  ),
  curves: list(curve),
  checkedPoints: count,
  checkedReferences: nullable(count),
});
