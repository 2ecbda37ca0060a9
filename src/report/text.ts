/**
 * Results as text for people: lines of label and value, and tables without rules, so that it reads as well in a file
 * or a mail as in a terminal. No colour and no control characters; names from outside are made harmless.
 */
import { attributionTexts, type TopOptions } from "./attribution-text.ts";
import { compareText, eventsText } from "./compare-text.ts";
import { cyclesText } from "./cycles-text.ts";
import { hierarchyTlbTable, sourceWords, walkCacheTable } from "./hierarchy-report.ts";
import { pairs, paragraphs, table } from "./lines.ts";
import type { RunResult } from "./results.ts";
import { costPairs, runPairs, tlbTable, walkTable } from "./run-report.ts";
import { seriesText } from "./series-text.ts";
import type { Pair } from "./trace-words.ts";

const PLAIN: TopOptions = { top: 20, width: 80, ascii: false };

/** What a run was, what each TLB did, what the misses cost, and, if asked for, who missed and when. Ends with a newline. */
export function runText(result: RunResult, options: TopOptions = PLAIN): string {
  const { config, walkCaches = [] } = result;
  const walks = walkTable(result);
  const caches = walkCacheTable(walkCaches);
  const sources: Pair[] = config.cpuSources === undefined ? [] : [["sources", sourceWords(config.cpuSources)]];
  return paragraphs(
    pairs([...runPairs(result), ...sources]),
    table(config.hierarchy === undefined ? tlbTable(result) : hierarchyTlbTable(result)),
    `${walks.title}\n${table(walks)}`,
    ...(caches === null ? [] : [table(caches)]),
    pairs(costPairs(result)),
    ...(result.cycles === undefined ? [] : [cyclesText(result.cycles)]),
    ...(result.compare === undefined ? [] : [compareText(result.compare)]),
    ...(result.events === undefined ? [] : [eventsText(result.events)]),
    ...attributionTexts(result, options),
    ...(result.series === undefined ? [] : [seriesText(result.series, options)]),
  );
}
