/** The lackey decoder against the plain parser of test/reference, and at the edges of its grammar. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import type { RunResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { simulate } from "../../src/simulate.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { parseLackey } from "../reference/lackey.ts";
import { runReference } from "../reference/machine.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function run(text: string | Uint8Array, chunkBytes = 1 << 20): Promise<RunResult> {
  const result = await simulate(chunkedTrace(typeof text === "string" ? bytesOf(text) : text, chunkBytes));
  assertCounters(result);
  return result;
}

/** What the decoder or the plain parser says of `text`: the counts of its records, or the error. */
async function outcome(parse: () => Promise<unknown>): Promise<unknown> {
  try {
    return await parse();
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const { line, record, byteOffset } = error;
    return { line, record, byteOffset };
  }
}

const decoded = (text: Uint8Array, chunkBytes: number) =>
  outcome(async () => {
    const result = await run(text, chunkBytes);
    return {
      ...countersOf(result),
      skippedLines: result.trace.skippedLines,
      damagedLines: result.trace.damagedLines ?? 0,
    };
  });

const parsed = (text: Uint8Array, config: RunResult["config"]) =>
  outcome(async () => {
    const { records, skippedLines, damagedLines } = parseLackey(text);
    return { ...runReference(records, config), skippedLines, damagedLines };
  });

const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdefABCDEF"), { minLength: min, maxLength: max }).map((all) => all.join(""));

const recordLine = fc
  .tuple(
    fc.constantFrom("I  ", " L ", " S ", " M "),
    fc.oneof({ weight: 8, arbitrary: digits(8, 12) }, { weight: 1, arbitrary: digits(1, 16) }),
    fc.constantFrom("1", "4", "8", "08", "16", "32", "100", "4096"),
  )
  .map(([head, address, size]) => `${head}${address},${size}`);

/** A record line with some characters replaced, put in or taken out. */
const damagedLine = fc
  .tuple(recordLine, fc.nat(20), fc.constantFrom("", " ", ",", "g", "0", "\0", "\r", "é", "\t", "-"), fc.boolean())
  .map(([line, at, inserted, cut]) => line.slice(0, at) + inserted + line.slice(cut ? at + 1 : at));

const otherLine = fc.constantFrom(
  "abc,1",
  "a3b,1",
  "1337,1",
  "I 123,1",
  " L123,1",
  "\0\0\0abc,1",
  "\0\0\0\0\0\0\0\0abc,1",
  "           abc,1",
  "12,1",
  "3,1",
  ",1",
  "",
  " ",
  "==123== Lackey, an example Valgrind tool",
  "--123-- warning",
  "I  ",
  "I  ,8",
  " L 1000",
  " L 1000,",
  "L 1000,8",
  "  L 1000,8",
  " SB 04001000",
  " X 1000,8",
  "I  1000,8 ",
  "I  0x1000,8",
  `I  ${"0".repeat(30)}1000,8`,
  `I  ${"0".repeat(5000)}1000,8`,
  "hello ".repeat(900),
);

const text = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 12, arbitrary: recordLine },
          { weight: 2, arbitrary: damagedLine },
          { weight: 1, arbitrary: otherLine },
        ),
        fc.constantFrom("\n", "\n", "\n", "\r\n"),
      ),
      { minLength: 1, maxLength: 60, size: "max" },
    ),
    fc.constantFrom("", "", "", "I", " ", "I  ", " L 10", " L 1000,", " S 1000,4", "==1==", "Killed"),
  )
  // The decoder wants at least one record.
  .map(([lines, end]) => bytesOf(`I  04001000,3\n${lines.map((line) => line.join("")).join("")}${end}`));

describe.each(BUILDS)("the lackey decoder ($name)", ({ module }) => {
  it("agrees with the plain parser on any text, in pieces of any size", async () => {
    provideKernelModule(module);
    const { config } = await run("I  04001000,3\n");
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constant(1 << 20)),
        async (text, chunkBytes) => {
          expect(await decoded(text, chunkBytes)).toEqual(await parsed(text, config));
        },
      ),
      { seed: 6, numRuns: 400 },
    );
  });

  it("agrees with the plain parser on soup of the characters that matter", async () => {
    provideKernelModule(module);
    const { config } = await run("I  04001000,3\n");
    const character = fc.constantFrom(..."IILLSM   000aaf13,,\n\n\n\0\r");
    const soup = fc.array(character, { minLength: 80, maxLength: 400, size: "max" }).map((all) => all.join(""));
    await fc.assert(
      fc.asyncProperty(soup, async (soup) => {
        const text = bytesOf(`I  04001000,3\n${soup}\n${" L 04001000,8\n".repeat(6)}`);
        expect(await decoded(text, 1 << 20)).toEqual(await parsed(text, config));
      }),
      { seed: 8, numRuns: 1000 },
    );
  });

  it("gives the same counts for every size of pieces", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(randomRecords, async (records) => {
        const text = lackeyText(records);
        const whole = countersOf(await run(text));
        for (const chunkBytes of [1, 2, 3, 5, 7, 11, 13, 14, 15, 16, 31, 63, 64, 65, 127, 1000]) {
          expect(countersOf(await run(text, chunkBytes))).toEqual(whole);
        }
      }),
      { seed: 7, numRuns: 12 },
    );
  });
});

