/** Hierarchies of every shape over records of one process in which everything is mapped, against the plain model. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import { PAGE_SIZES } from "../../src/config/types.ts";
import { ConfigError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { randomShapes, stepsOf } from "../helpers/page-streams.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { pagesFile } from "../pages/pages-file.ts";
import type { Access } from "../reference/access.ts";
import { assertHierarchyCounters, hierarchyCounters, plainCounters } from "../reference/assert-hierarchy.ts";
import { runPlainOs } from "../reference/plain-os-run.ts";
import { descriptions } from "./descriptions.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

function csvText(records: readonly Access[]): string {
  const lines = records.map(({ kind, va, size }) => `${kind},0x${va.toString(16)},${size}\n`);
  return `kind,address,size\n${lines.join("")}`;
}

/** The records in formats that are read, and leave records out, in ways of their own. */
const FORMATS: Record<string, (records: readonly Access[]) => Trace | Promise<Trace>> = {
  lackey: (records) => chunkedTrace(bytesOf(lackeyText(records)), 5000),
  csv: (records) => chunkedTrace(bytesOf(csvText(records)), 700, "csv"),
  "pages-only": async (records) => openTrace(await pagesFile(bytesOf(lackeyText(records)))),
};

const streams = fc.oneof(
  randomRecords,
  randomShapes({ records: fc.integer({ min: 1, max: 600 }) }).map((shape) => stepsOf(shape) as Access[]),
);
const pageSizes = fc.constantFrom("4K" as const, ...PAGE_SIZES.slice(0, 3));
const format = fc.constantFrom("lackey", "lackey", "csv", "pages-only");

describe.each(BUILDS)("words through a hierarchy ($name)", ({ name, module }) => {
  beforeAll(() => provideKernelModule(module));
  const numRuns = (name === "release" ? 50 : 12) * Number(process.env.RUNS ?? 1);

  it.each([false, true])("count what the plain model counts; pages share entries: %s", async (coalesces) => {
    let counted = 0;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(descriptions(coalesces), streams, pageSizes, format, async (cpu, records, pageSize, format) => {
        const config = { cpu, pageSize };
        const trace = await (FORMATS[format] as (typeof FORMATS)[string])(records);
        const result = await simulate(trace, config).catch((error: unknown) => error);
        if (result instanceof ConfigError && format === "pages-only") {
          refused++;
          return;
        }
        if (result instanceof Error) throw result;
        counted++;
        const run = result as Awaited<ReturnType<typeof simulate>>;
        assertHierarchyCounters(run);
        const expected = runPlainOs(records, { machine: resolve(config) });
        expect(hierarchyCounters(run)).toEqual(plainCounters(expected));
      }),
      { seed: 1, numRuns },
    );
    expect(counted).toBeGreaterThan(refused);
  });
});
