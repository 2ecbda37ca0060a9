/** Samples are no trace: whoever prints a rate of them says so. */
import { expect, it } from "vitest";
import { info } from "../../src/info.ts";
import { runCsv, sweepCsv } from "../../src/report/csv.ts";
import { sweepText } from "../../src/report/sweep-text.ts";
import { infoText, runText } from "../../src/report/text.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { openTrace } from "../../src/trace/trace.ts";

const BANNER = "samples, not a trace: these are not hit rates of the program";
const SAMPLES = "sort 1/2 [000] 1.000001: 1 mem-loads: 7ffd0010 1 |OP LOAD|LVL L1 hit|LCK No 7\n";
const TRACE = "R 0x7ffd0010 8\n";

const open = (text: string) => openTrace(new TextEncoder().encode(text));

it("says so in every text and table of samples, and of nothing else", async () => {
  for (const [text, isSampled] of [
    [SAMPLES, true],
    [TRACE, false],
  ] as const) {
    const run = await simulate(await open(text));
    const swept = await sweep(await open(text));
    const told = await info(await open(text));
    for (const { trace } of [run, swept, told]) expect(trace.sampled).toBe(isSampled ? true : undefined);
    const texts = [runText(run), sweepText(swept, { width: 100, ascii: true }), infoText(told), runCsv([run])];
    for (const text of [...texts, [...sweepCsv([swept])].join("")]) expect(text.includes(BANNER)).toBe(isSampled);
  }
});

it("has the same columns in all rows of a table with traces and samples", async () => {
  const runs = [await simulate(await open(TRACE)), await simulate(await open(SAMPLES))];
  const sweeps = [await sweep(await open(TRACE)), await sweep(await open(SAMPLES))];
  for (const csv of [runCsv(runs), [...sweepCsv(sweeps)].join("")]) {
    const rows = csv.trimEnd().split("\n");
    expect(new Set(rows.map((row) => row.split(",").length - (row.includes(BANNER) ? 1 : 0))).size).toBe(1);
    expect(rows[0]?.endsWith(",note")).toBe(true);
  }
});
