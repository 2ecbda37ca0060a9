/** Replays with a limit on memory: published strings, the plain replay, and the laws of page replacement. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Dimension } from "../../src/config/attribution.ts";
import { RECLAIM_POLICIES, type ReclaimPolicy } from "../../src/config/os-config.ts";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, ONLINE_POLICIES } from "../../src/config/types.ts";
import { ConfigError, KernelError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { entriesOf } from "../helpers/entries-of.ts";
import { randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { traceText } from "../helpers/syscalls.ts";
import { PUBLISHED_FAULTS } from "../published/reference-strings.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import type { Counters } from "../reference/machine.ts";
import { OutOfSwap, runPlainOs } from "../reference/plain-os-run.ts";
import { everywhere } from "../reference/plain-vmas.ts";

/** Every reference to another page than the one before walks, and so sets A. */
const NO_TLB = { l1i: "1:1", l1d: "1:1", stlb: "1:1" } as const;

const geometry = fc.constantFrom("1:1", "2:full", "6:2", "8:2", "16:4", "40:20");
const machine: fc.Arbitrary<Config> = fc.record({
  l1i: geometry,
  l1d: geometry,
  stlb: geometry,
  psc: fc.record({ pde: fc.constantFrom(0, 2, 33), pdpte: fc.constantFrom(0, 2), pml4e: fc.constantFrom(0, 1) }),
  policy: fc.constantFrom(...ONLINE_POLICIES),
});
/** Those of which the plain replay knows the victim. */
const exact = fc.constantFrom("second-chance" as const, "fifo" as const, "lru" as const, "opt" as const);
const frames = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 7, max: 60 }));
const streams = fc.oneof(
  randomRecords,
  randomShapes({ records: fc.integer({ min: 1, max: 500 }) }).map((shape) => stepsOf(shape) as Access[]),
);

const traceOf = (records: readonly Access[]) => openTrace(new TextEncoder().encode(lackeyText(records)));

async function run(records: readonly Access[], config: Config, by: readonly Dimension[] = []): Promise<RunResult> {
  const result = await simulate(await traceOf(records), config, { by });
  assertCounters(result);
  return result;
}

const limit = (frames: number, reclaim: ReclaimPolicy = "second-chance"): Config => ({
  memory: frames * 4096,
  reclaim,
});

const loads = (pages: readonly number[]): Access[] =>
  pages.map((page) => ({ kind: "load", va: BigInt(page) << 12n, size: 8 }));

const stores = (pages: readonly number[]): Access[] =>
  loads(pages).map((access) => ({ ...access, kind: "store" as const }));

const byName = <Row extends { name: string }>(rows: readonly Row[] = []) => new Map(rows.map((row) => [row.name, row]));

const faultsOf = ({ faults }: RunResult) => faults.minor + faults.major;

