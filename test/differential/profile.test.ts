/** Profiles of runs against the plain model, against the counters of the run, and against runs without one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, ONLINE_POLICIES, PAGE_SIZES } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled, recordedTraces } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters } from "../reference/assert-counters.ts";
import { assertProfile } from "../reference/assert-profile.ts";
import { parseLackey } from "../reference/lackey.ts";
import { referenceProfile } from "../reference/profile.ts";

const TIMEOUT_MS = 300_000;

/** Machines that reach each class of TLB: few ways, many, sets that are no power of two, and what UsualTranslator takes. */
const geometry = fc.constantFrom("1:1", "4:1", "6:2", "8:2", "16:4", "17:full", "24:12", "40:20", "128:4");
const config: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.constantFrom("none", "pde=3,pdpte=2,pml4e=1"),
  policy: fc.constantFrom(...ONLINE_POLICIES),
  pageSize: fc.constantFrom(...PAGE_SIZES),
});

const bytesOf = (records: readonly Access[]) => new TextEncoder().encode(lackeyText(records));

async function profiled(records: readonly Access[], config: Config, chunkBytes = 1 << 18): Promise<RunResult> {
  const result = await simulate(chunkedTrace(bytesOf(records), chunkBytes), config, { profile: true });
  assertCounters(result);
  assertProfile(result);
  return result;
}

/**
 * `count` records in bursts, over as many pages as are sparse in the whole address space, non-canonical addresses and
 * straddling records among them; then more of the same with pages that came before.
 */
function longStream(seed: number, count: number): Access[] {
  const random = randomNumbers(seed);
  const kinds = ["fetch", "load", "load", "store", "modify"] as const;
  const pages: bigint[] = [];
  const records: Access[] = [];
  while (records.length < count) {
    if (pages.length < 3000 || random() % 64 === 0) {
      const page = (BigInt(random()) << 20n) ^ BigInt(random());
      const canonical = random() % 2 === 0 ? page % 2n ** 35n : 2n ** 52n - 1n - (page % 2n ** 35n);
      pages.push(random() % 50 === 0 ? page % 2n ** 52n : canonical);
    }
    const page = pages[random() % pages.length] ?? 0n;
    const straddles = random() % 8 === 0;
    const record: Access = {
      kind: kinds[random() % kinds.length] ?? "load",
      va: (page << 12n) | BigInt(straddles ? 4092 : (random() % 500) * 8),
      size: straddles ? 8 : 4,
    };
    for (let times = random() % 40; times >= 0 && records.length < count; times--) records.push(record);
  }
  return records;
}

describe.each(BUILDS)("profiles ($name)", ({ module }) => {
  it("are those of the plain model, on any machine and any records", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, randomRecords, async (config, records) => {
        const { profile } = await profiled(records, config);
        expect(profile).toEqual(referenceProfile(records, resolve(config)));
      }),
      { seed: 21, numRuns: 100 },
    );
  });

  it.each([
    { pageSize: "4K", policy: "lru", l1d: "16:4", l1i: "8:full" },
    { pageSize: "4K", policy: "fifo", stlb: "96:6" },
    { pageSize: "2M", policy: "lru", stlb: "24:full" },
    { pageSize: "1G", policy: "fifo", l1d: "4:1" },
  ] as const)(
    "are those of the plain model over several intervals, with pages everywhere: $pageSize, $policy",
    {
      timeout: TIMEOUT_MS,
    },
    async (config) => {
      provideKernelModule(module);
      const records = longStream(22, 100_000);
      const { profile } = await profiled(records, config);
      expect(profile?.intervals.length).toBe(25);
      expect(profile?.blockBytes).toBeGreaterThan(2 ** 30);
      expect(profile?.blocks.length).toBeGreaterThan(512);
      expect(profile?.generalProtections.length).toBe(16);
      expect(profile).toEqual(referenceProfile(records, resolve(config)));
    },
  );

  it.each([1, 2, 4096, 4097, 8192])("have no interval without a record, after %i records", async (count) => {
    provideKernelModule(module);
    const records = longStream(23, count);
    const { profile } = await profiled(records, {});
    expect(profile).toEqual(referenceProfile(records, resolve({})));
    expect(profile?.intervals.at(-1)?.records).toBe(((count - 1) % 4096) + 1);
  });

  it("do not depend on how the trace comes in chunks", { timeout: TIMEOUT_MS }, async () => {
    provideKernelModule(module);
    const records = longStream(24, 20_000);
    const config: Config = { l1d: "16:4", l1i: "8:full", stlb: "96:6" };
    const { profile } = await profiled(records, config);
    for (const chunkBytes of [7, 63, 64, 65, 1000, 4096, 99_991]) {
      expect((await profiled(records, config, chunkBytes)).profile).toEqual(profile);
    }
  });
});

