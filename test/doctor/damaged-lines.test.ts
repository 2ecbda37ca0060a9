/** Records that other output was mixed into, which are skipped, are told of: by every decoder of lackey's text alike. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examine, info } from "../../src/info.ts";
import { noteWords } from "../../src/report/note-words.ts";
import { tracePairs } from "../../src/report/trace-words.ts";
import { simulate } from "../../src/simulate.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { parseLackey } from "../reference/lackey.ts";

const lines = fc.array(
  fc.constantFrom(
    "I  0401ab70,3",
    " L 1ffefff86f,8",
    " L 1ffefff86f,8 L 04025a10",
    "I  0401hello",
    " S ",
    "I  ",
    " L,8",
    "==12== Lackey",
    "SYSCALL[12,1](11) sys_munmap ( 0x4a2b000, 4096 )[sync] --> Success(0x0)",
    "hello",
    ` M 1000,8${"x".repeat(6000)}`,
    "y".repeat(6000),
  ),
  { minLength: 1, maxLength: 40, size: "max" },
);

describe("damaged lines", () => {
  it("are counted by info, with the first, as by a run, wherever the text is cut into pieces", async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.integer({ min: 1, max: 9000 }), async (lines, chunkBytes) => {
        const text = `I  1000,3\n${lines.join("\n")}\n`;
        const { skippedLines, damagedLines } = parseLackey(text);
        const first = text.split("\n").findIndex((line) => /^(I {2}| [LSM] )(?![\da-f]+,\d+$)/.test(line)) + 1;
        const told = damagedLines === 0 ? {} : { damagedLines };
        const trace = () => chunkedTrace(new TextEncoder().encode(text), chunkBytes);
        const { result } = await examine(trace());
        const { notes } = result;
        expect(result.trace).toMatchObject({ skippedLines, ...told });
        expect(result.trace.firstDamagedLine).toBe(damagedLines === 0 ? undefined : first);
        expect(notes.includes("damaged-lines")).toBe(damagedLines > 0);
        const run = await simulate(trace());
        expect(run.trace).toMatchObject({ skippedLines, ...told });
        expect("damagedLines" in run.trace).toBe(damagedLines > 0);
      }),
      { numRuns: 100, seed: 31 },
    );
  });

  it("are warned of, and where the first is", async () => {
    const text = "I  1000,3\n==1== noise\n L 1ffefff86f,8 L 04025a10\n S 1000,8\nI  0401hello\n";
    const result = await info(chunkedTrace(new TextEncoder().encode(text), 10));
    expect(new Map(tracePairs(result.trace)).get("WARNING")).toMatch(
      /^2 lines begin like records and are none: the trace is damaged, counts are too low/,
    );
    expect(result.notes.map((note) => noteWords(note, result)).join()).toContain("the first is line 3");
  });
});
