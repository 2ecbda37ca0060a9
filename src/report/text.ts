/**
 * Results as text for people: lines of label and value, and tables without rules, so that it reads as well in a file
 * or a mail as in a terminal. No colour and no control characters; names from outside are made harmless.
 */
import { pairs, paragraphs, table } from "./lines.ts";
import type { RunResult } from "./results.ts";
import { costPairs, runPairs, tlbTable, walkTable } from "./run-report.ts";

/** What a run was, what each TLB did, and what the misses cost. Ends with a newline. */
export function runText(result: RunResult): string {
  const walks = walkTable(result);
  return paragraphs(
    pairs(runPairs(result)),
    table(tlbTable(result)),
    `${walks.title}\n${table(walks)}`,
    pairs(costPairs(result)),
  );
}
