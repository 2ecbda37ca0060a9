/** TLBs with policy `opt` against Belady's MIN as it is defined, and against every other policy. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { ONLINE_POLICIES, type PageSize, type SweepConfig } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { LocalSimulator, sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomFlushes, randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { traceText } from "../helpers/syscalls.ts";
import { bundled } from "../helpers/traces.ts";
import { PUBLISHED_FAULTS } from "../published/reference-strings.ts";
import { type Access, LEAF_LEVEL, pageNumberAt, type Step, touchedPages } from "../reference/access.ts";
import { beladyHits, fewestMisses, type Use } from "../reference/belady.ts";
import { operationsOf } from "../reference/swept-tlbs.ts";

const opened = (text: string) => openTrace(new TextEncoder().encode(text));
const loads = (pages: readonly number[]) => pages.map((page) => ` L ${page.toString(16)}000,1\n`).join("");
const misses = (hits: readonly boolean[]) => hits.filter((hit) => !hit).length;

const EVERYTHING = { from: 0, to: Number.POSITIVE_INFINITY };

/** Uses of pages of that size, and what takes them out. */
function usesOf(
  steps: readonly Step[],
  pageSize: PageSize,
  stream: "data" | "fetch" | "all",
  flushEvery: number,
): Use[] {
  const numberOf = (vpn: number) => pageNumberAt(vpn, LEAF_LEVEL[pageSize]);
  return operationsOf(steps, stream, flushEvery).map((operation): Use => {
    if (operation.kind === "flush") return EVERYTHING;
    if (operation.kind === "reference") return { page: numberOf(operation.vpn) };
    return { from: numberOf(operation.firstVpn), to: numberOf(operation.lastVpn) };
  });
}

it.each(PUBLISHED_FAULTS.filter(({ policy }) => policy === "opt"))(
  "opt misses $faults times with $frames entries: $name",
  async ({ pages, frames, faults }) => {
    const { points } = await sweep(await opened(loads(pages)), { policies: "opt", geometries: `${frames}:full` });
    expect(points.map((point) => point.misses)).toEqual([faults]);
    const { tlbs } = await simulate(await opened(loads(pages)), { policy: "l1d=opt", l1d: `${frames}:full` });
    expect(tlbs.find(({ name }) => name === "L1D")?.misses).toBe(faults);
  },
);

const shapes = randomShapes({ unmaps: randomUnmaps, records: fc.integer({ min: 1, max: 500 }) }).map(stepsOf);

const sweeps = fc.record({
  steps: fc.oneof(randomRecords, shapes),
  stream: fc.constantFrom("data" as const, "fetch" as const, "all" as const),
  pageSizes: fc.subarray(["4K", "2M"] as const, { minLength: 1 }),
  flushEvery: randomFlushes,
});

describe.each(BUILDS)("points with policy opt, with the kernel ($name),", ({ module }) => {
  it("miss as often as MIN does", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(sweeps, fc.integer({ min: 1, max: 3 }), async ({ steps, flushEvery, ...given }, simulators) => {
        const config = { ...given, ...(flushEvery === 0 ? {} : { flushEvery }), check: 0 } as SweepConfig;
        const { points } = await sweep(
          await opened(traceText(steps)),
          {
            ...config,
            policies: "opt,lru",
            geometries: "1:1,3:full,8:4,12:3,40:20",
            indexes: "modulo,xor",
          },
          { simulators: Array.from({ length: simulators }, () => new LocalSimulator()) },
        );
        for (const { policy, pageSize, index, sets, ways, misses: counted } of points) {
          if (policy !== "opt") continue;
          const fold = (page: number) => (index === "xor" ? xored(page, sets) : page % sets);
          const hits = beladyHits(usesOf(steps, pageSize, given.stream, flushEvery), fold, ways);
          expect(counted, `${sets} sets of ${ways}, ${pageSize}, ${index}`).toBe(misses(hits));
        }
      }),
      { seed: 51, numRuns: 8 },
    );
  });

  it("miss no more often than with any other policy", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(sweeps, async ({ steps, flushEvery, ...given }) => {
        const { points } = await sweep(await opened(traceText(steps)), {
          ...given,
          ...(flushEvery === 0 ? {} : { flushEvery }),
          policies: ["opt", ...ONLINE_POLICIES],
          geometries: "4:full,8:2,12:12,16:4,24:12,32:full",
        });
        const best = new Map(
          points.flatMap((point) => (point.policy === "opt" ? [[nameOf(point), point.misses]] : [])),
        );
        expect(best.size).toBeGreaterThan(0);
        for (const point of points) {
          expect(best.get(nameOf(point)), `${nameOf(point)} ${point.policy}`).toBeLessThanOrEqual(point.misses);
          expect(point.coldMisses).toBeLessThanOrEqual(best.get(nameOf(point)) ?? 0);
        }
      }),
      { seed: 52, numRuns: 10 },
    );
  });
});

