/** What is counted and goes on, in contrast to bad-input.test.ts. */
import { describe, expect, it, vi } from "vitest";
import type { InfoResult, RunResult } from "../../src/report/results.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { json } from "./pagewalk.ts";

vi.setConfig({ testTimeout: 30_000 });

const RECORDS = "I  0401ab70,3\n L 1ffefff86f,1\n S 1ffefff86f,8\n M 04222caf,4\n";

async function run(input: string): Promise<RunResult> {
  const result = await json<RunResult>(["run", "-"], { input });
  assertCounters(result);
  return result;
}

function info(input: string): Promise<InfoResult> {
  return json(["info", "-"], { input });
}

describe("lines that are no records", () => {
  it.each([
    ["of Valgrind", "==12== Lackey, an example Valgrind tool\n--12-- warning\n\n", 3, 0],
    ["of the program", "hello\n I  1000,8\nL 1000,8\n  L 1000,8\n L 1000, 8\n L 1000\n", 6, 2],
    ["with no such number", " L 0x1000,8\n L 1000,-8\n L 1000,8.0\n L ,8\n L 10g0,8\n", 5, 5],
    ["with something behind the size", " L 1000,8 \n L 1000,8;\n L 1000,8\r\r\n", 3, 3],
    ["longer than any record", `${"x".repeat(100_000)}\n L ${"0".repeat(100_000)},8\n`, 2, 1],
    ["of bytes that are no text", "\0\0\0\n\xff\xfe\n", 2, 0],
  ])("%s are skipped and counted, those apart that begin like records", async (_, lines, count, damaged) => {
    const plain = await run(RECORDS + RECORDS);
    const result = await run(RECORDS + lines + RECORDS);
    const damage = damaged > 0 ? { damagedLines: damaged } : {};
    expect(result.trace).toEqual({ ...plain.trace, skippedLines: count, ...damage });
    expect(countersOf(result)).toEqual(countersOf(plain));
  });

  it("may be the last, without a newline", async () => {
    expect((await run(`${RECORDS}==12== done`)).trace).toMatchObject({ records: 4, skippedLines: 1 });
  });

  it("may end with a return: a trace with CRLF is one with LF", async () => {
    const trace = `==12== Lackey\n${RECORDS}`.repeat(100);
    const [unix, dos] = [await run(trace), await run(trace.replaceAll("\n", "\r\n"))];
    expect(dos.trace).toEqual(unix.trace);
    expect(countersOf(dos)).toEqual(countersOf(unix));
  });
});

describe("addresses", () => {
  it("may be in upper case, and with leading zeros to any length", async () => {
    const lower = await info(" L abcdef000,8\n L abcdef000,8\n S 00000001fedcba000,8\n");
    const upper = await info(" L ABCDEF000,8\n L AbCdEf000,8\n S 000000000000000000000001FEDCBA000,8\n");
    expect(lower).toMatchObject({
      references: { data: 3 },
      addresses: { lowest: "0xabcdef000", highest: "0x1fedcba000" },
    });
    expect({ ...upper, time: null, trace: null }).toEqual({ ...lower, time: null, trace: null });
  });

  it("may have a single digit", async () => {
    expect(await info("I  0,1\n L 7,8\n")).toMatchObject({ addresses: { lowest: "0x0", highest: "0x0" } });
  });
});

describe("a non-canonical address", () => {
  it.each(["800000000000", "ffff7fffffffff00", "8000000000000000", "1000000000000"])(
    "%s is a general protection, and makes no reference",
    async (address) => {
      const result = await run(`${RECORDS} L ${address},8\nI  ${address},4\n`);
      expect(result).toMatchObject({
        accesses: { fetch: 2, load: 2, store: 1, modify: 1 },
        faults: { generalProtection: 2 },
      });
      expect(result.references).toEqual((await run(RECORDS)).references);
      expect(await info(` L ${address},8\n`)).toMatchObject({
        nonCanonical: 1,
        references: { data: 0 },
        addresses: { lowest: null, highest: null },
      });
    },
  );

  it.each(["7ffffffffff8", "ffff800000000000", "fffffffffffffff8"])("is not %s", async (address) => {
    expect(await run(` L ${address},8\n`)).toMatchObject({ references: { data: 1 }, faults: { generalProtection: 0 } });
  });
});

describe("a record on two pages", () => {
  it("makes two references, and a size of 4096 from the start of a page one", async () => {
    expect((await run(" L 1ffc,8\n")).references).toEqual({ fetch: 0, data: 2 });
    expect((await run("I  1fff,2\n")).references).toEqual({ fetch: 2, data: 0 });
    expect((await run(" S 1000,4096\n")).references).toEqual({ fetch: 0, data: 1 });
    expect((await run(" S 1001,4096\n")).references).toEqual({ fetch: 0, data: 2 });
  });

  it("goes on at page 0 when it begins on the last", async () => {
    const result = await run(" L fffffffffffffffc,8\n");
    expect(result).toMatchObject({ references: { data: 2 }, faults: { minor: 2, generalProtection: 0 } });
    expect(await info(" L fffffffffffffffc,8\n")).toMatchObject({
      straddling: 1,
      addresses: { lowest: "0x0", highest: "0xfffffffffffff000" },
    });
  });

  it.each([
    ["into the non-canonical hole", "7ffffffffffc"],
    ["out of it", "ffff7ffffffffffc"],
  ])("is one general protection when it reaches %s", async (_, address) => {
    expect(await run(` M ${address},8\n`)).toMatchObject({
      accesses: { modify: 1 },
      references: { data: 0 },
      faults: { generalProtection: 1, minor: 0 },
    });
  });
});
