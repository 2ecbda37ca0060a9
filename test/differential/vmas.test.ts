/** Runs of processes with VMAs: the kernel against the plain model, and against runs that may touch everything. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, ONLINE_POLICIES } from "../../src/config/types.ts";
import { ConfigError } from "../../src/errors.ts";
import { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { VmaRow } from "../../src/kernel/vmas.ts";
import { type SimulateOptions, simulate, simulatePlain } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { converted } from "../convert/converted.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { BASE_PAGES, lackeyText, randomRecords } from "../helpers/random-records.ts";
import { replayWords } from "../helpers/record-words.ts";
import { bundled } from "../helpers/traces.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { assertProfile } from "../reference/assert-profile.ts";
import { parseLackey } from "../reference/lackey.ts";
import { ReferenceMachine, runReference } from "../reference/machine.ts";
import { leafFlagsIn } from "./leaf-flags.ts";

/** One of each class of TLB: StampTlb and RingTlb for L1, ByteTlb and RingTlb for the STLB, and the usual machine. */
const l1 = fc.constantFrom("1:1", "4:1", "6:2", "16:4", "20:5", "24:12", "17:full");
const stlb = fc.constantFrom("2:full", "6:2", "24:12", "40:20", "32:1", "128:4", "384:12");
const config: fc.Arbitrary<Config> = fc.record({
  l1i: l1,
  l1d: l1,
  stlb,
  psc: fc.constantFrom("none", "pde=1,pdpte=1,pml4e=1", "pde=3,pdpte=2,pml4e=1", "pde=40,pdpte=33,pml4e=2"),
  policy: fc.constantFrom(...ONLINE_POLICIES),
});

const rights = fc.oneof(
  { weight: 3, arbitrary: fc.constant("rwx") },
  { weight: 2, arbitrary: fc.constantFrom("rw-", "r-x", "r--") },
  { weight: 1, arbitrary: fc.constantFrom("", "---", "-w-", "--x", "-wx") },
);
const LAST_PAGE = 2n ** 52n - 1n;
const EVERYTHING: VmaRow = { firstPage: 0n, lastPage: LAST_PAGE, rights: "rwx" };

/** Ranges where randomRecords has its pages: some of one page, some with gaps, some over page 0 or the last one. */
const vmas: fc.Arbitrary<VmaRow[]> = fc
  .array(
    fc.tuple(fc.constantFrom(...BASE_PAGES), fc.nat(40), fc.constantFrom(0, 0, 1, 2, 5, 24, 500, 13_000), rights),
    { minLength: 0, maxLength: 40, size: "max" },
  )
  .map((ranges) => {
    const rows: VmaRow[] = [];
    let next = 0n;
    for (const [base, from, more, rights] of ranges.sort((a, b) => Number(a[0] - b[0]) || a[1] - b[1])) {
      const firstPage = base + BigInt(from) > next ? base + BigInt(from) : next;
      const lastPage = firstPage + BigInt(more) < LAST_PAGE ? firstPage + BigInt(more) : LAST_PAGE;
      if (firstPage > lastPage) continue;
      rows.push({ firstPage, lastPage, rights });
      next = lastPage + 1n;
    }
    return rows;
  });

const bytesOf = (records: readonly Access[]) => new TextEncoder().encode(lackeyText(records));

/** What the plain model counts, and the leaves that it has in the end. */
function expected(records: readonly Access[], config: Config, vmas: readonly VmaRow[]) {
  const machine = new ReferenceMachine(resolve(config), vmas);
  for (const { kind, va, size } of records) machine.access(kind, va, size);
  return { counters: machine.counters(), leaves: machine.leafFlags() };
}

async function run(records: readonly Access[], config: Config, vmas: readonly VmaRow[], options: SimulateOptions = {}) {
  const result = await simulatePlain(await openTrace(bytesOf(records)), resolve(config), options, vmas);
  assertCounters(result);
  return result;
}

