/** CPUs that were compared on one trace, as text for people. */
import { cpusTable } from "./cpus-report.ts";
import { count } from "./format.ts";
import { pairs, paragraphs, table } from "./lines.ts";
import type { CpusResult } from "./results.ts";
import { named, type Pair, tracePairs } from "./trace-words.ts";

/** What was read, and a row for each CPU. Ends with a newline. */
export function cpusText(result: CpusResult): string {
  const shown = cpusTable(result);
  return paragraphs(pairs(tracePairsOf(result)), [table(shown), ...(shown.notes ?? [])].join("\n"));
}

function tracePairsOf({ trace, cpus: [first] }: CpusResult): Pair[] {
  if (first === undefined) return tracePairs(trace);
  const { accesses, references } = first;
  return [
    ...tracePairs(trace, accesses),
    ["references", `${count(references.fetch + references.data)}: ${named(references)}`],
  ];
}
