import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { tableIn } from "../bench/readme.ts";
import { speedTable } from "../bench/speed-table.ts";
import { CPU_PRESETS } from "../src/config/cpus/presets.ts";
import { DEFAULT_CPU, Processor, resolve } from "../src/index.ts";
import { sweepText } from "../src/report/sweep-text.ts";
import { runText } from "../src/report/text.ts";
import { simulate } from "../src/simulate.ts";
import { sweep } from "../src/sweep.ts";
import { openTrace } from "../src/trace/trace.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("README shows what the command prints for the bundled trace", async () => {
  const shown = /^```\n(trace [\s\S]*?)…\n```$/m.exec(readme)?.[1] ?? "nothing";
  const path = /^trace +(\S+)$/m.exec(shown)?.[1] ?? "nothing";
  expect(runText(await simulate(await openTrace(path)))).toContain(shown);
});

it("README shows what a sweep says of the trace that it names", async () => {
  const [, path = "nothing", said = "nothing"] =
    /^Among.* `(test\/traces\/\S+)`[\s\S]*?^```\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  const result = await sweep(await openTrace(path), { pageSizes: "4K,2M" });
  expect(sweepText(result, { width: 80, ascii: false })).toContain(said);
});

it("README's accesses of a processor come to what is said behind them", async () => {
  const lines = /^const cpu = [\s\S]*?\n\n/m.exec(readme)?.[0].split("\n") ?? [];
  const code = lines.map((line) => line.replace(/^(cpu\.access\(.*);( \/\/.*)$/, "results.push($1);"));
  const run = new Function("Processor", "resolve", "results", `return (async () => {${code.join("\n")}})()`);
  const results: [[{ physicalAddress: bigint }]?, { vector: number; reason: string }?] = [];
  await run(Processor, resolve, results);
  const said = lines.flatMap((line) => /^cpu\.access.*\/\/ (.*)$/.exec(line)?.[1] ?? []);
  expect(said).toEqual([
    `[{ physicalAddress: 0x${results[0]?.[0]?.physicalAddress.toString(16)}n, … }]`,
    `{ vector: ${results[1]?.vector}, reason: "${results[1]?.reason}", … }`,
  ]);
});

it("README counts the CPUs that there are", () => {
  const real = Object.keys(CPU_PRESETS).filter((name) => name !== DEFAULT_CPU);
  expect(readme).toContain(`There are ${real.length} cores`);
});

const published = new URL("../bench/results/published.json", import.meta.url);

it("README's figures of speed are those of the published run", () => {
  expect(tableIn(readme)).toBe(speedTable(JSON.parse(readFileSync(published, "utf8"))));
});
