/**
 * Page replacement over a string of page numbers, with a number of frames that are empty at first: what textbooks do on
 * paper. Every policy is the search through a list that its definition is.
 *
 * Belady, IBM Systems Journal 5(2), 1966 (MIN, FIFO); Mattson, Gecsei, Slutz & Traiger, IBM Systems Journal 9(2), 1970
 * (LRU, OPT); Corbató, "A paging experiment with the Multics system", 1969 (the clock, which is second chance).
 */

export const REPLACEMENT_POLICIES = ["fifo", "lru", "second-chance", "random", "opt"] as const;
export type ReplacementPolicy = (typeof REPLACEMENT_POLICIES)[number];

export interface PageReference {
  page: number;
  write: boolean;
}

export interface PagingOptions {
  policy: ReplacementPolicy;
  /** From 1. */
  frames: number;
  /**
   * For `second-chance`: whether the reference of that index sets the A bit of its page. Every one does in textbooks; on a
   * processor only those that walk the page tables do, since a TLB hit sets no A bit. @default every one
   */
  setsAccessed?: (index: number) => boolean;
  /** For `random`, which needs it: returns which of `count` pages goes, 0..count-1, in the order in which they came in. */
  choose?: (count: number) => number;
}

export interface Eviction {
  /** Index of the reference that needed the frame. */
  at: number;
  page: number;
  /** Whether the page had been written to since it came in, so that its bytes had to be saved. */
  written: boolean;
}

export interface PagingResult {
  /** For each reference, whether its page was in no frame. */
  faulted: boolean[];
  faults: number;
  evictions: Eviction[];
  /** Evictions of pages that had been written to. */
  writebacks: number;
  /** Pages in frames at the end, in the order in which `second-chance` and `fifo` look at them. */
  resident: number[];
}

/** What policies look at. */
export interface Replaceable {
  /** When it was last referenced, by whatever counts references. */
  lastUse: number;
  accessed: boolean;
}

interface Resident extends Replaceable {
  page: number;
  dirty: boolean;
}

/** Returns what happens to `references`. Throws a RangeError if there is no frame. */
export function replacePages(references: readonly PageReference[], options: PagingOptions): PagingResult {
  const { policy, frames, setsAccessed = () => true } = options;
  if (!Number.isInteger(frames) || frames < 1) throw new RangeError(`frames: got ${frames}; expected 1 or more`);
  /** In the order in which they came in, but for those to which second chance has given one: they came in again. */
  const residents: Resident[] = [];
  const faulted: boolean[] = [];
  const evictions: Eviction[] = [];

  references.forEach(({ page, write }, index) => {
    let resident = residents.find((candidate) => candidate.page === page);
    faulted.push(resident === undefined);
    if (resident === undefined) {
      if (residents.length === frames) {
        const nextUse = (resident: Resident) => nextReference(resident.page, references, index);
        const victim = residents.splice(victimOf(residents, policy, nextUse, options.choose), 1)[0] as Resident;
        evictions.push({ at: index, page: victim.page, written: victim.dirty });
      }
      resident = { page, lastUse: index, accessed: false, dirty: false };
      residents.push(resident);
    }
    resident.lastUse = index;
    if (policy === "second-chance" && setsAccessed(index)) resident.accessed = true;
    if (write) resident.dirty = true;
  });

  return {
    faulted,
    faults: faulted.filter(Boolean).length,
    evictions,
    writebacks: evictions.filter(({ written }) => written).length,
    resident: residents.map(({ page }) => page),
  };
}

/**
 * Returns the index in `residents`, which are in the order in which they came in, of the one that makes room.
 *
 * `nextUse`, for `opt`: when one is referenced again; Infinity: never. Of several such ones the one that came in first
 * goes. Which of them it is does not change how many faults there are, only how many write-backs.
 */
export function victimOf<Resident extends Replaceable>(
  residents: Resident[],
  policy: ReplacementPolicy,
  nextUse: (resident: Resident) => number,
  choose?: PagingOptions["choose"],
): number {
  switch (policy) {
    case "fifo":
      return 0;
    case "lru":
      return indexOfLeast(residents.map(({ lastUse }) => lastUse));
    case "second-chance":
      giveSecondChances(residents);
      return 0;
    case "random": {
      if (choose === undefined) throw new Error("random replacement needs choose()");
      return choose(residents.length);
    }
    case "opt":
      return indexOfLeast(residents.map((resident) => -nextUse(resident)));
  }
}

/**
 * Leaves a page in front whose A bit is clear. Those before it lose theirs and go to the end, behind which the new page
 * will come. A clock is the same: there the hand moves, and not the pages, and the new page lies where the victim lay,
 * just behind the hand.
 */
function giveSecondChances(residents: Replaceable[]): void {
  while (residents[0]?.accessed === true) {
    const [passed] = residents.splice(0, 1) as [Replaceable];
    passed.accessed = false;
    residents.push(passed);
  }
}

/** Returns the index of the next reference to `page` after `now`, or Infinity. */
function nextReference(page: number, references: readonly PageReference[], now: number): number {
  const next = references.findIndex((reference, index) => index > now && reference.page === page);
  return next === -1 ? Number.POSITIVE_INFINITY : next;
}

/** Of equal ones the first. */
function indexOfLeast(numbers: number[]): number {
  return numbers.indexOf(Math.min(...numbers));
}
