/** Processes that take turns, page tables of the kernel's own, and system calls in traces. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { ConfigError, TraceError } from "../../src/errors.ts";
import type { Region } from "../../src/regions/region.ts";
import type { RunResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { simulate } from "../../src/simulate.ts";
import { simulateTogether } from "../../src/together.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import type { PlainEntry } from "../helpers/entries-of.ts";
import { tlbsUnderAnyPolicy } from "../helpers/policy-machines.ts";
import { randomRecords } from "../helpers/random-records.ts";
import { type Call, type Happening, inTurns, isCall, tracedBytes } from "../helpers/traced-process.ts";
import { bundled } from "../helpers/traces.ts";
import { type Access, isCanonical } from "../reference/access.ts";
import { countersOf } from "../reference/assert-counters.ts";
import { type PlainOsConfig, type PlainOsResult, runPlainOs } from "../reference/plain-os-run.ts";
import { everywhere, type PlainVma, type VmaChange } from "../reference/plain-vmas.ts";

const psc = fc.record({ pde: fc.constantFrom(0, 1, 9), pdpte: fc.constantFrom(0, 2), pml4e: fc.constantFrom(0, 1) });
const machine: fc.Arbitrary<Config> = fc
  .tuple(tlbsUnderAnyPolicy(["1:1", "4:1", "6:2", "12:3", "16:4", "30:15", "64:4"]), psc)
  .map(([tlbs, psc]) => ({ ...tlbs, psc }));

const FIRST_HIGH = (1n << 64n) - (1n << 47n);

/** A call that concerns some of the `pages` of a process. */
const callOn = (pages: readonly bigint[]): fc.Arbitrary<Call> =>
  fc
    .tuple(
      fc.constantFrom(...pages),
      fc.bigInt(0n, 3n),
      fc.bigInt(0n, 40n),
      fc.constantFrom("munmap", "mprotect"),
      rights,
    )
    .map(([page, before, after, call, rights]) => {
      const isHigh = page >= FIRST_HIGH;
      const lowest = isHigh ? FIRST_HIGH : 0n;
      const highest = isHigh ? (1n << 64n) - 1n : (1n << 47n) - 1n;
      const start = page - before * 4096n;
      const end = page + after * 4096n + 4095n;
      const range = { first: start < lowest ? lowest : start, last: end > highest ? highest : end };
      return call === "munmap" ? { call, ...range } : { call: "mprotect", ...range, rights };
    });
const rights = fc.constantFrom("r", "rw", "rx", "rwx", "");

/** Records, and calls here and there. */
const happenings: fc.Arbitrary<Happening[]> = randomRecords.chain((records) => {
  const pages = records.map(({ va }) => va & ~4095n).filter(isCanonical);
  const call = pages.length === 0 ? fc.constant<Call>({ call: "getpid" }) : callOn(pages);
  const calls = fc.array(fc.tuple(fc.nat(records.length), fc.oneof(call, fc.constant<Call>({ call: "getpid" }))), {
    maxLength: 8,
    size: "max",
  });
  return calls.map((calls) => {
    const all: Happening[] = [...records];
    for (const [at, call] of calls) all.splice(at, 0, call);
    return all;
  });
});

/** What the plain run is told of happenings in their order. A munmap gives memory back to where `vmas` came from. */
function plainSteps(
  order: Iterable<{ process: number; happening: Happening }>,
  vmas: readonly PlainVma[] | undefined,
): { entries: PlainEntry[]; changes: VmaChange[]; switches: number; calls: number } {
  const entries: PlainEntry[] = [];
  const changes: VmaChange[] = [];
  let number = 0;
  let latest = 0;
  let switches = 0;
  let calls = 0;
  for (const { process, happening } of order) {
    const pid = BigInt(process);
    if (process !== latest) {
      entries.push({ kind: "thread", tid: pid, pid });
      switches++;
    }
    latest = process;
    if (!isCall(happening)) {
      entries.push(happening);
      number++;
      continue;
    }
    calls++;
    if (happening.call === "getpid") continue;
    const { first, last } = happening;
    const change: VmaChange["change"] =
      happening.call === "mprotect"
        ? { op: "protect", first, last, rights: happening.rights }
        : vmas === undefined
          ? { op: "map", ...everywhere("4K"), first, last }
          : { op: "unmap", first, last };
    changes.push({ before: number, pid, change });
  }
  return { entries, changes, switches, calls };
}

