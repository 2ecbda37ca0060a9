/**
 * How long units take, about: what shares of a plan are balanced by, and what a cluster is asked for.
 *
 * The numbers are of one core of a 2.x GHz server under Node 20: fitted to the CPU time of single units over the traces of test/traces, the longer
 * ones that these were cut from, and their conversions (`.pwt`, no compression). What another computer takes is another multiple of them: they
 * are right as ratios. `npm run bench -- plan` lays estimates beside what was measured.
 */
import { hasOpt } from "../config/cpus/opt.ts";
import { resolveSweep } from "../config/resolve.ts";
import { resolveSelection, selectsAll } from "../config/selection.ts";
import type { ResolvedConfig, SweepConfig } from "../config/types.ts";
import { planSweep } from "../sweep/plan.ts";
import type { Compression } from "../trace/compression/decompressor.ts";
import type { Plan, PlannedWindow } from "./plan.ts";
import type { TraceSize } from "./trace-size.ts";

/** Of each unit: opening, starting a kernel, and compiling what runs. */
const UNIT_SECONDS = 0.012;

/** Nanoseconds to decompress a byte of what comes out, and to decode one; what is packed is decoded by the record. */
const DECOMPRESSING: Readonly<Record<Compression, number>> = { none: 0, gzip: 0.7, zstd: 0.25, xz: 6.5, zip: 2 };
const DECODING: Readonly<Record<TraceSize["kind"], number>> = { text: 0.75, binary: 0.4, packed: 0 };

/** Nanoseconds for each record. */
const RECORD = {
  /** Of a container, decoded. */
  packed: 0.5,
  /** That is read where not all are: then none is left out unseen. */
  windowed: 32,
  machine: 4,
  hierarchy: 11,
  /** Whole records: an operating system, or who misses. */
  whole: 32,
  /** A TLB that knows what comes, in each of the readings that tell it. */
  future: 25,
  sweep: 10,
  stack: 0.4,
  direct: 1.3,
};

/** What a machine takes for each record, and how often it reads the trace. */
export interface MachineCost {
  nanoseconds: number;
  readings: number;
}

/** `isWhole`: all of its records are needed, whatever the machine. */
export function machineCost(config: ResolvedConfig, isWhole: boolean): MachineCost {
  const { hierarchy, os } = config;
  const needsWhole = isWhole || os !== undefined || hierarchy?.prefetch?.policy === "stride";
  const nanoseconds = needsWhole ? RECORD.whole : hierarchy !== undefined ? RECORD.hierarchy : RECORD.machine;
  if (!hasOpt(hierarchy) && os?.reclaim !== "opt") return { nanoseconds, readings: 1 };
  const levels = hierarchy === undefined ? 1 : Math.max(...hierarchy.tlbs.map(({ level }) => level));
  return { nanoseconds: nanoseconds + RECORD.future * levels, readings: 1 + levels };
}

/** As `machineCost()`. */
export function sweepCost(config: SweepConfig): MachineCost {
  const { tasks, pageSizes } = planSweep(resolveSweep(config));
  const stacks = new Set<string>();
  let direct = 0;
  for (const { engine, pageSize, sets, index } of tasks) {
    if (engine === "direct") direct++;
    else if (engine === "one-pass" && sets > 1) stacks.add(`${pageSize} ${index} ${sets}`);
  }
  const knowsFuture = tasks.some(({ policy }) => policy === "opt");
  const nanoseconds =
    RECORD.sweep * (0.6 + 0.4 * pageSizes.length) +
    RECORD.stack * stacks.size +
    RECORD.direct * direct +
    (knowsFuture ? RECORD.future : 0);
  return { nanoseconds, readings: knowsFuture ? 2 : 1 };
}

/** A unit of `window` for what costs `costs`, which share its readings. */
export function unitSeconds(size: TraceSize, { selection }: PlannedWindow, costs: readonly MachineCost[]): number {
  const { records, plainBytes, recordsPerInstruction, compression, kind } = size;
  if (records === 0) return UNIT_SECONDS;
  const resolved = resolveSelection(selection);
  const scale = resolved.unit === "records" ? 1 : recordsPerInstruction;
  const skipped = Math.min(records, resolved.skip * scale);
  const read = Math.min(records, (resolved.skip + resolved.warmup + resolved.limit) * scale);
  // Blocks of a container that a window skips are not decoded.
  const decoded = kind === "packed" ? read - skipped : read;
  const eachByte = DECOMPRESSING[compression] + DECODING[kind];
  const eachRecord = (kind === "packed" ? RECORD.packed : 0) + (selectsAll(resolved) ? 0 : RECORD.windowed);
  const reading = eachByte * plainBytes * (read / records) + eachRecord * decoded;
  const readings = Math.max(1, ...costs.map((cost) => cost.readings));
  const simulating = costs.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) * (read - skipped);
  return UNIT_SECONDS + (reading * readings + simulating) / 1e9;
}

/** Of all units. */
export function totalSeconds({ units }: Pick<Plan, "units">): number {
  return units.reduce((sum, { seconds }) => sum + seconds, 0);
}
