/** Many CPUs over one reading of a trace: each must count what it counts alone. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareCpus } from "../../src/compare-cpus.ts";
import type { ArrayDescription, CpuDescription, TlbDescription } from "../../src/config/cpus/description.ts";
import { ALL_CPU_NAMES } from "../../src/config/resolve.ts";
import { LocalCpuSimulator } from "../../src/cpus/local-simulator.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { type OpenOptions, openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomShapes, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";

const withoutTime = ({ time, ...rest }: RunResult) => rest;

async function expectRunsAlone(
  input: string | Uint8Array,
  cpus: readonly (string | CpuDescription)[],
  opening: OpenOptions = {},
  simulators = 1,
): Promise<void> {
  const options = { simulators: Array.from({ length: simulators }, () => new LocalCpuSimulator()) };
  const compared = await compareCpus(await openTrace(input, opening), { cpus }, options);
  expect(compared.cpus).toHaveLength(cpus.length);
  for (const [index, cpu] of cpus.entries()) {
    const alone = await simulate(await openTrace(input, opening), { cpu });
    expect(withoutTime(compared.cpus[index] as RunResult)).toEqual(withoutTime(alone));
    expect(compared.trace).toEqual(alone.trace);
  }
}

describe("compareCpus() counts what run counts for each CPU with a name,", () => {
  it.each<[trace: string, OpenOptions]>([
    ["sort400.lk.gz", { limit: 80_000 }],
    ["python.200k.drmemtrace.gz", { warmup: 50_000 }],
    ["sort.200k-instr.champsim.xz", { skip: 1000, warmup: 20_000, limit: 60_000 }],
  ])("in %s %o", async (file, opening) => {
    await expectRunsAlone(bundled(file), ALL_CPU_NAMES, opening, 2);
  });
});

const geometry = fc.constantFrom("1:1", "2:2", "4:1", "4:4", "8:2", "16:4", "6:2", "9:3", "32:1", "128:2", "256:4");

const array = fc
  .record({ geometry, policy: fc.constantFrom("lru", "lru", "fifo", "srrip", "nru", "bit-plru"), xor: fc.boolean() })
  .map(({ geometry, policy, xor }): ArrayDescription => {
    const [entries = 1, ways = 1] = geometry.split(":").map(Number);
    const sets = entries / ways;
    const index = xor && sets > 1 && Number.isInteger(Math.log2(sets)) ? "xor" : "modulo";
    return { holds: ["4K", "2M"], entries, ways, index, policy } as ArrayDescription;
  });

/** Which kinds have an L1 TLB together. */
const SPLITS: TlbDescription["kinds"][][] = [
  [["fetch"], ["load", "store"]],
  [["fetch"], ["load"], ["store"]],
  [["fetch", "load", "store"]],
  [["fetch", "store"], ["load"]],
];

const description = fc
  .record({ split: fc.constantFrom(...SPLITS), arrays: fc.array(array, { minLength: 4, maxLength: 4 }) })
  .map(({ split, arrays }): CpuDescription => {
    const first = split.map(
      (kinds, index): TlbDescription => ({
        name: `L1-${index}`,
        level: 1,
        kinds,
        arrays: [arrays[index] as ArrayDescription],
      }),
    );
    const second = {
      name: "L2",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [arrays[3] as ArrayDescription],
    } as const;
    return { schema: "pagewalk/cpu@1", title: "random", pageSizes: ["4K", "2M"], tlbs: [...first, second] };
  });

const steps = fc.oneof(
  randomRecords,
  randomShapes({ unmaps: fc.constant([]) }).map((shape) => stepsOf(shape) as Access[]),
);

describe.each(BUILDS)("compareCpus() with the kernel ($name)", ({ module }) => {
  it("counts what each CPU counts alone, whatever the others may leave out", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(description, fc.constant("generic")), { minLength: 1, maxLength: 6, size: "max" }),
        steps,
        fc.integer({ min: 1, max: 3 }),
        async (cpus, records, simulators) => {
          const bytes = new TextEncoder().encode(lackeyText(records));
          await expectRunsAlone(bytes, [...new Set(cpus)], {}, simulators);
        },
      ),
      { seed: 35, numRuns: 25 },
    );
  });
});

describe("compareCpus() refuses", () => {
  const trace = () => openTrace(new TextEncoder().encode("I  00001000,4\n"));

  it("a page size that one of the CPUs does not have", async () => {
    await expect(compareCpus(await trace(), { cpus: "generic,apple-m1-p", pageSize: "4K" })).rejects.toThrow(
      "pageSize: got 4K; allowed: 16K, 32M on apple-m1-p",
    );
  });

  it("CPUs without names, options of runs, and more CPUs than it has memory for", async () => {
    await expect(compareCpus(await trace(), { cpus: "zen9" })).rejects.toThrow("cpu: got zen9; allowed: zen1");
    await expect(compareCpus(await trace(), { cpus: [] })).rejects.toThrow("cpus: got none; allowed: a list");
    const cpu = { schema: "pagewalk/cpu@1", title: "x", pageSizes: ["4K"], tlbs: [] } as const;
    const cpus = Array.from({ length: 129 }, () => ({ ...cpu }));
    await expect(compareCpus(await trace(), { cpus })).rejects.toThrow("cpus: got 129 CPUs; allowed: 128 at most");
    await expect(compareCpus(await trace(), { l1d: "64:4" } as object)).rejects.toThrow("l1d: got an unknown option");
  });
});