describe.each(BUILDS)("a replay with a limit on memory ($name)", ({ name, module }) => {
  const runs = (count: number) => (name === "release" ? count : Math.ceil(count / 4));

  it.each(PUBLISHED_FAULTS)("faults $faults times under $policy with $frames frames: $name", async (published) => {
    provideKernelModule(module);
    const result = await run(loads(published.pages), { ...NO_TLB, ...limit(published.frames, published.policy) });
    expect(faultsOf(result)).toBe(published.faults);
  });

  it("counts what the plain replay counts, in all and for each page and kind", async () => {
    provideKernelModule(module);
    const by = ["page", "kind"] as const;
    await fc.assert(
      fc.asyncProperty(machine, streams, exact, frames, async (machine, records, reclaim, frames) => {
        const result = await run(records, { ...machine, ...limit(frames, reclaim) }, by);
        const { counters, rows } = runPlainOs(records, { machine: result.config, frames, reclaim, by });
        expect(countersOf(result)).toEqual(counters);
        for (const dimension of by) expect(byName(result.by?.[dimension])).toEqual(byName(rows[dimension]));
      }),
      { seed: 1, numRuns: runs(60) },
    );
  });

  it("counts what the plain replay counts where huge pages have to be split", async () => {
    provideKernelModule(module);
    const shapes = randomShapes({ pages: fc.integer({ min: 1, max: 12 }), records: fc.integer({ min: 1, max: 300 }) });
    const policies = fc.constantFrom("second-chance" as const, "fifo" as const, "lru" as const);
    const frames = fc.constantFrom(5, 511, 512, 515, 1024, 1500);
    await fc.assert(
      fc.asyncProperty(machine, shapes, policies, frames, async (machine, shape, reclaim, frames) => {
        const records = stepsOf(shape) as Access[];
        const config = { ...machine, pageSize: "thp" as const, ...limit(frames, reclaim) };
        const result = await simulate(await traceOf(records), config);
        const plain = { machine: result.config, vmas: [everywhere("thp")], frames, reclaim };
        expect(countersOf(result)).toMatchObject(runPlainOs(records, plain).counters);
      }),
      { seed: 5, numRuns: runs(30) },
    );
  });

  it("counts what the plain replay counts where pages are unmapped, in frames and in swap", async () => {
    provideKernelModule(module);
    const shapes = randomShapes({ records: fc.integer({ min: 1, max: 400 }), unmaps: randomUnmaps });
    await fc.assert(
      fc.asyncProperty(machine, shapes, exact, frames, async (machine, shape, reclaim, frames) => {
        const steps = stepsOf(shape);
        const config = { ...machine, ...limit(frames, reclaim), systemCalls: "on" as const };
        const trace = () => openTrace(new TextEncoder().encode(traceText(steps, false)));
        const result = await simulate(await trace(), config);
        const { entries } = await entriesOf(await trace());
        expect(countersOf(result)).toEqual(runPlainOs(entries, { machine: result.config, frames, reclaim }).counters);
      }),
      { seed: 6, numRuns: runs(40) },
    );
  });

  // The plain replay keeps slots that the kernel takes from pages that are in frames, as Linux does when swap is full.
  it("ends where swap is full only if the plain replay does, too", async () => {
    provideKernelModule(module);
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(streams, exact, frames, fc.nat(12), async (records, reclaim, frames, swapPages) => {
        const config = { ...NO_TLB, ...limit(frames, reclaim), swap: swapPages * 4096 };
        const plain = plainOrNull(records, { machine: resolve(config), frames, reclaim, swapPages });
        const result = await run(records, config).catch((error) => error);
        if (plain !== null) expect(countersOf(result)).toEqual(plain);
        else if (result instanceof Error) {
          expect(result).toMatchObject({ name: "KernelError", status: "memory-full" });
          ended++;
        }
      }),
      { seed: 2, numRuns: runs(40) },
    );
    expect(ended).toBeGreaterThan(0);
  });

  it("goes on with less swap than is written to, as long as some page can go", async () => {
    provideKernelModule(module);
    // Pages 0 and 1 come back from their slots. When 4, which has none, has to go at last, it gets that of 0.
    const records = [...stores([0, 1]), ...loads([2, 3, 0, 1]), ...stores([4]), ...loads([2, 3, 0, 1, 4])];
    const result = await run(records, { ...NO_TLB, ...limit(2, "fifo"), swap: 2 * 4096 });
    expect(result.faults).toMatchObject({ minor: 5, major: 7 });
    expect(result.memory).toMatchObject({ writebacks: 4 });
    await expect(run(records, { ...limit(2, "fifo"), swap: 4096 })).rejects.toMatchObject({ status: "memory-full" });
  });

  it("counts the same as without a limit if all fits", async () => {
    provideKernelModule(module);
    const reclaim = fc.constantFrom(...RECLAIM_POLICIES);
    await fc.assert(
      fc.asyncProperty(machine, streams, reclaim, async (machine, records, reclaim) => {
        const unlimited = countersOf(await run(records, machine));
        fc.pre(unlimited.memory.distinctPages > 0);
        const limited = await run(records, { ...machine, ...limit(unlimited.memory.distinctPages, reclaim) });
        expect(countersOf(limited)).toEqual(unlimited);
      }),
      { seed: 3, numRuns: runs(15) },
    );
  });

  it("faults under no policy as seldom as under OPT, and under random the same for the same seed", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(streams, frames, fc.nat(), async (records, frames, seed) => {
        const least = faultsOf(await run(records, limit(frames, "opt")));
        for (const reclaim of RECLAIM_POLICIES) {
          expect(faultsOf(await run(records, { ...limit(frames, reclaim), seed })), reclaim).toBeGreaterThanOrEqual(
            least,
          );
        }
        const random = async () => countersOf(await run(records, { ...limit(frames, "random"), seed }));
        expect(await random()).toEqual(await random());
      }),
      { seed: 4, numRuns: runs(10) },
    );
  });

  it("chooses any page at random, and others with another seed", async () => {
    provideKernelModule(module);
    const pages = Array.from({ length: 4000 }, (_, index) => (index * 7919) % 40);
    const faults = await Promise.all(
      [1, 2, 3].map(async (seed) => faultsOf(await run(loads(pages), { ...limit(20, "random"), seed }))),
    );
    expect(new Set(faults).size).toBeGreaterThan(1);
    // The same 40 pages again and again: FIFO and LRU would miss each time.
    for (const count of faults) expect(count).toBeLessThan(3600);
  });
});