/** Fails unless `result` has the counts of the plain run of `steps`. */
function expectPlain(result: RunResult, steps: ReturnType<typeof plainSteps>, config: PlainOsConfig): PlainOsResult {
  const plain = runPlainOs(steps.entries, { ...config, changes: steps.changes });
  const { memory, ...counts } = countersOf(result);
  const { memory: plainMemory, ...plainCounts } = plain.counters;
  expect(counts).toEqual(plainCounts);
  if (config.vmas === undefined) expect(memory).toEqual(plainMemory);
  const segfaults = plain.denied.filter(({ code }) => code !== "SI_KERNEL");
  expect((result.signals ?? []).map(({ record, code }) => ({ record, code }))).toEqual(
    segfaults.slice(0, 16).map(({ record, code }) => ({ record, code })),
  );
  expect(result.os?.switches).toBe(steps.switches);
  expect(result.os?.kernelEntries).toBe(plain.counters.faults.minor + steps.calls + steps.switches);
  return plain;
}

/** VMAs over the pages of processes, of various rights and with gaps, as the plain run and a run have them. */
function someVmas(processes: readonly (readonly Happening[])[]): { vmas: PlainVma[]; maps: Region[] } {
  const pages = processes.flat().flatMap((each) => (isCall(each) || !isCanonical(each.va) ? [] : [each.va & ~4095n]));
  const vmas = [...new Set(pages)].flatMap((first, index): PlainVma[] => {
    const rights = ["rwx", "rw", "rx", "r", null, "rwx"][index % 6] ?? null;
    return rights === null ? [] : [{ ...everywhere("4K"), first, last: first | 4095n, rights }];
  });
  const maps = vmas.map(({ first, last, rights }): Region => {
    const permissions = ["r", "w", "x"].map((letter) => (rights.includes(letter) ? letter : "-")).join("");
    return { start: first, end: last + 1n, permissions, name: "some", file: null, fromRecord: 0, toRecord: null };
  });
  return { vmas, maps };
}

const onOff = fc.constantFrom("on" as const, "off" as const);
const chunk = fc.constantFrom(3, 70, 1000, 5000);

describe("processes that take turns", () => {
  it("count what the plain run counts, wherever turns and pieces of the traces end", async () => {
    const several = fc.array(happenings, { minLength: 2, maxLength: 4 });
    const every = fc.constantFrom(1, 2, 3, 10, 57, 1000, 10_000);
    await fc.assert(
      fc.asyncProperty(
        machine,
        several,
        every,
        onOff,
        chunk,
        fc.boolean(),
        async (caches, all, n, pcid, bytes, mapped) => {
          const { vmas, maps } = someVmas(all);
          const traces = all.map((each) => chunkedTrace(tracedBytes(each), bytes));
          const config: Config = { ...caches, switchEvery: n, pcid, systemCalls: "on" };
          const result = await simulateTogether(traces, config, mapped ? { maps: all.map(() => maps) } : {});
          const steps = plainSteps(inTurns(all, n), mapped ? vmas : undefined);
          const plain = { machine: resolve(caches), pcids: pcid === "on", ...(mapped ? { vmas } : {}) };
          expectPlain(result, steps, plain);
          expect(result.trace.traces?.map(({ records }) => records)).toEqual(
            all.map((each) => each.filter((happening) => !isCall(happening)).length),
          );
        },
      ),
      { seed: 1, numRuns: 25 },
    );
  });

  it("of one trace are told apart by their ids, and threads of one process are not", async () => {
    const who = fc.array(fc.tuple(fc.constantFrom(1, 2, 40, 7), fc.constantFrom(0, 1)), {
      minLength: 400,
      maxLength: 400,
    });
    await fc.assert(
      fc.asyncProperty(machine, randomRecords, who, onOff, chunk, async (caches, records, ids, pcid, bytes) => {
        const whose = (index: number) => ids[Math.floor(index / 5) % ids.length] as [number, number];
        const lines = records.map(({ kind, va, size }, index) => {
          const [pid, thread] = whose(index);
          return `${pid},${pid * 10 + thread},${kind},0x${va.toString(16)},${size}\n`;
        });
        const text = `pid,tid,kind,address,size\n${lines.join("")}`;
        const trace = chunkedTrace(new TextEncoder().encode(text), bytes, "csv");
        const result = await simulate(trace, { ...caches, pcid });
        const entries = records.flatMap((record, index): PlainEntry[] => {
          const [pid, thread] = whose(index);
          return [{ kind: "thread", pid: BigInt(pid), tid: BigInt(pid * 10 + thread) }, record];
        });
        const plain = runPlainOs(entries, { machine: resolve(caches), pcids: pcid === "on" });
        expect(countersOf(result)).toEqual(plain.counters);
        const changes = records.filter((_, index) => index > 0 && whose(index)[0] !== whose(index - 1)[0]);
        expect(result.os?.switches).toBe(changes.length);
      }),
      { seed: 2, numRuns: 15 },
    );
  });

  it("make one trace lose all without PCIDs, and nothing with them", async () => {
    const every = fc.constantFrom(1, 2, 9, 100, 10_000);
    await fc.assert(
      fc.asyncProperty(machine, randomRecords, every, onOff, async (caches, records, n, pcid) => {
        const trace = chunkedTrace(tracedBytes(records), 999);
        const result = await simulate(trace, { ...caches, switchEvery: n, pcid });
        const entries = records.flatMap((record, index): PlainEntry[] => {
          const away = { kind: "thread", pid: 1n, tid: 1n } as const;
          return index > 0 && index % n === 0 ? [away, { ...away, pid: 0n }, record] : [record];
        });
        const plain = runPlainOs(entries, { machine: resolve(caches), pcids: pcid === "on" });
        expect(countersOf(result)).toEqual(plain.counters);
        expect(result.os?.switches).toBe(Math.ceil(records.length / n) - 1);
      }),
      { seed: 3, numRuns: 30 },
    );
  });
});

