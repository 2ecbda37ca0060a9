/** Plans for larger pages as CSV. See csv.ts. */
import type { AdviseResult } from "./advising.ts";
import { toCsv } from "./csv-lines.ts";

/** One row for each plan, in the order of the result. */
export function adviseCsv(results: readonly AdviseResult[]): string {
  return toCsv(
    results.flatMap(({ trace, config, plans, verdict, regions }) =>
      plans.map((plan) => ({
        trace: trace.path,
        format: trace.format,
        records: trace.records,
        instructions: trace.instructions,
        cpu: config.cpu,
        regions: regions.source,
        plan: plan.name,
        pageSize: plan.options.pageSize ?? "4K",
        huge: plan.options.huge,
        l1Misses: plan.l1Misses,
        stlbMisses: plan.stlbMisses,
        stlbMpki: plan.stlbMpki,
        walkReferences: plan.walkReferences,
        savedWalkReferences: plan.savedWalkReferences,
        savedShare: plan.savedShare,
        minorFaults: plan.minorFaults,
        mappedBytes: plan.mappedBytes,
        bloatBytes: plan.bloatBytes,
        wasteful: String(plan.isWasteful),
        recommended: String(verdict.recommended.includes(plan.name)),
        command: plan.command,
        ...(trace.thread === undefined ? {} : { thread: trace.thread }),
      })),
    ),
  );
}
