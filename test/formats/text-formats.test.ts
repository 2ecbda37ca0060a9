/** Every text format, in every piece size: what is written is what is read, and what is wrong is said. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText } from "../helpers/random-records.ts";
import { assertCounters, countersOf } from "../reference/assert-counters.ts";
import { expectedEntries, readEntries } from "./entries.ts";
import { ofOneThread, randomTraceRecords } from "./records.ts";
import { TEXT_FORMATS } from "./text-formats.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

const SAMPLE = ofOneThread([
  { kind: "fetch", va: 0x401136n, size: 4 },
  { kind: "load", va: 0x7fff1c3e0ffcn, size: 8 },
  { kind: "modify", va: 0xffff_ffff_ffff_fff8n, size: 8 },
  { kind: "fetch", va: 0x40113an, size: 11 },
  { kind: "store", va: 0x10n, size: 4096 },
  { kind: "load", va: 0x7fff1c3e0ffcn, size: 16 },
]);

const FORMS = BUILDS.flatMap(({ name: build, module }) =>
  TEXT_FORMATS.map((format) => ({ build, module, name: format.name, format })),
);

describe.each(FORMS)("$name ($build)", ({ module, format }) => {
  it("reads what was written, in pieces of any size and with either line end", async () => {
    provideKernelModule(module);
    const chunk = fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constant(1 << 18));
    await fc.assert(
      fc.asyncProperty(randomTraceRecords, chunk, fc.boolean(), async (records, chunkBytes, isDos) => {
        const text = format.encode(records);
        const read = await readEntries(isDos ? text.replaceAll("\n", "\r\n") : text, format.name, chunkBytes);
        expect(read).toEqual({ entries: expectedEntries(records, format), skippedLines: 0, error: null });
      }),
      { seed: 61, numRuns: 25 },
    );
  });

  it("reads the same in pieces of each size from 1 to 64 bytes", async () => {
    provideKernelModule(module);
    const expected = expectedEntries(SAMPLE, format);
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      const { entries } = await readEntries(format.encode(SAMPLE), format.name, chunkBytes);
      expect(entries).toEqual(expected);
    }
  });

  it("is run with the counts of the same records as lackey text", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(randomTraceRecords, async (records) => {
        const carried = records.flatMap((record) => format.carries(record));
        fc.pre(carried.length > 0);
        const run = await simulate(chunkedTrace(bytesOf(format.encode(records)), 1000, format.name));
        assertCounters(run);
        const asLackey = await simulate(chunkedTrace(bytesOf(lackeyText(carried)), 1000));
        expect(countersOf(run)).toEqual(countersOf(asLackey));
      }),
      { seed: 62, numRuns: 8 },
    );
  });

  it("fails in the record that the end cuts off, or that damage has made none", async () => {
    provideKernelModule(module);
    const text = format.encode(SAMPLE);
    const lastLine = text.lastIndexOf("\n", text.length - 2) + 1;
    const before = text.slice(0, lastLine);
    const whole = (await readEntries(before, format.name)).entries;
    const all = expectedEntries(SAMPLE, format);
    for (let end = lastLine + 1; end < text.length; end++) {
      const { entries, error } = await readEntries(text.slice(0, end), format.name, 50);
      // RFC 4180 lets the last line of CSV go without its newline.
      if (format.name === "csv" && error === null) {
        expect(entries.length).toBe(all.length);
        continue;
      }
      expect(entries).toEqual(whole);
      const line = text.slice(0, lastLine).split("\n").length;
      expect(error).toMatchObject({ line, byteOffset: lastLine });
    }
  });

  it(`${format.skipsOtherLines ? "skips" : "fails at"} lines that are no record, and lines that are too long`, async () => {
    provideKernelModule(module);
    const text = format.encode(SAMPLE);
    const firstEnd = text.indexOf("\n", format.name === "csv" ? text.indexOf("\n") + 1 : 0) + 1;
    const first = text.slice(0, firstEnd);
    for (const other of ["==12345== Command: ls", "Segmentation fault", `x${"y".repeat(5000)}`, "z".repeat(600_000)]) {
      const { entries, skippedLines, error } = await readEntries(
        `${first}${other}\n${text.slice(firstEnd)}`,
        format.name,
      );
      if (format.skipsOtherLines) {
        expect({ entries, skippedLines, error }).toEqual({
          entries: expectedEntries(SAMPLE, format),
          skippedLines: 1,
          error: null,
        });
      } else {
        expect(error).toMatchObject({ reason: "bad-record", byteOffset: firstEnd, line: first.split("\n").length });
      }
    }
  });

  it("neither hangs nor traps on soup of the characters that matter, and reads it alike in pieces of any size", async () => {
    provideKernelModule(module);
    const sample = format.encode(SAMPLE);
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...sample) },
      {
        weight: 1,
        arbitrary: fc.constantFrom("\n", "\n", "\r", "\0", "\xff", "0x", "f".repeat(20), "9".repeat(30), '"', "|"),
      },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.nat(sample.length), fc.nat(40))
          .map(([start, length]) => sample.slice(start, start + length)),
      },
    );
    const soup = fc.array(piece, { minLength: 1, maxLength: 200, size: "max" }).map((pieces) => pieces.join(""));
    await fc.assert(
      fc.asyncProperty(soup, fc.integer({ min: 1, max: 64 }), async (soup, chunkBytes) => {
        const bytes = Uint8Array.from(soup, (character) => character.charCodeAt(0));
        const whole = await readEntries(bytes, format.name);
        expect(await readEntries(bytes, format.name, chunkBytes)).toEqual(whole);
      }),
      { seed: 64, numRuns: 100 },
    );
  });
});

describe.each(TEXT_FORMATS)("$name", (format) => {
  it("is recognised by its content, and no other format is", async () => {
    const { format: detected } = await openTrace(bytesOf(format.encode(SAMPLE)));
    expect(detected.name).toBe(format.name);
    await fc.assert(
      fc.asyncProperty(randomTraceRecords, async (records) => {
        fc.pre(records.some((record) => format.carries(record).length > 0));
        expect((await openTrace(bytesOf(format.encode(records)))).format.name).toBe(format.name);
      }),
      { seed: 63, numRuns: 20 },
    );
  });
});