describe("two real traces", () => {
  const paths = [bundled("sort400.lk.gz"), bundled("matmul24.lk.gz")];
  const roomy: Config = { l1i: "4096:16", l1d: "4096:16", stlb: "4096:16", psc: { pde: 512, pdpte: 64, pml4e: 64 } };
  const together = async (config: Config) =>
    simulateTogether(await Promise.all(paths.map((path) => openTrace(path))), config);
  const alone = async (config: Config) =>
    Promise.all(paths.map(async (path) => simulate(await openTrace(path), { ...config, pcid: "off" })));
  const misses = (result: RunResult) => result.tlbs.map((tlb) => tlb.misses);
  const sums = (results: readonly RunResult[]) =>
    [0, 1, 2].map((at) => sum(results.map((result) => misses(result)[at] ?? 0)));

  it("miss as often as each alone where nothing is evicted and translations are tagged, and more where they are not", async () => {
    const [tagged, flushed, ones] = await Promise.all([
      together({ ...roomy, switchEvery: 20_000 }),
      together({ ...roomy, switchEvery: 20_000, pcid: "off" }),
      alone(roomy),
    ]);
    expect(misses(tagged)).toEqual(sums(ones));
    expect(tagged.memory.distinctPages).toBe(sum(ones.map(({ memory }) => memory.distinctPages)));
    expect(tagged.memory.pageTablePages).toBe(sum(ones.map(({ memory }) => memory.pageTablePages)));
    expect(tagged.os?.switches).toBe(flushed.os?.switches);
    expect(tagged.trace).toMatchObject({ path: paths.join(" + "), format: "lackey", compression: "gzip" });
    expect(tagged.trace.records).toBe(sum(ones.map(({ trace }) => trace.records)));
    for (const [at, count] of misses(flushed).entries()) expect(count).toBeGreaterThan(misses(tagged)[at] ?? 0);
    expect(flushed.faults).toEqual(tagged.faults);
  });

  it.each(["opt", "stlb=opt"])("know no future: policy %s", async (policy) => {
    await expect(together({ policy, switchEvery: 1000 } as Config)).rejects.toThrow(
      "policy: got opt; allowed: another",
    );
  });

  it("run one after the other if a turn is longer than both", async () => {
    const [both, ones] = await Promise.all([together({ switchEvery: 1e9, pcid: "off" }), alone({})]);
    expect(misses(both)).toEqual(sums(ones));
    expect(both.walks.references).toBe(sum(ones.map(({ walks }) => walks.references)));
    expect(both.os?.switches).toBe(1);
  });
});