describe("a profile", () => {
  it("gives each page of a record that straddles two its own miss", async () => {
    const text = " L 04001000,8\n L 04001ffc,8\n S 04001ffc,8\nI  04001fff,2\n";
    const { profile } = await simulate(await openTrace(new TextEncoder().encode(text)), {}, { profile: true });
    expect(profile?.blocks).toEqual([
      { address: "0x4001000", l1Misses: [2], stlbMisses: [1] },
      { address: "0x4002000", l1Misses: [2], stlbMisses: [1] },
    ]);
    expect(profile?.intervals).toMatchObject([{ records: 4, l1iMisses: 2, l1dMisses: 2, stlbMisses: 2 }]);
  });

  it("does not take a fetch from page 0 for the end of an interval, nor the other way round", async () => {
    const records = Array<Access>(20_000).fill({ kind: "fetch", va: 0n, size: 4 });
    for (const pageSize of PAGE_SIZES) {
      const { profile } = await profiled(records, { pageSize });
      expect(profile?.intervals.map(({ l1iMisses }) => l1iMisses)).toEqual([1, 0, 0, 0, 0]);
    }
  });

  it("keeps the first records that fault with #GP, and which interval they were in", async () => {
    const fault = { kind: "store", va: 0x0000_8000_0000_1234n, size: 4 } as const;
    const records = Array<Access>(4096).fill({ kind: "load", va: 0x1000n, size: 4 });
    const { profile } = await profiled([fault, ...records, ...Array<Access>(20).fill({ ...fault, kind: "load" })], {});
    const at = (interval: number, access: Access["kind"]) => ({ address: "0x800000001000", access, interval });
    expect(profile?.generalProtections).toEqual([at(0, "store"), ...Array(15).fill(at(1, "load"))]);
  });

  it("says of a record that leaves the lower half where it is not canonical, for that is what is to be explained", async () => {
    const records: Access[] = [{ kind: "load", va: 0x7fff_ffff_fffcn, size: 8 }];
    const { profile } = await profiled(records, {});
    expect(profile?.generalProtections).toEqual([{ address: "0x800000000000", access: "load", interval: 0 }]);
  });

  it("is not there unless it is asked for", async () => {
    expect(await simulate(await openTrace(bundled("sort400.lk.gz")))).not.toHaveProperty("profile");
  });
});

describe.each(recordedTraces())("the profile of $name", ({ path, recorded }) => {
  it("adds up to the counts of the run, which are those without it", { timeout: TIMEOUT_MS }, async () => {
    const machines: Config[] = [{}, { pageSize: "2M", policy: "fifo", l1d: "32:4" }, { l1d: "17:full", stlb: "30:15" }];
    for (const config of machines) {
      const profiled = await simulate(await openTrace(path), config, { profile: true });
      assertProfile(profiled);
      const { profile, ...result } = profiled;
      const without = await simulate(await openTrace(path), config);
      expect({ ...result, time: without.time }).toEqual(without);
    }
    expect(recorded.records).toBeGreaterThan(0);
  });
});

it("joins intervals of a recorded trace as the plain model does", { timeout: TIMEOUT_MS }, async () => {
  const { records } = parseLackey(await plainBytes(bundled("lua_bt7.lk.zst")));
  const config: Config = { l1d: "16:4", l1i: "8:full", stlb: "96:6" };
  const { profile } = await simulate(await openTrace(bundled("lua_bt7.lk.zst")), config, { profile: true });
  expect(profile?.intervalRecords).toBe(8192);
  expect(profile).toEqual(referenceProfile(records, resolve(config)));
});