describe.each(BUILDS)("a process with VMAs ($name)", ({ module }) => {
  it("counts what the plain model counts, on any machine and any records", async () => {
    provideKernelModule(module);
    let segvs = 0;
    await fc.assert(
      fc.asyncProperty(config, vmas, randomRecords, async (config, vmas, records) => {
        const result = await run(records, config, vmas);
        expect(countersOf(result)).toEqual(runReference(records, result.config, vmas));
        segvs += result.faults.protection;
      }),
      { seed: 71, numRuns: 80 },
    );
    expect(segvs).toBeGreaterThan(1000);
  });

  it("counts and maps the same from record words, which no decoder has thinned out", async () => {
    await fc.assert(
      fc.asyncProperty(config, vmas, randomRecords, async (config, vmas, records) => {
        const kernel = await Kernel.create(module);
        kernel.configureRun(resolve(config), false, undefined, vmas);
        replayWords(kernel, records);
        const { counters, leaves } = expected(records, config, vmas);
        const { l1iMisses, l1dMisses, stlbMisses, setDirty, protections, pdeHits } = kernel.counters();
        expect({ l1iMisses, l1dMisses, stlbMisses, setDirty, protections, pdeHits }).toEqual({
          l1iMisses: counters.tlbs[0].misses,
          l1dMisses: counters.tlbs[1].misses,
          stlbMisses: counters.tlbs[2].misses,
          setDirty: counters.walks.setDirty,
          protections: counters.faults.protection,
          pdeHits: counters.psc.pde.hits,
        });
        expect(leafFlagsIn(kernel.physicalMemory())).toEqual(leaves);
      }),
      { seed: 72, numRuns: 60 },
    );
  });

  it("counts the same whatever makes the words: entries, units of .pwt, a profile", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, vmas, randomRecords, async (config, vmas, records) => {
        const { counters } = expected(records, config, vmas);
        const bytes = bytesOf(records);
        const pwt = await converted(await openTrace(bytes), { to: "pwt" });
        const traces = [chunkedTrace(bytes, 1 << 18, "lackey", { limit: records.length }), await openTrace(pwt.bytes)];
        for (const trace of traces) {
          const result = await simulatePlain(trace, resolve(config), {}, vmas);
          expect(countersOf(result)).toEqual(counters);
        }
        const profiled = await run(records, config, vmas, { profile: true });
        expect(countersOf(profiled)).toEqual(counters);
        assertProfile(profiled);
      }),
      { seed: 73, numRuns: 20 },
    );
  });

  it("counts what a run without VMAs counts, if one VMA has everything", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(config, randomRecords, async (config, records) => {
        const without = await simulate(await openTrace(bytesOf(records)), config);
        expect(countersOf(await run(records, config, [EVERYTHING]))).toEqual(countersOf(without));
      }),
      { seed: 74, numRuns: 25 },
    );
  });
});

const FETCH_AND_STORE: Access[] = [
  { kind: "fetch", va: 0x1000n, size: 4 },
  { kind: "store", va: 0x1ffcn, size: 8 },
];

describe("a process", () => {
  it("without any VMA may touch nothing", async () => {
    const result = await run(FETCH_AND_STORE, {}, []);
    expect(result.faults).toMatchObject({ minor: 0, protection: 2 });
    expect(result.references).toEqual({ fetch: 0, data: 0 });
    expect(result.memory).toMatchObject({ distinctPages: 0, pageTablePages: 1 });
  });

  it("does not touch the first page of a record that may not touch the second one", async () => {
    const kernel = await Kernel.create();
    kernel.configureRun(resolve(), false, undefined, [{ firstPage: 1n, lastPage: 1n, rights: "rw" }]);
    replayWords(kernel, FETCH_AND_STORE);
    expect(kernel.counters()).toMatchObject({ protections: 2, dataReferences: 0, minorFaults: 0 });
    expect(kernel.mappedPages()).toBe(0);
  });

  it("cannot have VMAs that are no ranges, or overlap, or descend", async () => {
    const kernel = await Kernel.create();
    const row = (firstPage: bigint, lastPage: bigint, rights = "rw") => ({ firstPage, lastPage, rights });
    const wrong: VmaRow[][] = [
      [row(2n, 1n)],
      [row(-1n, 1n)],
      [row(0n, LAST_PAGE + 1n)],
      [row(1n, 3n), row(3n, 4n)],
      [row(5n, 6n), row(1n, 2n)],
      [row(1n, 2n, "rwa")],
    ];
    for (const vmas of wrong) expect(() => kernel.configureRun(resolve(), false, undefined, vmas)).toThrow(ConfigError);
    const large = resolve({ pageSize: "2M" });
    expect(() => kernel.configureRun(large, false, undefined, [EVERYTHING])).toThrow("pageSize: got 2M");
    kernel.configureRun(large);
    replayWords(kernel, FETCH_AND_STORE);
    expect(kernel.counters().protections).toBe(0);
  });

  it("of a trace of pages only is refused where repeats of a forbidden record would be missing", async () => {
    const bytes = await converted(await openTrace(bytesOf(FETCH_AND_STORE)), { to: "pwt-pages" });
    const vmas = [{ firstPage: 1n, lastPage: 2n, rights: "rwx" }];
    const result = await simulatePlain(await openTrace(bytes.bytes), resolve(), {}, vmas);
    expect(result.faults).toMatchObject({ minor: 2, protection: 0 });
    await expect(simulatePlain(await openTrace(bytes.bytes), resolve(), {}, [])).rejects.toThrow("maps: got pwt");
  });
});

describe("GNU sort, by the listing of its memory", () => {
  const path = bundled("sort400.native.lk.gz");
  const listing = readFileSync(bundled("sort400.maps"), "utf8");
  const rows = listing
    .split("\n")
    .filter((line) => line !== "")
    .map((line): VmaRow => {
      const [, first = "", end = "", rights = ""] = /^([0-9a-f]+)-([0-9a-f]+) ([rwx-]{3})/.exec(line) ?? [];
      return { firstPage: BigInt(`0x${first}`) >> 12n, lastPage: (BigInt(`0x${end}`) >> 12n) - 1n, rights };
    });

  it("counts what the plain model counts", { timeout: 60_000 }, async () => {
    const { records } = parseLackey(await plainBytes(path));
    const result = await simulatePlain(await openTrace(path), resolve(), {}, rows);
    assertCounters(result);
    expect(countersOf(result)).toEqual(runReference(records, result.config, rows));
  });
});