describe("page tables of the kernel's own", () => {
  const load = (page: number): Access => ({ kind: "load", va: BigInt(page) << 12n, size: 1 });
  const run = async (all: readonly Happening[], config: Config) =>
    simulate(chunkedTrace(tracedBytes(all), 100), { kpti: "on", ...config });

  it("lose nothing with PCIDs, and cost a PML4 for each process", async () => {
    await fc.assert(
      fc.asyncProperty(machine, happenings, async (caches, all) => {
        const [one, two] = [await run(all, caches), await run(all, { ...caches, kpti: "off" })];
        const { memory, ...counts } = countersOf(one);
        const { memory: plainMemory, ...plainCounts } = countersOf(two);
        expect(counts).toEqual(plainCounts);
        expect(memory.pageTablePages).toBe(plainMemory.pageTablePages + 1);
        expect(one.os).toEqual(two.os);
      }),
      { seed: 4, numRuns: 20 },
    );
  });

  it("lose all at each fault and call without PCIDs", async () => {
    // The walks for 1 and for 2 find nothing cached, since a fault came just before; then all three are there.
    const faults = await run([load(1), load(1), load(2), load(1), load(2)], { pcid: "off" });
    expect(faults.os).toMatchObject({ kernelEntries: 2, switches: 0 });
    expect(faults.tlbs[1]).toMatchObject({ lookups: 5, misses: 3 });
    expect(faults.walks).toMatchObject({ count: 3, references: 4 + 4 + 1 });
    const called = await run([load(1), { call: "getpid" }, load(1), { call: "getpid" }, load(1)], { pcid: "off" });
    expect(called.os).toMatchObject({ kernelEntries: 3 });
    expect(called.walks).toMatchObject({ count: 3, references: 12 });
    const tagged = await run([load(1), { call: "getpid" }, load(1), { call: "getpid" }, load(1)], { pcid: "on" });
    expect(tagged.walks).toMatchObject({ count: 1, references: 4 });
  });
});

