/** Hierarchies of every shape with an operating system behind them, so that page sizes mix and translations are invalidated. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { RegionNames } from "../../src/regions/names.ts";
import { type SimulateOptions, simulate } from "../../src/simulate.ts";
import type { Trace } from "../../src/trace/trace.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { entriesOf, type PlainEntry } from "../helpers/entries-of.ts";
import { randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { traceText } from "../helpers/syscalls.ts";
import { configOf, plainChanges, plainThp, recordsOf, regionsOf, situations } from "../os/mapped-situations.ts";
import type { Access } from "../reference/access.ts";
import { assertHierarchyCounters, hierarchyCounters, plainCounters } from "../reference/assert-hierarchy.ts";
import { type PlainOsConfig, runPlainOs } from "../reference/plain-os-run.ts";
import { everywhere } from "../reference/plain-vmas.ts";
import { descriptions } from "./descriptions.ts";

const bytes = (records: readonly Access[]) => new TextEncoder().encode(lackeyText(records));
const textTrace = (records: readonly Access[]) => chunkedTrace(bytes(records), 5000);

/** Fails unless `config` on `trace` counts what the plain run of `entries` counts. */
async function expectSame(
  trace: Trace,
  config: Config,
  options: SimulateOptions,
  entries: readonly PlainEntry[],
  plain: Omit<PlainOsConfig, "machine">,
): Promise<void> {
  const result = await simulate(trace, config, options);
  assertHierarchyCounters(result);
  const expected = plainCounters(runPlainOs(entries, { ...plain, machine: resolve(config) }));
  expect(hierarchyCounters(result)).toMatchObject(expected);
}

const cpus = descriptions(true);
const frames = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 60 }));
const reclaim = fc.constantFrom("second-chance" as const, "fifo" as const, "lru" as const, "opt" as const);

describe.each(BUILDS)("hierarchies with an operating system ($name)", ({ name, module }) => {
  beforeAll(() => provideKernelModule(module));
  const runs = (count: number) => (name === "release" ? count : Math.ceil(count / 4)) * Number(process.env.RUNS ?? 1);

  it("count what the plain model counts where pages are evicted", async () => {
    const streams = fc.oneof(
      randomRecords,
      randomShapes({ records: fc.integer({ min: 1, max: 400 }) }).map((shape) => stepsOf(shape) as Access[]),
    );
    await fc.assert(
      fc.asyncProperty(cpus, streams, frames, reclaim, async (cpu, records, frames, reclaim) =>
        expectSame(await openTrace(bytes(records)), { cpu, memory: frames * 4096, reclaim }, {}, records, {
          frames,
          reclaim,
        }),
      ),
      { seed: 1, numRuns: runs(40) },
    );
  });

  it("count what it counts where large pages are split for want of frames", async () => {
    const shapes = randomShapes({ pages: fc.integer({ min: 1, max: 12 }), records: fc.integer({ min: 1, max: 200 }) });
    const frames = fc.constantFrom(5, 511, 512, 515, 1024, 1500);
    await fc.assert(
      fc.asyncProperty(cpus, shapes, frames, async (cpu, shape, frames) => {
        const records = stepsOf(shape) as Access[];
        const config = { cpu, pageSize: "thp" as const, memory: frames * 4096, reclaim: "lru" as const };
        await expectSame(textTrace(records), config, {}, records, {
          vmas: [everywhere("thp")],
          frames,
          reclaim: "lru",
        });
      }),
      { seed: 2, numRuns: runs(12) },
    );
  });

  it("count what it counts where the trace unmaps pages", async () => {
    const shapes = randomShapes({ records: fc.integer({ min: 1, max: 400 }), unmaps: randomUnmaps });
    await fc.assert(
      fc.asyncProperty(cpus, shapes, frames, reclaim, async (cpu, shape, frames, reclaim) => {
        const trace = () => openTrace(new TextEncoder().encode(traceText(stepsOf(shape), false)));
        const { entries } = await entriesOf(await trace());
        const config = { cpu, memory: frames * 4096, reclaim, systemCalls: "on" as const };
        await expectSame(await trace(), config, {}, entries, { frames, reclaim });
      }),
      { seed: 3, numRuns: runs(25) },
    );
  });

  it("count what it counts where mappings, their rights and the sizes of their pages change", async () => {
    await fc.assert(
      fc.asyncProperty(fc.noBias(situations(cpus)), async (given) => {
        const maps = regionsOf(given);
        const { names } = new RegionNames(maps);
        fc.pre(given.parts.every((part) => !("text" in part) || names.some((name) => name.includes(part.text))));
        const records = recordsOf(given);
        const plain = { vmas: [], changes: plainChanges(given, maps), ...plainThp(given.thp) };
        await expectSame(textTrace(records), { cpu: given.machine, ...configOf(given) }, { maps }, records, plain);
      }),
      { seed: 4, numRuns: runs(40) },
    );
  });

  it("count what it counts where processes take turns, with PCIDs and without", async () => {
    const who = fc.array(fc.constantFrom(1, 2, 40, 7), { minLength: 50, maxLength: 50 });
    const onOff = fc.constantFrom("on" as const, "off" as const);
    await fc.assert(
      fc.asyncProperty(cpus, randomRecords, who, onOff, async (cpu, records, pids, pcid) => {
        const pidOf = (index: number) => pids[Math.floor(index / 5) % pids.length] as number;
        const lines = records.map(
          ({ kind, va, size }, index) => `${pidOf(index)},${pidOf(index)},${kind},0x${va.toString(16)},${size}\n`,
        );
        const text = new TextEncoder().encode(`pid,tid,kind,address,size\n${lines.join("")}`);
        const entries = records.flatMap((record, index): PlainEntry[] => {
          const pid = BigInt(pidOf(index));
          return [{ kind: "thread", pid, tid: pid }, record];
        });
        await expectSame(chunkedTrace(text, 999, "csv"), { cpu, pcid }, {}, entries, { pcids: pcid === "on" });
      }),
      { seed: 5, numRuns: runs(20) },
    );
  });
});