const nameOf = ({ pageSize, entries, ways }: { pageSize: string; entries: number; ways: number }) =>
  `${pageSize} ${entries}:${ways}`;

/** The set of `page` where the low bits of its number are xored with as many above them. */
function xored(page: number, sets: number): number {
  const bits = BigInt(Math.log2(sets));
  return Number((BigInt(page) ^ (BigInt(page) >> bits)) & (BigInt(sets) - 1n));
}

it("the plain MIN has the fewest misses that there can be", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(6), { minLength: 1, maxLength: 24, size: "max" }),
      fc.integer({ min: 1, max: 4 }),
      (pages, ways) => {
        const hits = beladyHits(
          pages.map((page) => ({ page })),
          () => 0,
          ways,
        );
        expect(misses(hits)).toBe(fewestMisses(pages, ways));
      },
    ),
    { seed: 53, numRuns: 200 },
  );
});

const HOLDS = ["4K", "2M"] as const;
const [L1I, L1D, L2, L3] = ["4:2", "6:3", "12:4", "20:full"].map((text) => {
  const [entries, ways] = text.split(":") as [string, string];
  return { entries: Number(entries), ways: ways === "full" ? Number(entries) : Number(ways) };
}) as [Geometry, Geometry, Geometry, Geometry];
type Geometry = { entries: number; ways: number };

const DEEP: CpuDescription = {
  schema: "pagewalk/cpu@1",
  title: "three levels",
  pageSizes: HOLDS,
  tlbs: [
    { name: "L1I", level: 1, kinds: ["fetch"], arrays: [{ holds: HOLDS, ...L1I }] },
    { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [{ holds: HOLDS, ...L1D }] },
    { name: "L2", level: 2, kinds: ["load", "store"], arrays: [{ holds: HOLDS, ...L2 }] },
    { name: "L3", level: 3, kinds: ["fetch", "load", "store"], arrays: [{ holds: HOLDS, ...L3 }] },
  ],
};

/** Misses of the TLBs of DEEP with MIN in all of them: each level is looked up for what the one above misses. */
function plainMisses(records: readonly Access[], pageSize: PageSize): Record<string, number> {
  const all = records.flatMap(({ kind, va, size }) =>
    (touchedPages(va, size) ?? []).map((vpn) => ({
      isFetch: kind === "fetch",
      page: pageNumberAt(vpn, LEAF_LEVEL[pageSize]),
    })),
  );
  type Lookup = (typeof all)[number] & { at: number };
  const missed = (lookups: readonly Lookup[], { entries, ways }: Geometry) => {
    const hits = beladyHits(lookups, (page) => page % (entries / ways), ways);
    return lookups.filter((_, index) => !hits[index]);
  };
  const lookups = all.map((use, at) => ({ ...use, at }));
  const fetches = missed(
    lookups.filter(({ isFetch }) => isFetch),
    L1I,
  );
  const data = missed(
    lookups.filter(({ isFetch }) => !isFetch),
    L1D,
  );
  const second = missed(data, L2);
  const third = missed(
    [...fetches, ...second].sort((a, b) => a.at - b.at),
    L3,
  );
  return { L1I: fetches.length, L1D: data.length, L2: second.length, L3: third.length };
}

