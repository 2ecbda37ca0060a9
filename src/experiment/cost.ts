/**
 * How long units take, about: what shares of a plan are balanced by, and what a cluster is asked for.
 *
 * The numbers were fitted, by eye, to the CPU time of 538 single units: machines, sweeps and windows of each kind below over the traces of test/traces, a
 * longer one in zstd (30 million records), and their conversions, on one core of a server at about 2.5 GHz under Node 20. Nine in ten units came within a
 * factor of two of their estimate; on another computer all take another multiple. They are right as ratios.
 */
import { hasOpt } from "../config/cpus/opt.ts";
import type { PlannedWindow } from "../config/planned.ts";
import { resolveSweep } from "../config/resolve.ts";
import { resolveSelection, selectsAll } from "../config/selection.ts";
import type { ResolvedConfig, SweepConfig } from "../config/types.ts";
import { planSweep } from "../sweep/plan.ts";
import type { Compression } from "../trace/compression/decompressor.ts";
import type { Plan } from "./plan.ts";
import type { TraceSize } from "./trace-size.ts";

/** Of each unit: opening, starting a kernel, and compiling what runs. */
const UNIT_SECONDS = 0.02;
/** Of each point of a sweep: its table, and its line in the result. */
const POINT_SECONDS = 8e-6;

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
  hierarchy: 9,
  /** Of whole records: an operating system; and beside it, who misses. */
  whole: 26,
  attributed: 14,
  /** A TLB that knows what comes, in each of the readings that tell it. */
  future: 35,
  sweep: 10,
  stack: 0.4,
  direct: 1,
};

/** What a machine or a sweep takes, and how often it reads the trace. */
export interface MachineCost {
  seconds: number;
  /** For each record. */
  nanoseconds: number;
  readings: number;
}

/** `isWhole`: all of its records are needed, whatever the machine. */
export function machineCost(config: ResolvedConfig, isWhole: boolean): MachineCost {
  const { hierarchy, os } = config;
  const needsWhole = isWhole || os !== undefined || hierarchy?.prefetch?.policy === "stride";
  const simulating = needsWhole ? RECORD.whole : hierarchy !== undefined ? RECORD.hierarchy : RECORD.machine;
  const nanoseconds = simulating + (isWhole ? RECORD.attributed : 0);
  if (!hasOpt(hierarchy) && os?.reclaim !== "opt") return { seconds: 0, nanoseconds, readings: 1 };
  const levels = hierarchy === undefined ? 1 : Math.max(...hierarchy.tlbs.map(({ level }) => level));
  return { seconds: 0, nanoseconds: nanoseconds + RECORD.future * levels, readings: 1 + levels };
}

/** As `machineCost()`. */
export function sweepCost(config: SweepConfig): MachineCost {
  const { tasks, pageSizes, countsFrom } = planSweep(resolveSweep(config));
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
  return { seconds: countsFrom.length * POINT_SECONDS, nanoseconds, readings: knowsFuture ? 2 : 1 };
}

/** A unit of `window` for what costs `costs`, which share its readings. */
export function unitSeconds(size: TraceSize, { selection }: PlannedWindow, costs: readonly MachineCost[]): number {
  const { records, plainBytes, recordsPerInstruction, compression, kind } = size;
  const always = costs.reduce((sum, { seconds }) => sum + seconds, UNIT_SECONDS);
  if (records === 0) return always;
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
  return always + (reading * readings + simulating) / 1e9;
}

/** Of all units. */
export function totalSeconds({ units }: Pick<Plan, "units">): number {
  return units.reduce((sum, { seconds }) => sum + seconds, 0);
}
