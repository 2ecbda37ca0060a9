/** What a unit of a plan counts is what the commands count alone, in every field but the time. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { planExperiment } from "../../src/cluster/plan-file.ts";
import type { Plan } from "../../src/experiment/plan.ts";
import { runUnit, taskOf } from "../../src/experiment/run-unit.ts";
import type { PlannedResult } from "../../src/report/merged-result.ts";
import { json, output, recorded, temporaryFolder } from "../cli/pagewalk.ts";
import { DR, DR_MARKER, drFooter, drHeader, drMarker, drRecord, encodeDrRecords } from "../formats/drmemtrace.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const temporary = temporaryFolder();
/** Commands that run at once. */
const AT_ONCE = 2;

beforeAll(async () => {
  const traces = temporary("traces");
  await mkdir(traces);
  await output(["convert", recorded("python.200k.lk.gz"), join(traces, "pages.pwt"), "--pages-only", "-q"]);
  const stretch = (tid: number, count: number) =>
    Array.from({ length: count }, (_, index) => [
      drMarker(DR_MARKER.TIMESTAMP, 10 * index + tid),
      drRecord(DR.INSTR, 4, (tid * 7 + (index % (3 * tid))) << 12),
    ]).flat();
  const records = [...drHeader({ tid: 1 }), ...stretch(1, 40), ...drFooter(1)];
  await writeFile(join(traces, "drmemtrace.app.1.trace"), encodeDrRecords(records));
});

/** All results of `experiment`, unit by unit. */
async function resultsOf(experiment: object): Promise<{ plan: Plan; folder: string; results: PlannedResult[] }> {
  const folder = temporary("traces");
  const path = join(folder, "e.json");
  await writeFile(path, JSON.stringify({ schema: "pagewalk/experiment@1", ...experiment }));
  const plan = await planExperiment(path, folder);
  const results: PlannedResult[] = [];
  for (const unit of plan.units) results.push(...(await runUnit(taskOf(plan, unit), (file) => resolve(folder, file))));
  return { plan, folder, results };
}

/** The command that counts alone what `result` says. */
function commandOf(
  { plan, folder }: { plan: Plan; folder: string },
  { trace, window, machine, sweep }: PlannedResult,
): string[] {
  const given = plan.traces.find(({ path }) => path === trace);
  const config = [...plan.machines, ...plan.sweeps].find(({ name }) => name === (machine ?? sweep))?.config ?? {};
  const selection = plan.windows.find(({ name }) => name === window)?.selection ?? {};
  const flags = Object.entries({ ...config, ...selection, threads: given?.thread, format: given?.format }).flatMap(
    ([name, value]) =>
      value === undefined
        ? []
        : [`--${name.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`, String(value)],
  );
  const maps = given?.maps === "recorded" ? "recorded" : given?.maps && resolve(folder, given.maps.path);
  const more = [
    ...(plan.by.length > 0 && sweep === undefined ? ["--by", plan.by.join(",")] : []),
    ...(plan.interval !== null && sweep === undefined ? ["--interval", String(plan.interval)] : []),
    ...(given?.regions !== undefined && sweep === undefined ? ["--regions", resolve(folder, given.regions.path)] : []),
    ...(maps !== undefined && sweep === undefined ? ["--maps", maps] : []),
  ];
  return [sweep === undefined ? "run" : "sweep", resolve(folder, trace), ...flags, ...more, "-q"];
}

/** Expects every result of `experiment` to be what its command counts, but for the time and where the trace is. */
async function expectAsAlone(experiment: object): Promise<number> {
  const all = await resultsOf(experiment);
  const queue = [...all.results];
  const check = async () => {
    for (let planned = queue.pop(); planned !== undefined; planned = queue.pop()) {
      const { time, ...alone } = await json<{ time: object; trace: { path: string } }>(commandOf(all, planned));
      expect(time).toBeDefined();
      expect(alone.trace.path).toBe(resolve(all.folder, planned.trace));
      expect(planned.result.trace.path).toBe(planned.trace);
      alone.trace.path = planned.trace;
      expect(JSON.parse(JSON.stringify(planned.result)), JSON.stringify(planned).slice(0, 120)).toEqual(alone);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, check));
  return all.results.length;
}

describe("a unit counts what the commands count alone:", () => {
  it("machines that share a reading, windows with warm-ups, and sweeps", async () => {
    const count = await expectAsAlone({
      traces: [recorded("matmul24.native.lk.xz"), "pages.pwt"],
      windows: [
        { skip: 4096, warmup: 8192, limit: 20_480 },
        { limit: 8192, unit: "records" },
      ],
      machines: ["skylake", { cpu: "zen2", name: "Zen 2" }, { stlb: "256:8", l1d: "16:4" }],
      sweeps: [{ entries: "16..64", ways: "2,full", policies: "lru,fifo" }],
      machinesPerUnit: 3,
    });
    expect(count).toBe(2 * 2 * 4);
  });

  it("machines that cannot share one: with an operating system, seeds, cycles, guests", async () => {
    await expectAsAlone({
      traces: [recorded("python.200k.lk.gz")],
      windows: [{ skip: 500, limit: 60_000 }],
      machines: [
        { memory: "256K", name: "little memory" },
        { policy: "random", stlb: "32:4" },
        { cpu: "skylake", cost: "cached" },
        { nested: "4K" },
      ],
      seeds: [1, 7],
    });
  });

  it("regions and series", async () => {
    await expectAsAlone({
      traces: [{ files: recorded("sort400.native.lk.gz"), regions: recorded("sort400.native.regions.json") }],
      windows: [{ limit: 50_000 }],
      machines: ["generic", "ice-lake"],
      by: ["region", "kind"],
      interval: 10_000,
    });
  });

  it("mappings, formats and threads", async () => {
    await expectAsAlone({
      traces: [
        { files: recorded("matmul24.native.lk.xz"), maps: recorded("matmul24.native.regions.json") },
        { files: recorded("python.200k.din.gz"), format: "din" },
        { files: recorded("sort.200k-instr.champsim.xz"), format: "champsim" },
        { files: "drmemtrace.app.1.trace", thread: 1 },
      ],
      windows: [{ limit: 50_000 }],
      machines: ["generic", { cpu: "ice-lake", pageSize: "2M" }],
    });
  });
});
