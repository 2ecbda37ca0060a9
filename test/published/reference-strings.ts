/**
 * Strings of page numbers with the faults that books and papers give for them, all frames being empty at first. One
 * table for every implementation of page replacement here.
 */
import type { ReplacementPolicy } from "../reference/paging-policies.ts";

export interface PublishedFaults {
  name: string;
  source: string;
  policy: Exclude<ReplacementPolicy, "random">;
  frames: number;
  pages: readonly number[];
  /** Those that fill empty frames included. */
  faults: number;
}

/** A string, and for some numbers of frames the faults of policies. */
interface PublishedString {
  name: string;
  source: string;
  pages: readonly number[];
  faults: Partial<Record<PublishedFaults["policy"], Record<number, number>>>;
}

const STRINGS: PublishedString[] = [
  {
    name: "Belady's anomaly",
    source:
      "Belady, Nelson & Shedler, An anomaly in space-time characteristics of certain programs running in a paging " +
      "machine, CACM 12(6), 1969, doi:10.1145/363011.363155",
    pages: [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5],
    faults: { fifo: { 3: 9, 4: 10 } },
  },
  {
    name: "Operating System Concepts, the example of the chapter",
    source:
      "Silberschatz, Galvin & Gagne, Operating System Concepts, 9th edition, section 9.4 Page Replacement, " +
      "figures 9.12 (FIFO), 9.14 (optimal) and 9.15 (LRU)",
    pages: [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1],
    faults: { fifo: { 3: 15 }, opt: { 3: 9 }, lru: { 3: 12 } },
  },
  {
    name: "Operating System Concepts, the exercise with one to seven frames",
    source:
      "Silberschatz, Galvin & Gagne, Operating System Concepts, chapter Virtual Memory, the practice exercise with this " +
      "string and its published solution",
    pages: [1, 2, 3, 4, 2, 1, 5, 6, 2, 1, 2, 3, 7, 6, 3, 2, 1, 2, 3, 6],
    faults: {
      lru: { 1: 20, 2: 18, 3: 15, 4: 10, 5: 8, 6: 7, 7: 7 },
      fifo: { 1: 20, 2: 18, 3: 16, 4: 14, 5: 10, 6: 10, 7: 7 },
      opt: { 1: 20, 2: 15, 3: 11, 4: 8, 5: 7, 6: 7, 7: 7 },
    },
  },
  {
    // The figure counts faults from when all frames are full: 3, 4, 6 and 5, beside the 3 that fill them.
    name: "Behavior of Four Page Replacement Algorithms",
    source:
      "Stallings, Operating Systems: Internals and Design Principles, section 8.2, figure Behavior of Four Page " +
      "Replacement Algorithms",
    pages: [2, 3, 2, 1, 5, 2, 4, 5, 3, 2, 5, 2],
    faults: { opt: { 3: 6 }, lru: { 3: 7 }, fifo: { 3: 9 }, "second-chance": { 3: 8 } },
  },
  {
    name: "Modern Operating Systems, the problem with eight pages in four frames",
    source:
      "Tanenbaum, Modern Operating Systems, chapter Memory Management, the problem with the string 0172327103 and its " +
      "published solution",
    pages: [0, 1, 7, 2, 3, 2, 7, 1, 0, 3],
    faults: { fifo: { 4: 6 }, lru: { 4: 7 } },
  },
];

export const PUBLISHED_FAULTS: readonly PublishedFaults[] = STRINGS.flatMap(({ name, source, pages, faults }) =>
  Object.entries(faults).flatMap(([policy, byFrames]) =>
    Object.entries(byFrames).map(([frames, count]) => ({
      name,
      source,
      policy: policy as PublishedFaults["policy"],
      frames: Number(frames),
      pages,
      faults: count,
    })),
  ),
);
