/** Pages to runs: what follows one another in both address spaces, and what is mapped again and again. */
import { ACCESSED, DIRTY, ENTRIES_PER_TABLE, entryOf, KIND_MASK, RIGHTS } from "./entries.ts";
import { pagesOfEntry, type Survey, type TableNode } from "./survey.ts";

/** Pages with equal rights and G. All numbers of pages are of 4 KiB pages. */
export interface Run {
  /** Number of the first page, signed. */
  page: number;
  /** Number of the first frame. */
  frame: number;
  length: number;
  flags: number;
  /** The leaf of its first page. */
  entry: bigint;
  /** Pages of 4 KiB, 2 MiB and 1 GiB. */
  bySize: [number, number, number];
  /** How often all of that is mapped, `stride` pages apart. 1: once, and `stride` means nothing. */
  aliases: number;
  stride: number;
}

/** Runs that are handed on at once. */
const BATCH = 4096;

/**
 * Every run, in the order of the listing; some thousands at a time. Takes time for the runs that it looks at
 * (`TableNode.runs`), not for the pages: a table that maps one page only, as those of KASAN's shadow, is one run.
 */
export function* mergedRuns(survey: Survey): Generator<Run[], void> {
  const merger = new Merger();
  yield* walk(survey, merger, survey.root, 0, RIGHTS);
  yield merger.end();
}

function* walk(survey: Survey, merger: Merger, node: TableNode, page: number, rights: number): Generator<Run[], void> {
  if (node.level === 1) {
    pushPt(survey, merger, node, page, rights);
    if (merger.done.length >= BATCH) yield merger.take();
    return;
  }
  const { level } = node;
  for (const { index, flags, child, frame, entry } of node.entries) {
    const first = survey.pageOf(level, page, index);
    if (child === null) merger.push(runOfPage(first, frame, level, flags & (rights | ~RIGHTS), entry));
    else if (child.runs === 0) continue;
    else if (child.uniform === null) yield* walk(survey, merger, child, first, rights & flags);
    else {
      const { uniform } = child;
      const run = runOfPage(
        first,
        uniform.frame,
        uniform.level,
        uniform.flags & ((rights & flags) | ~RIGHTS),
        uniform.entry,
      );
      run.aliases = pagesOfEntry(level) / run.length;
      run.stride = run.length;
      merger.push(run);
    }
  }
}

function pushPt({ reader }: Survey, merger: Merger, node: TableNode, page: number, rights: number): void {
  const words = reader.words(node.physicalAddress);
  for (let index = 0; index < ENTRIES_PER_TABLE; index++) {
    const low = words[2 * index] ?? 0;
    const high = words[2 * index + 1] ?? 0;
    if (!reader.isPresent(low, high) || reader.hasReserved(low, high)) continue;
    const flags = reader.flags(low, high) & (rights | ~RIGHTS);
    merger.pushSmallPage(page + index, reader.frameNumber(low, high), flags, low, high);
  }
}

function runOfPage(page: number, frame: number, level: number, flags: number, entry: bigint): Run {
  const bySize: Run["bySize"] = [0, 0, 0];
  bySize[level - 1] = 1;
  return { page, frame, length: pagesOfEntry(level), flags, entry, bySize, aliases: 1, stride: 0 };
}

class Merger {
  /** Finished, in their order. */
  done: Run[] = [];
  /** The run that pages are still added to. */
  #run: Run | null = null;
  /** Before it: a run that it may turn out to be an alias of ... */
  #aliased: Run | null = null;
  /** ... and the second of that, while there are two that do not lie side by side: those are no pattern yet. */
  #second: Run | null = null;

  push(next: Run): void {
    const run = this.#run;
    if (run !== null && next.aliases === 1 && this.#follows(next.page, next.frame, next.flags)) {
      run.length += next.length;
      run.flags |= next.flags;
      next.bySize.forEach((pages, size) => {
        run.bySize[size] = (run.bySize[size] ?? 0) + pages;
      });
      return;
    }
    if (run !== null) this.#finish(run);
    this.#run = next;
  }

  /** As `push`, of a 4 KiB page. */
  pushSmallPage(page: number, frame: number, flags: number, low: number, high: number): void {
    const run = this.#run;
    if (run === null || !this.#follows(page, frame, flags)) {
      this.push(runOfPage(page, frame, 1, flags, entryOf(low, high)));
      return;
    }
    run.length++;
    run.flags |= flags;
    run.bySize[0]++;
  }

  take(): Run[] {
    const { done } = this;
    this.done = [];
    return done;
  }

  end(): Run[] {
    if (this.#run !== null) this.#finish(this.#run);
    if (this.#aliased !== null) this.done.push(this.#aliased);
    if (this.#second !== null) this.done.push(this.#second);
    return this.take();
  }

  #follows(page: number, frame: number, flags: number): boolean {
    const run = this.#run;
    return (
      run !== null &&
      run.page + run.length === page &&
      run.frame + run.length === frame &&
      (run.flags & KIND_MASK) === (flags & KIND_MASK)
    );
  }

  /** Adds a run that no page follows any more. */
  #finish(run: Run): void {
    const { done } = this;
    const aliased = this.#aliased;
    if (aliased === null || !sameMemory(aliased, run)) {
      if (aliased !== null) done.push(aliased);
      if (this.#second !== null) done.push(this.#second);
      this.#second = null;
      this.#aliased = run;
      return;
    }
    const second = this.#second;
    const distance = run.page - (second ?? aliased).page;
    if (second !== null && (run.aliases > 1 || distance !== second.page - aliased.page)) {
      // No pattern: the first stands alone, and the second may begin one.
      done.push(aliased);
      this.#aliased = second;
      this.#second = null;
      this.#finish(run);
    } else if (second !== null) {
      this.#aliased = repeat(aliased, [second, run], distance);
      this.#second = null;
    } else if (aliased.aliases > 1) {
      const next = aliased.page + aliased.aliases * aliased.stride;
      if (run.page === next && (run.aliases === 1 || run.stride === aliased.stride)) {
        this.#aliased = repeat(aliased, [run], aliased.stride);
      } else {
        done.push(aliased);
        this.#aliased = run;
      }
    } else if (distance === run.length || (run.aliases > 1 && distance === run.stride)) {
      this.#aliased = repeat(aliased, [run], distance);
    } else if (run.aliases > 1) {
      done.push(aliased);
      this.#aliased = run;
    } else {
      this.#second = run;
    }
  }
}

function sameMemory(one: Run, other: Run): boolean {
  return (
    one.frame === other.frame &&
    one.length === other.length &&
    (one.flags & KIND_MASK) === (other.flags & KIND_MASK) &&
    one.bySize.every((pages, size) => pages === other.bySize[size])
  );
}

/** `run` with `others` as further aliases. */
function repeat(run: Run, others: readonly Run[], stride: number): Run {
  run.stride = stride;
  for (const { aliases, flags } of others) {
    run.aliases += aliases;
    run.flags |= flags & (ACCESSED | DIRTY);
  }
  return run;
}