describe("system calls of a trace", () => {
  const page = (number: number) => BigInt(number) << 12n;
  const access = (kind: Access["kind"], number: number): Access => ({ kind, va: page(number), size: 1 });
  const range = (from: number, to: number) => ({ first: page(from), last: page(to) | 4095n });
  const map = (from: number, to: number, permissions: string): Region => {
    const [start, end] = [page(from), page(to + 1)];
    return { start, end, permissions, name: "some", file: null, fromRecord: 0, toRecord: null };
  };
  const run = async (all: readonly Happening[], config: Config, maps?: Region[]) =>
    simulate(chunkedTrace(tracedBytes(all), 64), config, { maps });

  it("are obeyed if that is asked for, whether there are mappings or not", async () => {
    const all = [access("store", 5), { call: "munmap", ...range(5, 5) } as const, access("store", 5)];
    const faultsOf = async (config: Config, maps?: Region[]) => (await run(all, config, maps)).faults;
    expect(await faultsOf({ pcid: "on" })).toMatchObject({ minor: 1, protection: 0 });
    expect(await faultsOf({ systemCalls: "on" })).toMatchObject({ minor: 2, protection: 0 });
    expect(await faultsOf({ systemCalls: "on" }, [map(5, 5, "rw-")])).toMatchObject({ minor: 1, protection: 1 });
    expect(await faultsOf({}, [map(5, 5, "rw-")])).toMatchObject({ minor: 1, protection: 0 });
  });

  it("take rights away, have translations forgotten, and give rights back", async () => {
    const protect = (rights: string) => ({ call: "mprotect", ...range(4, 6), rights }) as const;
    const all = [
      ...[access("store", 5), access("store", 4), protect("r"), access("load", 5), access("store", 5)],
      ...[protect(""), access("load", 5), access("fetch", 4), protect("rwx"), access("store", 5), access("fetch", 4)],
    ];
    const result = await run(all, { systemCalls: "on" }, [map(0, 99, "rw-")]);
    expect(result.signals?.map(({ record, code, kind }) => [record, code, kind])).toEqual([
      [3, "SEGV_ACCERR", "store"],
      [4, "SEGV_ACCERR", "load"],
      [5, "SEGV_ACCERR", "fetch"],
    ]);
    expect(result.os).toMatchObject({ shootdowns: 2, invalidatedPages: 4, processFlushes: 0 });
    expect(result.faults).toMatchObject({ minor: 2, protection: 3 });
    expect(plainTlbs(result)[1].misses).toBe(4); // 5, 4; 5 with fewer rights; 5 with all
  });

  it("change nothing where the rights are those", async () => {
    const all = [access("store", 5), { call: "mprotect", ...range(4, 6), rights: "rw" } as const, access("store", 5)];
    const result = await run(all, {}, [map(0, 99, "rw-")]);
    expect(result.os).toMatchObject({ shootdowns: 0, kernelEntries: 2 });
    expect(plainTlbs(result)[1].misses).toBe(1);
  });

  it("flush the process where they concern more than 33 pages", async () => {
    const all = (pages: number): Happening[] => [
      access("load", 500),
      ...Array.from({ length: pages }, (_, index) => access("load", index)),
      { call: "munmap", ...range(0, 99) },
      access("load", 500),
      access("load", pages - 1), // a first touch again
    ];
    const [few, many] = [await run(all(33), { systemCalls: "on" }), await run(all(34), { systemCalls: "on" })];
    expect(few.os).toMatchObject({ shootdowns: 1, invalidatedPages: 33, processFlushes: 0 });
    expect(plainTlbs(few)[2].misses).toBe(35);
    expect(many.os).toMatchObject({ shootdowns: 1, invalidatedPages: 0, processFlushes: 1 });
    expect(plainTlbs(many)[2].misses).toBe(37);
  });

  it("are harmless where the mappings tell of them too", async () => {
    const call = { call: "munmap", ...range(8, 9) } as const;
    const all = [
      access("store", 8),
      access("store", 5),
      call,
      access("store", 5),
      access("store", 8),
      access("store", 9),
    ];
    const lived = (maps: Region, fromRecord: number, toRecord: number | null): Region => ({
      ...maps,
      fromRecord,
      toRecord,
    });
    // Another mapping follows where the old one was, from the next record on.
    const maps = [
      map(0, 7, "rw-"),
      lived(map(8, 9, "rw-"), 0, 2),
      lived({ ...map(8, 9, "rw-"), name: "new" }, 3, null),
    ];
    const [on, off] = [await run(all, { systemCalls: "on" }, maps), await run(all, {}, maps)];
    expect(countersOf(on)).toEqual(countersOf(off));
    expect(on.faults).toMatchObject({ minor: 4, protection: 0 });
    expect(on.os).toMatchObject({ shootdowns: 1, invalidatedPages: 1 });
  });
});

describe("what cannot be", () => {
  const traces = () => [1, 2].map(() => chunkedTrace(tracedBytes([{ kind: "load", va: 0n, size: 1 }]), 9));

  it("is refused before anything is read", async () => {
    await expect(simulateTogether(traces(), {})).rejects.toThrow(ConfigError);
    await expect(simulateTogether([], { switchEvery: 1 })).rejects.toThrow(ConfigError);
    await expect(simulateTogether(traces(), { switchEvery: 1 }, { maps: [[]] })).rejects.toThrow(
      /maps: got 1 of 2 traces/,
    );
    const warm = chunkedTrace(new Uint8Array(), 9, "lackey", { warmup: 5 });
    await expect(simulateTogether([warm, warm], { switchEvery: 1 })).rejects.toThrow(/warmup/);
  });

  it("is refused with mappings of one process for several", async () => {
    const csv = chunkedTrace(new TextEncoder().encode("pid,address\n1,0x1000\n2,0x1000\n"), 9, "csv");
    await expect(simulate(csv, {}, { maps: [] })).rejects.toThrow(TraceError);
    await expect(simulate(csv, {}, { maps: [] })).rejects.toThrow(/several processes/);
  });

  it("is told of the trace that has it", async () => {
    const [good] = traces();
    const bad = { ...chunkedTrace(new TextEncoder().encode(" L 1,99999\n"), 9), path: "bad" };
    await expect(simulateTogether([good as typeof bad, bad], { switchEvery: 1 })).rejects.toThrow(/^bad: line 1/);
  });
});

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
