/** Pages to runs: what follows one another in both address spaces, and what is mapped again and again. */
import { KIND_MASK } from "./entries.ts";
import { pagesOfEntry } from "./survey.ts";

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
  /** How often all of that is mapped, `stride` pages apart; 1 for once. */
  aliases: number;
  /** Of what is mapped once: the distance at which another alias would have to follow. */
  stride: number;
}

export function runOfPage(page: number, frame: number, level: number, flags: number, entry: bigint): Run {
  const length = pagesOfEntry(level);
  const bySize: Run["bySize"] = [level === 1 ? 1 : 0, level === 2 ? 1 : 0, level === 3 ? 1 : 0];
  return { page, frame, length, flags, entry, bySize, aliases: 1, stride: length };
}

/** Joins `next` to the run before it, if it continues that: as its next pages, or with `aliases` as its next alias. */
export function joined(run: Run, next: Run, aliases: boolean): boolean {
  if (((run.flags ^ next.flags) & KIND_MASK) !== 0) return false;
  const follows =
    run.aliases * next.aliases === 1 && next.page === run.page + run.length && next.frame === run.frame + run.length;
  const repeats =
    next.frame === run.frame && next.stride === run.stride && next.page === run.page + run.aliases * run.stride;
  if (follows) {
    run.length += next.length;
    run.stride = run.length;
    next.bySize.forEach((pages, size) => {
      run.bySize[size] = (run.bySize[size] ?? 0) + pages;
    });
  } else if (aliases && repeats && next.bySize.every((pages, size) => pages === run.bySize[size])) {
    run.aliases += next.aliases;
  } else return false;
  run.flags |= next.flags;
  return true;
}
