/** What every replacement policy that knows no future is held to: the kernel counts what its plain model counts, wherever it runs. */
import { describe, expect, it } from "vitest";
import { allowsWays } from "../../src/config/policies.ts";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, ONLINE_POLICIES, type Policy } from "../../src/config/types.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText } from "../helpers/random-records.ts";
import { replayWords } from "../helpers/record-words.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { parseLackey } from "../reference/lackey.ts";
import { runReference } from "../reference/machine.ts";

/** Ways at every edge: of a vector of 16, and of words of 32 and of 64. */
const WAYS = [1, 2, 3, 4, 8, 12, 16, 17, 31, 32, 33, 63, 64, 65, 130];
/** The debug build takes ten times as long. */
const FEWER_WAYS = [4, 12, 33];
const SWEPT_WAYS = [1, 2, 3, 4, 12, 33];

/** A machine with so many ways everywhere: `l1Sets` sets in each L1 and `stlbSets` in the STLB. */
const machineOf = (policy: Policy, ways: number, l1Sets: number, stlbSets: number): Config => ({
  policy,
  l1i: { entries: 2 * l1Sets * ways, ways },
  l1d: { entries: l1Sets * ways, ways },
  stlb: { entries: stlbSets * ways, ways },
  psc: "pde=4,pdpte=2,pml4e=1",
});

/**
 * Records to pages of four sets, some used far more often than others, in runs of 1 to 4; `pages` of each set, whose numbers
 * differ by `stride`. Every tenth run is of another page that lies in the same set of few.
 */
function recordsOf(seed: number, count: number, pages: number, stride: number): Access[] {
  const random = randomNumbers(seed);
  const kinds = ["load", "load", "load", "fetch", "store", "modify"] as const;
  const records: Access[] = [];
  while (records.length < count) {
    const among = random() % 3 === 0 ? pages : Math.max(2, Math.ceil(pages / 3));
    const page = (random() % 4) + stride * (random() % among);
    const kind = kinds[random() % kinds.length] ?? "load";
    const size = random() % 50 === 0 ? 4096 : 8; // on two pages
    const record: Access = { kind, va: BigInt(page * 4096 + (random() % 500) * 8), size };
    for (let times = (random() % 4) + 1; times > 0; times--) records.push(record);
  }
  return records;
}

const bytesOf = (records: readonly Access[]) => new TextEncoder().encode(lackeyText(records));

describe.each(BUILDS)("with the kernel ($name)", ({ name, module }) => {
  const isDebug = name === "debug";
  describe.each(ONLINE_POLICIES)("%s", (policy) => {
    const isAllowed = (ways: number) => allowsWays(policy, ways);

    it.each((isDebug ? FEWER_WAYS : WAYS).filter(isAllowed))(
      "evicts what the plain model evicts, in sets of %i ways",
      async (ways) => {
        provideKernelModule(module);
        // 32 sets of the STLB and 4 of L1: the usual machine, up to 16 ways. 3 sets: any other.
        const machines = [machineOf(policy, ways, 4, 32), machineOf(policy, ways, 3, 3)];
        for (const [index, config] of machines.entries()) {
          const records = recordsOf(ways, isDebug ? 150 : 900, 1 + Math.ceil(1.6 * ways), index === 0 ? 32 : 3);
          const result = await simulate(await openTrace(bytesOf(records)), config);
          assertCounters(result);
          const expected = runReference(records, result.config);
          expect(countersOf(result)).toEqual(expected);
          // No decoder has thinned them out here.
          const kernel = await Kernel.create(module);
          kernel.configureRun(resolve(config));
          replayWords(kernel, records);
          const { l1iMisses, l1dMisses, stlbMisses } = kernel.counters();
          expect([l1iMisses, l1dMisses, stlbMisses]).toEqual(expected.tlbs.map(({ misses }) => misses));
        }
      },
    );

    it("counts the same where the run is profiled, attributed, or has an operating system behind it", async () => {
      provideKernelModule(module);
      const ways = policy === "mru3-plru4" ? 12 : 4;
      const records = recordsOf(1, 1000, 2 * ways, 32);
      const config = machineOf(policy, ways, 4, 32);
      const counts = countersOf(await simulate(await openTrace(bytesOf(records)), config));
      const run = async (config: Config, options = {}) =>
        countersOf(await simulate(await openTrace(bytesOf(records)), config, options));
      expect(await run(config, { profile: true })).toEqual(counts);
      expect((await run({ ...config, pcid: "on" })).tlbs).toEqual(counts.tlbs);
    });

    it("counts in sweeps what plain TLBs count, whatever is invalidated", async () => {
      provideKernelModule(module);
      const geometries = SWEPT_WAYS.filter(isAllowed).flatMap((ways) => [`${ways}:${ways}`, `${4 * ways}:${ways}`]);
      const records = recordsOf(2, isDebug ? 60 : 200, 24, 4);
      const config = { geometries, policies: policy, check: 0 } as const;
      await expectPlainCounts(records, { ...config, stream: "data", pageSizes: "4K,2M" }, { simulators: 2 });
      await expectPlainCounts(records, { ...config, stream: "all", flushEvery: 50 });
    });
  });

  it("chooses as its seed says, and nothing else", async () => {
    provideKernelModule(module);
    const records = recordsOf(3, 1500, 12, 32);
    const run = async (seed: number) => {
      const config: Config = { ...machineOf("random", 4, 4, 32), seed };
      return (await simulate(await openTrace(bytesOf(records)), config)).tlbs.map(({ misses }) => misses);
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
  });
});

it.each(ONLINE_POLICIES)(
  "counts of a real program what the plain model counts: %s",
  { timeout: 120_000 },
  async (policy) => {
    const path = bundled("python.200k.lk.gz");
    const { records } = parseLackey(await plainBytes(path));
    const real: Config =
      policy === "mru3-plru4" ? { l1i: "96:12", l1d: "48:12" } : policy === "tree-plru" ? { stlb: "2048:16" } : {};
    const small: Config =
      policy === "mru3-plru4"
        ? { l1i: "12:12", l1d: "12:12", stlb: "384:12" }
        : { l1i: "8:2", l1d: "16:4", stlb: "128:4" };
    for (const config of [real, small]) {
      const result = await simulate(await openTrace(path), { ...config, policy });
      assertCounters(result);
      expect(countersOf(result)).toEqual(runReference(records, result.config));
    }
  },
);
