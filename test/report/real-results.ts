/** Results of every command, of a small trace: what files of results have. */
import { compareCpus } from "../../src/compare-cpus.ts";
import type { Config, SweepConfig } from "../../src/config/types.ts";
import { MERGED_SCHEMA_NAME, type MergedResult, type Timeless } from "../../src/report/merged-result.ts";
import type { CpusResult, RunResult, SweepResult } from "../../src/report/results.ts";
import { type SimulateOptions, simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { type OpenOptions, openTrace } from "../../src/trace/trace.ts";

/** The trace, in the format of lackey: pages of code, heap and stack, of which some are stored to and some are split. */
const TRACE_TEXT = Array.from({ length: 3000 }, (_, index) => {
  const page = (index * 7919) % 97;
  const data = (0x10000 + page * 4096 + ((index * 61) % 4090)).toString(16);
  const kind = index % 5 === 0 ? " S" : index % 11 === 0 ? " M" : " L";
  return `I  ${(0x400000 + (index % 640) * 16).toString(16)},4\n${kind} ${data},8\n`;
}).join("");

const open = (options: OpenOptions = {}, path = "some.lk") => openTrace(new File([TRACE_TEXT], path), options);

const LIFE = { permissions: "rwx", file: null, fromRecord: 0, toRecord: null };

const REGIONS = [
  { name: "heap", start: 0x10000n, end: 0x40000n, ...LIFE },
  { name: "code", start: 0x400000n, end: 0x410000n, ...LIFE },
];

export async function run(
  config: Config = {},
  options: SimulateOptions = {},
  opening: OpenOptions = {},
): Promise<RunResult> {
  return simulate(await open(opening), config, options);
}

export async function sweepOf(config: SweepConfig = {}, opening: OpenOptions = {}): Promise<SweepResult> {
  return sweep(await open(opening), config);
}

/** Of each sort that there is, with all fields that a result may have. */
export async function runResults(): Promise<RunResult[]> {
  return [
    await run(),
    await run({ cpu: "skylake", cost: "flat" }, { by: "page,pc,kind,region", interval: 1000, regions: REGIONS }),
    await run({ cpu: "zen2", prefetch: "distance", policy: "nru" }),
    await run({ nested: true, cost: "cached" }),
    await run({ pageSize: "thp", khugepaged: 500, thpAvailable: 0.5, seed: 7 }),
    await run({ memory: "128K", reclaim: "lru", kpti: "on" }, { profile: false }),
    await run({ stlb: "16:4" }, { profile: true }),
    await run({}, {}, { skip: 100, warmup: 200, limit: 3000 }),
    await run({ cpu: "neoverse-n1" }),
  ];
}

export async function sweepResults(): Promise<SweepResult[]> {
  return [
    await sweepOf({ entries: "16..64", check: 0 }),
    await sweepOf({ stlb: "64:4,128:8", policies: "lru,fifo", pageSizes: "4K,2M", stream: "all", flushEvery: 1000 }),
    await sweepOf({ entries: "auto" }),
  ];
}

export async function cpusResult(): Promise<CpusResult> {
  return compareCpus(await open(), { cpus: ["skylake", "zen4", "generic"] });
}

/** Two machines and a sweep, of two windows of a trace. */
export async function mergedResult(): Promise<MergedResult> {
  const windows = [
    { name: "early", selection: { limit: 1000 } },
    { name: "late", selection: { skip: 3000, limit: "1k" } },
  ];
  const machines = [
    { name: "small", config: { stlb: "32:4" } },
    { name: "sky", config: { cpu: "skylake" } },
  ] satisfies { name: string; config: Config }[];
  const config: SweepConfig = { geometries: "16:4,32:full", check: 0 };
  const results: MergedResult["results"] = [];
  for (const [index, { name, selection }] of windows.entries()) {
    const of = { unit: index + 1, trace: "some.lk", window: name };
    for (const { name: machine, config } of machines) {
      results.push({ ...of, machine, result: timeless(await run(config, {}, selection)) });
    }
    results.push({ ...of, sweep: "two", result: timeless(await sweepOf(config, selection)) });
  }
  return {
    schema: MERGED_SCHEMA_NAME,
    plan: "0123456789abcdef",
    version: results[0]?.result.version ?? "",
    title: "Two of all",
    traces: [{ path: "some.lk", bytes: TRACE_TEXT.length, fingerprint: "00", format: "lackey" }],
    windows,
    machines,
    sweeps: [{ name: "two", config }],
    by: [],
    interval: null,
    units: 2,
    results,
  };
}

export function timeless<Result extends { time: object }>({ time: _, ...result }: Result): Timeless<Result> {
  return result;
}

/** `value` as a file has it. */
export function parsed<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value));
}
