/**
 * Six independent public simulators agree on the TLB misses of the first 200,000 records of CPython: an L1 data TLB of
 * 64 entries in 4 ways misses 209 times, and 1,536 entries in 12 ways behind it 107 times, of the data references,
 * whether or not accesses that cross a page are split.
 */
import { expect, it } from "vitest";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { bundled } from "../helpers/traces.ts";
import { assertCounters } from "../reference/assert-counters.ts";
import { parseLackey } from "../reference/lackey.ts";

const TRACE = bundled("python.200k.lk.gz");
const MACHINE = { l1d: "64:4", stlb: "1536:12" };

/** The data records of the trace as text, so that the STLB sees no misses of the instruction TLB. */
async function dataRecords(sizeOf: (size: number) => number): Promise<Uint8Array> {
  const { records } = parseLackey(await plainBytes(TRACE));
  const data = records.filter(({ kind }) => kind !== "fetch");
  return new TextEncoder().encode(data.map(({ va, size }) => ` L ${va.toString(16)},${sizeOf(size)}\n`).join(""));
}

it("python.200k misses 209 and 107 times when accesses that cross a page are split", async () => {
  const result = await simulate(await openTrace(await dataRecords((size) => size)), MACHINE);
  assertCounters(result);
  expect(result.references.data).toBe(46_759);
  expect(result.tlbs.map(({ misses }) => misses)).toEqual([0, 209, 107]);
});

it("python.200k misses 209 and 107 times when only first bytes count", async () => {
  const result = await simulate(await openTrace(await dataRecords(() => 1)), MACHINE);
  assertCounters(result);
  expect(result.references.data).toBe(result.trace.records);
  expect(result.tlbs.map(({ misses }) => misses)).toEqual([0, 209, 107]);
});

it("python.200k misses as often in a hierarchy as in the machine of plain runs", async () => {
  // A policy for each TLB takes the machine of hierarchies.
  const result = await simulate(await openTrace(await dataRecords(() => 1)), {
    ...MACHINE,
    policy: "l1d=lru,stlb=lru",
  });
  expect(result.config.hierarchy).toBeDefined();
  expect(result.tlbs.map(({ misses }) => misses)).toEqual([0, 209, 107]);
});