it("OPT is refused where the future cannot be read", async () => {
  const trace = await openTrace(new TextEncoder().encode(lackeyText(loads([1]))));
  const standardInput = { ...trace, path: "-", format: trace.format, selection: trace.selection };
  const error = await simulate(standardInput, limit(1, "opt")).catch((error) => error);
  expect(error).toBeInstanceOf(ConfigError);
  expect(error.message).toContain("standard input");
  await trace.close();
  for (const config of [{ pageSize: "2M" as const }, { huge: "heap" }, { switchEvery: 10 }]) {
    expect(() => resolve({ ...limit(1, "opt"), ...config })).toThrow("reclaim: got opt");
  }
});

it("a limit on memory names itself where it is too small for the program", async () => {
  const error = await run(stores([1, 2]), { ...limit(1), swap: 0 }).catch((error) => error);
  expect(error).toBeInstanceOf(KernelError);
  expect(error.message).toContain("1 frame of 4 KiB (--memory) and 0 slots of swap (--swap)");
});

it("it says so where large pages that were asked for have all of it, and swap has no limit", async () => {
  const large = { ...limit(512), huge: "0x200000-0x400000" };
  const error = await run(stores([512, 1024]), large).catch((error) => error);
  expect(error).toMatchObject({ name: "KernelError", status: "memory-full" });
  expect(error.message).toContain("512 frames of 4 KiB (--memory) are in use, and the large pages in them");
});

it("where memory has no room for pages of 2 MiB, those of 4 KiB that are made are told", async () => {
  const { memory } = await simulate(await traceOf(stores([0, 512])), { memory: "1M", pageSize: "2M" });
  expect(memory).toMatchObject({ mappedPages: { "4K": 2, "2M": 0, "1G": 0 }, mappedBytes: 8192 });
});

it("what counts only where memory is limited, is refused where it is not", () => {
  expect(() => resolve({ swap: "4K" })).toThrow("swap: got 4K; allowed: only with memory");
  expect(() => resolve({ reclaim: "lru" })).toThrow("reclaim: got lru; allowed: only with memory");
  expect(() => resolve({ pageSize: "thp", khugepagedPages: 3 })).toThrow("khugepagedPages: got 3; allowed: only with");
});

/** What the plain replay counts; `null` if memory and swap are full. */
function plainOrNull(...[records, config]: Parameters<typeof runPlainOs>): Counters | null {
  try {
    return runPlainOs(records, config).counters;
  } catch (error) {
    if (error instanceof OutOfSwap) return null;
    throw error;
  }
}