describe("the lackey decoder", () => {
  it("gives the same counts for a real trace in pieces of 4093 bytes", async () => {
    const bytes = await plainBytes(bundled("matmul24.lk.gz"));
    expect(countersOf(await run(bytes, 4093))).toEqual(countersOf(await run(bytes)));
  });

  it("tells pages apart whatever the width of their addresses", async () => {
    // Page 0 and page 0x10 share a set; without its two misses the third would be none.
    const digits = ["123", "00000456", "00010123", "123", "000000123", "10123", "0000000000123"];
    const text = digits.map((address) => ` L ${address},1\n`).join("");
    const result = await run(text.repeat(20));
    expect(countersOf(result)).toEqual(runReference(parseLackey(text.repeat(20)).records, result.config));
    const small = await simulate(chunkedTrace(bytesOf(text.repeat(20)), 1 << 20), { l1d: "16:1" });
    expect(countersOf(small)).toEqual(runReference(parseLackey(text.repeat(20)).records, small.config));
  });

  it.each(["abc,1", "a3b,1", "1337,1", "I 123,1", " L123,1", "\0\0\0abc,1", `${"\0".repeat(8)}abc,1`, "12,1", ",1"])(
    "takes %j for no record, far from the end of the text",
    async (line) => {
      const { trace, accesses } = await run(`${line}\n${" L 04001000,8\n".repeat(20)}`);
      expect(trace).toMatchObject({ records: 20, skippedLines: 1 });
      expect(accesses).toEqual({ fetch: 0, load: 20, store: 0, modify: 0 });
    },
  );

  it("keeps a store whose page was stored to before, but is no longer the latest of its set", async () => {
    // Both pages are of set 2 of 16, which holds one: every access misses.
    const text = " S 00012000,1\n L 00022000,1\n".repeat(50);
    const run = await simulate(chunkedTrace(bytesOf(text), 1 << 20), { l1d: "16:1", l1i: "16:1" });
    const [, l1d] = plainTlbs(run);
    expect(l1d.misses).toBe(100);
  });

  it("takes CRLF lines and upper-case digits for what they are", async () => {
    const unix = " L 1ffefff86f,8\nI  0401ab70,3\n S 1ffefffff8,16\n";
    const windows = unix.replaceAll("\n", "\r\n").replaceAll("ffe", "FFE");
    expect(countersOf(await run(windows))).toEqual(countersOf(await run(unix)));
  });

  it("skips and counts a bad line in the middle", async () => {
    const { trace } = await run("I  1000,3\n L zzzz,8\n L 1000,8\n");
    expect(trace).toMatchObject({ records: 2, skippedLines: 1 });
  });

  it("skips a line of a megabyte without holding it", async () => {
    const { trace } = await run(`I  1000,3\n${"x".repeat(1 << 20)}\n L 1000,8\n`, 1000);
    expect(trace).toMatchObject({ records: 2, skippedLines: 1 });
  });

  it.each([
    [
      "an address of 65 bits",
      "I  1000,3\n L 10000000000000000,8\n",
      'found " L 10000000000000000,8": the address has more',
    ],
    ["a size of 0", "I  1000,3\n L 1000,0\n", "size is out of range"],
    ["a size of 4097", "I  1000,3\n L 1000,4097\n", "size is out of range"],
    ["a size of 30 digits", `I  1000,3\n L 1000,${"9".repeat(30)}\n`, "size is out of range"],
    ["an end inside a record", "I  1000,3\n L 10", 'found " L 10": the trace ends inside a record'],
    ["an end before the newline", "I  1000,3\n L 1000,8", "ends inside a record"],
  ])("refuses %s, and says where", async (_what, text, reason) => {
    const error = await run(text).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ line: 2, record: 2, byteOffset: 10, reason: expect.stringContaining(reason) });
  });

  it("tells the position of an error beyond the first piece", async () => {
    const good = "I  04001000,3\n==1== noise\n".repeat(30_000);
    const error = await run(`${good} L 1000,0\n`).catch((error: unknown) => error);
    expect(error).toMatchObject({ line: 60_001, record: 30_001, byteOffset: good.length });
  });

  it("keeps addresses of 64 bits", async () => {
    const { faults, accesses } = await run(" L ffffffffffffffff,1\n L 0000ffffffffffffffff,1\n L 8000000000000000,1\n");
    expect(faults).toMatchObject({ minor: 1, generalProtection: 1 });
    expect(accesses.load).toBe(3);
  });

  it("wraps an access at 2^64 to page 0", async () => {
    const { references, faults } = await run(" L fffffffffffffffc,8\n");
    expect(references.data).toBe(2);
    expect(faults).toMatchObject({ minor: 2, generalProtection: 0 });
  });

  it("makes one #GP and no reference of an access that reaches into the hole", async () => {
    const { references, faults } = await run(" L 00007ffffffffffc,8\n L 00007ffffffffffc,4\n");
    expect(references.data).toBe(1);
    expect(faults.generalProtection).toBe(1);
  });
});