describe.each(BUILDS)("runs with policy opt, with the kernel ($name),", ({ module }) => {
  it("miss as often as MIN does, on every level", async () => {
    provideKernelModule(module);
    const records = fc.oneof(
      randomRecords,
      randomShapes({ unmaps: fc.constant([]), records: fc.integer({ min: 1, max: 500 }) }).map(
        (shape) => stepsOf(shape) as Access[],
      ),
    );
    await fc.assert(
      fc.asyncProperty(records, fc.constantFrom(...HOLDS), async (records, pageSize) => {
        const trace = await opened(lackeyText(records));
        const result = await simulate(trace, { cpu: DEEP, policy: "opt", pageSize });
        expect(Object.fromEntries(result.tlbs.map((tlb) => [tlb.name, tlb.misses]))).toEqual(
          plainMisses(records, pageSize),
        );
      }),
      { seed: 54, numRuns: 12 },
    );
  });
});

describe("a run with policy opt", () => {
  beforeAll(() => provideKernelModule(BUILDS[0]?.module as WebAssembly.Module));

  const missesOf = ({ tlbs }: RunResult) => Object.fromEntries(tlbs.map((tlb) => [tlb.name, tlb.misses]));

  it("has in its STLB the fewest misses behind the same L1 TLBs, and counts the window of the trace", async () => {
    const trace = () => openTrace(bundled("sort.200k-instr.champsim.xz"), { skip: 5000, warmup: 50_000 });
    const geometry = { l1i: "16:4", l1d: "16:4", stlb: "48:12" };
    const opt = missesOf(await simulate(await trace(), { ...geometry, policy: "stlb=opt" }));
    for (const policy of ONLINE_POLICIES.filter((policy) => policy !== "tree-plru")) {
      const other = missesOf(await simulate(await trace(), { ...geometry, policy: `stlb=${policy}` }));
      expect({ ...other, STLB: 0 }).toEqual({ ...opt, STLB: 0 });
      expect(opt.STLB, policy).toBeLessThanOrEqual(other.STLB as number);
    }
    const { points } = await sweep(await trace(), {
      stream: "all",
      l1i: "16:4",
      l1d: "16:4",
      stlb: "48:12",
      policies: "opt",
    });
    const whole = await openTrace(bundled("sort.200k-instr.champsim.xz"));
    expect(points[0]?.misses).toBe(opt.STLB);
    expect(missesOf(await simulate(whole, { ...geometry, policy: "stlb=opt" }))).not.toEqual(opt);
  });

  const once = async () => openTrace(new Response(loads([1, 2])).body as ReadableStream<Uint8Array>);
  const tlb = (name: string, level: number) => ({
    ...{ name, level, kinds: ["fetch", "load", "store"] as const },
    arrays: [{ holds: ["4K"] as const, entries: 4, ways: 4 }],
  });
  const coupled = (rule: object): CpuDescription => ({
    schema: "pagewalk/cpu@1",
    title: "coupled",
    pageSizes: ["4K"],
    tlbs: [tlb("L1", 1), { ...tlb("L2", 2), ...rule }],
  });

  it("is refused where the trace can be read only once, or what comes depends on what goes", async () => {
    const told = (config: object) => simulate(new Proxy({} as never, {}), config);
    await expect(simulate(await once(), { policy: "opt" })).rejects.toThrow(
      "policy: got opt; allowed: opt only for files",
    );
    await expect(sweep(await once(), { policies: "opt" })).rejects.toThrow(
      "policies: got opt; allowed: opt only for files",
    );
    await expect(told({ cpu: coupled({ inclusive: true }), policy: "opt" })).rejects.toThrow("L2 is inclusive");
    await expect(told({ cpu: coupled({ takesVictims: true }), policy: "l1=opt" })).rejects.toThrow("L2 takes victims");
    await expect(simulate(await opened(loads([1])), { policy: "opt", by: ["page"] } as object)).rejects.toThrow();
    await expect(simulate(await opened(loads([1])), { policy: "opt" }, { by: ["page"] })).rejects.toThrow(
      "policy: got opt; allowed: opt without an operating system",
    );
  });
});
