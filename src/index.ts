/** pagewalk as a library. */
export { DEFAULT_CPU, PRESETS, type PresetName } from "./config/presets.ts";
export { resolve, resolveSweep } from "./config/resolve.ts";
export type {
  Config,
  Geometry,
  PageSize,
  Policy,
  PscSizes,
  ResolvedConfig,
  ResolvedGeometry,
  ResolvedSweep,
  ResolvedSweepPoint,
  Stream,
  SweepConfig,
} from "./config/types.ts";
export { ConfigError, KernelError, TraceError, type TraceErrorCode, WorkerError } from "./errors.ts";
export { info } from "./info.ts";
export type { JobOptions } from "./job.ts";
export type { Progress } from "./report/progress.ts";
export type { InfoResult, RunResult, SweepPoint, SweepResult, TlbResult, TraceSummary } from "./report/results.ts";
export { simulate } from "./simulate.ts";
export { type PointSimulator, type SweepOptions, sweep } from "./sweep.ts";
export type { TraceInput } from "./trace/bytes.ts";
export { type OpenOptions, openTrace, type Trace } from "./trace/trace.ts";
export { VERSION } from "./version.ts";
export { type PagewalkWorker, startWorker, type WorkerJobOptions, type WorkerTrace } from "./worker/client.ts";
