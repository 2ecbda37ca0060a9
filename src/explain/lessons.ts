/** Short lessons on the Stepper as it is without options: accesses, and what each is to show. */
import type { StepAccess, StepOutcome } from "../report/stepping.ts";

/** One access of a lesson: what is said of it, and what must come of it. */
export interface LessonAccess extends StepAccess {
  /** What it shows. */
  says: string;
  /** What it comes to, after those before it. */
  expects: StepOutcome;
}

/** To be made from the beginning on: after `reset()`. */
export interface Lesson {
  title: string;
  sentences: readonly string[];
  accesses: readonly LessonAccess[];
}

/** Lessons on the small machine, each to be begun with a machine that was reset. */
export const LESSONS: readonly Lesson[] = [
  {
    title: "From a miss to a hit",
    sentences: [
      "A TLB keeps translations of pages, so that the tables need not be read again.",
      "This machine has a data TLB of two sets with two ways. An even page number belongs to set 0: of the even pages " +
        "it keeps the two that were used last.",
      "What it has lost may still be in the larger second-level TLB (STLB). And where a walk is needed, the caches of " +
        "paging structures spare it the upper levels.",
    ],
    accesses: [
      {
        address: "0x404000",
        kind: "read",
        expects: "walk",
        says: "Nothing is cached yet. Both TLBs miss, and the walk reads all four levels.",
      },
      {
        address: "0x404008",
        kind: "read",
        expects: "l1-hit",
        says: "Another address of the same page: the L1D has it, and no table is read.",
      },
      {
        address: "0x1c3e000",
        kind: "read",
        expects: "short-walk",
        says: "Another page, a miss. But the cached PDPTE covers 1 GiB: the walk starts at the PDE and reads two entries.",
      },
      {
        address: "0x1c40000",
        kind: "read",
        expects: "short-walk",
        says: "The cached PDE covers 2 MiB: only the PTE is read. Set 0 of the L1D is full, and loses page 0x404.",
      },
      {
        address: "0x404000",
        kind: "read",
        expects: "stlb-hit",
        says: "The L1D has lost this page, the STLB still has it: the L1D is filled again without a walk.",
      },
      {
        address: "0x404000",
        kind: "fetch",
        expects: "fault",
        says: "The same page as an instruction: the STLB has it, with XD. The page fault drops it from every TLB.",
      },
      {
        address: "0x404000",
        kind: "read",
        expects: "walk",
        says:
          "So this read walks. The fault has dropped what the paging-structure caches had for the address, too: all " +
          "four levels are read.",
      },
    ],
  },
  {
    title: "Three pages in one set, and a large page",
    sentences: [
      "A page can only be in the set that its number says. So a TLB loses pages where one set is full, even while " +
        "another set is empty: conflict misses.",
      "LRU drops the page that was used longest ago. Where one page more than there are ways is used in turn, that is " +
        "always the page that is needed next.",
      "An entry for a 2 MiB page covers as much memory as 512 entries for pages of 4 KiB.",
    ],
    accesses: [
      { address: "0x404000", kind: "read", expects: "walk", says: "A first even page: it goes to set 0 of the L1D." },
      { address: "0x1c3e000", kind: "read", expects: "short-walk", says: "A second even page: now set 0 is full." },
      {
        address: "0x1c40000",
        kind: "read",
        expects: "short-walk",
        says: "A third even page has to go to set 0, too. The first one is evicted, although set 1 is empty.",
      },
      {
        address: "0x404000",
        kind: "read",
        expects: "stlb-hit",
        says: "The first page again: it was just lost. Its return evicts the second page, which is needed next.",
      },
      {
        address: "0x1c3e000",
        kind: "read",
        expects: "stlb-hit",
        says: "And so on for ever: three pages in turn never hit in two ways. Only the STLB, with four ways, spares walks.",
      },
      {
        address: "0x405000",
        kind: "read",
        expects: "short-walk",
        says: "An odd page goes to set 1 of the L1D, where there is room: nothing is evicted.",
      },
      {
        address: "0x7f1200000000",
        kind: "read",
        expects: "walk",
        says: "A 2 MiB page: the walk ends at the PDE, whose PS flag is set. It reads three entries instead of four.",
      },
      {
        address: "0x7f12001ff000",
        kind: "read",
        expects: "l1-hit",
        says: "The last 4 KiB of the same 2 MiB page: a hit, though no such address was ever used before.",
      },
    ],
  },
  {
    title: "What stores and wrong addresses do",
    sentences: [
      "Every walk sets the accessed flag (A) of the entries that it reads. A store sets the dirty flag (D) of the page.",
      "An access that is not allowed ends in a page fault, and leaves no entry in a TLB.",
      "An address that is not canonical never gets as far as a TLB.",
    ],
    accesses: [
      {
        address: "0x7f1234218000",
        kind: "read",
        expects: "walk",
        says: "This page is clean: its PTE has neither A nor D. Reading sets A.",
      },
      {
        address: "0x7f1234218000",
        kind: "write",
        expects: "set-dirty",
        says: "The L1D has the page, but with D clear. So the store walks once more, to set D in the PTE.",
      },
      {
        address: "0x7f1234218010",
        kind: "write",
        expects: "l1-hit",
        says: "Now D is set in the TLB as well: further stores need no walk.",
      },
      {
        address: "0x401000",
        kind: "write",
        expects: "fault",
        says: "Code is read-only: a page fault, and for the program SIGSEGV. Nothing is cached, no flag is set.",
      },
      {
        address: "0x0",
        kind: "read",
        expects: "fault",
        says: "The null pointer: there is no PTE. The walk ends at an entry that is not present.",
      },
      {
        address: "0x0000800000001234",
        kind: "read",
        expects: "not-canonical",
        says: "Bits 63 to 47 are not equal: the processor refuses the address (#GP) before it looks into any TLB.",
      },
    ],
  },
  {
    title: "Memory at its first touch",
    sentences: [
      "Linux promises memory and brings it when it is touched: the access faults, Linux writes the entry, and the " +
        "instruction runs again as if nothing had been.",
      "A page that was only read is kept read-only, until a first store faults again.",
    ],
    accesses: [
      {
        address: "0x1c42000",
        kind: "read",
        expects: "fault",
        says: "A page of the heap that nobody has touched: its PTE is empty. Linux fills it, read-only.",
      },
      {
        address: "0x1c42000",
        kind: "read",
        expects: "walk",
        says: "The same instruction again: now the walk finds the page.",
      },
      {
        address: "0x1c42000",
        kind: "write",
        expects: "fault",
        says: "The L1D has the page, but without the right to write. The fault drops it, and Linux makes it writable.",
      },
      {
        address: "0x1c42000",
        kind: "write",
        expects: "walk",
        says: "Again, and it goes through. D is set already: Linux has set it with the right to write.",
      },
    ],
  },
];
