/** The first 200,000 records of CPython, in every text format. */
import { beforeAll, describe, expect, it } from "vitest";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { lackeyText } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { parseLackey } from "../reference/lackey.ts";
import { ofOneThread, type TraceRecord } from "./records.ts";
import { encodeDin, TEXT_FORMATS } from "./text-formats.ts";

const MACHINE = { l1d: "16:4", l1i: "16:4", stlb: "64:8" };

let records: TraceRecord[];

beforeAll(async () => {
  records = ofOneThread(parseLackey(await plainBytes(bundled("python.200k.lk.gz"))).records);
});

async function run(input: string | Uint8Array): Promise<RunResult> {
  const result = await simulate(await openTrace(input), MACHINE);
  assertCounters(result);
  return result;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

describe.each(TEXT_FORMATS)("$name", (format) => {
  it("makes the references and misses of the same records in lackey's text", async () => {
    const result = await run(bytesOf(format.encode(records)));
    const carried = records.flatMap((record) => format.carries(record));
    expect(countersOf(result)).toEqual(countersOf(await run(bytesOf(lackeyText(carried)))));
    // 46,758 accesses to data, 1,432 of them modifies; with sizes, one lies on two pages.
    const hasSizes = carried.some(({ size }) => size > 1);
    const inTwo = carried.length > records.length || format.name === "pinatrace" ? 1432 : 0;
    expect(result.references.data).toBe(46_758 + inTwo + (hasSizes ? 1 : 0));
  });
});

it("din, as another program wrote it, is what the encoder writes", async () => {
  const path = bundled("python.200k.din.gz");
  expect(new TextDecoder().decode(await plainBytes(path)).replaceAll(/ 0+/g, " ")).toBe(encodeDin.encode(records));
  const result = await run(path);
  expect(result.trace).toMatchObject({ format: "din", records: 200_000, instructions: 153_242, skippedLines: 0 });
  expect(result.accesses).toEqual({ fetch: 153_242, load: 34_173, store: 12_585, modify: 0 });
  expect(result.references).toEqual({ fetch: 153_242, data: 46_758 });
});

it("din is swept with the misses of the same records in lackey's text", async () => {
  const carried = lackeyText(records.flatMap((record) => encodeDin.carries(record)));
  const [din, lackey] = await Promise.all(
    [bundled("python.200k.din.gz"), bytesOf(carried)].map(async (input) => sweep(await openTrace(input))),
  );
  expect(din?.points).toEqual(lackey?.points);
});
