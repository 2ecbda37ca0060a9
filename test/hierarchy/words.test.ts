/** Hierarchies of every shape over records of one process in which everything is mapped, against the plain model. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { resolve } from "../../src/config/resolve.ts";
import { type Config, PAGE_SIZES } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { assertHierarchyCounters, hierarchyCounters, plainCounters } from "../reference/assert-hierarchy.ts";
import { runPlainOs } from "../reference/plain-os-run.ts";
import { descriptions } from "./descriptions.ts";

const textTrace = (records: readonly Access[]) => chunkedTrace(new TextEncoder().encode(lackeyText(records)), 5000);

async function expectSame(records: readonly Access[], cpu: CpuDescription, config: Config): Promise<void> {
  const result = await simulate(textTrace(records), { ...config, cpu });
  assertHierarchyCounters(result);
  const expected = runPlainOs(records, { machine: resolve({ ...config, cpu }) });
  expect(hierarchyCounters(result)).toEqual(plainCounters(expected));
}

describe.each(BUILDS)("words through a hierarchy ($name)", ({ module }) => {
  beforeAll(() => provideKernelModule(module));

  it.each([false, true])(
    "count what the plain model counts, whatever the shape; pages share entries: %s",
    async (coalesces) => {
      await fc.assert(
        fc.asyncProperty(
          descriptions(coalesces),
          randomRecords,
          fc.constantFrom(...PAGE_SIZES),
          async (cpu, records, pageSize) => expectSame(records, cpu, { pageSize }),
        ),
        { seed: 1, numRuns: Number(process.env.RUNS ?? 100) },
      );
    },
  );
});
