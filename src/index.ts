/** pagewalk as a library. */
export { type AdviseConfig, type AdviseOptions, advise, type PlanRunner } from "./advise.ts";
export { compareWith } from "./compare/compare.ts";
export { type MeasuredEvent, type PerfStat, readPerfStat } from "./compare/perf-stat.ts";
export { type CompareCpusOptions, compareCpus } from "./compare-cpus.ts";
export type { Dimension } from "./config/attribution.ts";
export type { CpusConfig } from "./config/compared-cpus.ts";
export type { CachedCost, CostModel, CostOptions, FlatCost, ResolvedCost } from "./config/cost.ts";
export type { PrefetchDescription, Prefetcher } from "./config/cpus/description.ts";
export { eventsOfFamily, familyOf, perfCommand } from "./config/cpus/event-families.ts";
export type { Counter, PmuEvent, PmuFamily } from "./config/cpus/events.ts";
export type {
  OwnPolicy,
  PolicyChoice,
  PolicyChoices,
  PolicyName,
  ReplacementPolicy,
  ReplacementPolicyClass,
  WasmPolicy,
} from "./config/own-policy.ts";
export { DEFAULT_CPU, PRESETS, type PresetName } from "./config/presets.ts";
export type { CacheName, Features, ProcessorCaches, Registers } from "./config/processor.ts";
export { resolve, resolveSweep } from "./config/resolve.ts";
export type {
  Config,
  Engine,
  Geometry,
  PageSize,
  Policy,
  PscSizes,
  ResolvedConfig,
  ResolvedFront,
  ResolvedGeometry,
  ResolvedSweep,
  ResolvedSweepPoint,
  SetIndex,
  Stream,
  SweepConfig,
} from "./config/types.ts";
export type { EncoderOptions } from "./convert/options.ts";
export { type Conversion, type ConvertOptions, convert } from "./convert.ts";
export type { CpuSimulator, CpuWords } from "./cpus/simulator.ts";
export {
  ConfigError,
  DumpError,
  type DumpErrorCode,
  KernelError,
  type Neighbourhood,
  PerfStatError,
  RegionsError,
  TraceError,
  type TraceErrorCode,
  WorkerError,
} from "./errors.ts";
export { LESSONS, type Lesson, type LessonAccess } from "./explain/lessons.ts";
export { STEPPER_CACHES, Stepper, type StepperOptions } from "./explain/stepper.ts";
export { type EntryChange, type ExplainOptions, explain } from "./explain.ts";
export { type Examination, examine, info } from "./info.ts";
export type { JobOptions } from "./job.ts";
export type { EntryFormat, EntryKind } from "./kernel/entries.ts";
export {
  type Access,
  type CacheEntry,
  type Fault,
  type Outcome,
  Processor,
  type ProcessorCache,
  type TableEntry,
  type Translation,
  type WalkStep,
} from "./kernel/processor.ts";
export { type MapOptions, map, type PageMap } from "./map.ts";
export type { DecodedBatch, DecodedPart, PartDecoder, TracePart } from "./part-decoder.ts";
export { openRegions, readRegions, regionsOfTrace } from "./regions/open.ts";
// What info() finds in a trace is called so already.
export type { Region as MemoryRegion } from "./regions/region.ts";
export { type Repair, repair } from "./repair.ts";
export type { AdvisedPlan, AdvisedRegion, AdviseResult, RegionKind, RegionSource } from "./report/advising.ts";
export type {
  EntryFlags,
  ErrorBit,
  ExplainedAccess,
  ExplainedFault,
  ExplainedStep,
  Explanation,
  FaultReason,
  LevelName,
} from "./report/explanation.ts";
export type { AddressRange, Amount, EntryPlace, Mapping, MapSummary, WritableExecutable } from "./report/mapping.ts";
export type { Progress } from "./report/progress.ts";
export type {
  AttributionRow,
  ComparedRow,
  CompareResult,
  ConvertResult,
  CpusResult,
  CyclesResult,
  EventsResult,
  InfoError,
  InfoResult,
  OsActivity,
  PrefetchResult,
  Region,
  RunProfile,
  RunResult,
  RunSeries,
  SweepCurve,
  SweepPoint,
  SweepResult,
  TlbResult,
  TraceSummary,
} from "./report/results.ts";
export type {
  CacheContents,
  CachedEntry,
  CachePlace,
  Step,
  StepAccess,
  StepCounts,
  StepOutcome,
  WrittenEntry,
} from "./report/stepping.ts";
export { type RunOptions, type SimulateOptions, simulate } from "./simulate.ts";
export { type SweepOptions, type SweepSimulator, sweep } from "./sweep.ts";
export { levelNumber } from "./tables.ts";
export type { RegisterOption, TablesOptions } from "./tables-options.ts";
export { simulateTogether, type TogetherOptions } from "./together.ts";
export type { TraceInput } from "./trace/bytes.ts";
export { type OpenOptions, openTrace, type Trace } from "./trace/trace.ts";
export { VERSION } from "./version.ts";
export {
  type PagewalkWorker,
  startWorker,
  type WorkerJobOptions,
  type WorkerSimulateOptions,
  type WorkerTrace,
} from "./worker/client.ts";
