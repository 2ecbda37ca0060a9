/** What tests of nested paging share: machines, and runs in a guest. */
import type { CpuDescription } from "../../src/config/cpus/description.ts";
import { type Config, LEAF_LEVELS, PAGE_SIZES, type PageSize } from "../../src/config/types.ts";
import type { RunResult } from "../../src/report/results.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { lackeyText } from "../helpers/random-records.ts";
import type { Access } from "../reference/access.ts";
import { assertCounters } from "../reference/assert-counters.ts";

/** Nothing is cached: every reference to another page than the one before walks, in both dimensions. */
export const NO_CACHES = {
  l1i: "1:1",
  l1d: "1:1",
  stlb: "1:1",
  psc: "none",
  nestedTlb: "none",
  nestedPsc: "none",
} as const satisfies Config;

/** The plain shape; its guests' paging-structure caches hold guest-physical addresses. */
export const NOT_COMBINED: CpuDescription = {
  schema: "pagewalk/cpu@1",
  title: "not combined",
  pageSizes: PAGE_SIZES,
  tlbs: [
    { name: "L1I", level: 1, kinds: ["fetch"], arrays: [{ holds: PAGE_SIZES, entries: 1, ways: 1 }] },
    { name: "L1D", level: 1, kinds: ["load", "store"], arrays: [{ holds: PAGE_SIZES, entries: 1, ways: 1 }] },
    { name: "STLB", level: 2, kinds: ["fetch", "load", "store"], arrays: [{ holds: PAGE_SIZES, entries: 1, ways: 1 }] },
  ],
  nested: { combined: false },
};
/** Entries that a walk reads where the leaf is of that size. */
export const levelsRead = (pageSize: PageSize) => 5 - LEAF_LEVELS[pageSize];

export const traceOf = (records: readonly Access[], selection = {}) =>
  openTrace(new TextEncoder().encode(lackeyText(records)), selection);

export async function run(records: readonly Access[], config: Config, options = {}): Promise<RunResult> {
  const result = await simulate(await traceOf(records), config, options);
  assertCounters(result);
  return result;
}
