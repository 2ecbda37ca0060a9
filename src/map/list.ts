/** The pages that surveyed tables map, in the order of the listing: by ascending address, the lower half first. */
import { entryOf, RIGHTS } from "./entries.ts";
import { joined, type Run, runOfPage } from "./merge.ts";
import { pagesOfEntry, type Survey, type TableNode } from "./survey.ts";

/** Runs that are handed on at once, or a few more. */
const BATCH = 4096;

/** What of a listing is told as one: nothing; pages that follow one another; also what is mapped again and again. */
export type Merging = "none" | "ranges" | "aliases";

/**
 * Every page as a run of its own, or every run. Merging aliases takes time for the runs that it looks at
 * (`TableNode.runs`), not for the pages: tables that map one page only, as those of KASAN's shadow, are one run.
 */
export function* listRuns(survey: Survey, merging: Merging): Generator<Run[], void> {
  const aliases = merging === "aliases";
  let runs: Run[] = [];
  const add = (run: Run) => {
    const last = runs.at(-1);
    if (merging === "none" || last === undefined || !joined(last, run, aliases)) runs.push(run);
  };
  yield* walk(survey.root, 0, RIGHTS);
  yield runs;

  /** Lists what is below `node`, which translates pages from `page` on; the levels above allow `rights`. */
  function* walk(node: TableNode, page: number, rights: number): Generator<Run[], void> {
    const { level } = node;
    if (level === 1) {
      survey.reader.readPt(node.physicalAddress, (index, flags, low, high) => {
        const frame = survey.reader.frameNumber(low, high);
        add(runOfPage(page + index, frame, 1, flags & (rights | ~RIGHTS), entryOf(low, high)));
      });
    }
    for (const { index, flags, child, frame, entry } of node.entries) {
      const first = survey.pageOf(level, page, index);
      if (child === null) add(runOfPage(first, frame, level, flags & (rights | ~RIGHTS), entry));
      else if (child.runs === 0) continue;
      else if (!aliases || child.uniform === null) yield* walk(child, first, rights & flags);
      else {
        const { uniform } = child;
        const combined = uniform.flags & ((rights & flags) | ~RIGHTS);
        const run = runOfPage(first + uniform.offset, uniform.frame, uniform.level, combined, uniform.entry);
        add({ ...run, aliases: pagesOfEntry(level) / uniform.stride, stride: uniform.stride });
      }
    }
    if (runs.length <= BATCH) return;
    const last = runs.pop(); // to which more may be joined
    yield runs;
    runs = last === undefined ? [] : [last];
  }
}
