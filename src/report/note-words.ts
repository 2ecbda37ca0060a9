/** Names that results have for what was noticed of a trace, in words. */
import { count } from "./format.ts";
import type { ArchitectureGuess, InfoResult, RegionGuess, TraceNote } from "./results.ts";

const NOTE_WORDS: Record<TraceNote, string> = {
  filtered:
    "hardly any line of 64 bytes comes back soon: a cache filter may have taken records away (hit rates of TLBs would " +
    "then be wrong), or every line is used once",
  physical:
    "all addresses are low, and nothing stands where stacks and libraries do: these may be physical addresses (QEMU " +
    "prints such in system mode); TLBs need virtual ones",
  "other-architecture":
    "addresses or sizes are not those of x86-64: page sizes and hit rates are computed for x86-64 all the same",
  "tagged-addresses":
    "some addresses have a tag in the top byte, as AArch64 allows: on x86-64 they are not canonical, and are not translated",
  "wide-addresses":
    "some addresses have more than 48 bits: they were recorded with 5-level paging, and are not translated",
  "no-fetches": "there are no instruction fetches: nothing can be said of the ITLB, nor of misses by instruction",
  "trailing-zeros": "the trace ends in zero bytes: the disk may have been full, and records be missing",
  "carriage-returns": "lines end in CR LF, as on Windows; they are read as such",
  "much-skipped": "many lines are no records: other output may have been mixed into the trace, and have spoilt records",
  "damaged-lines":
    "some lines begin like records and are none: output was mixed into the trace, and its counts are too low; record it " +
    "again into a file of its own (valgrind --log-file=trace.lk)",
};

/** The words for `note` on the trace of `result`. */
export function noteWords(note: TraceNote, { trace }: Pick<InfoResult, "trace">): string {
  const first = note === "damaged-lines" ? trace.firstDamagedLine : undefined;
  return `${NOTE_WORDS[note]}${first === undefined ? "" : `; the first is line ${count(first)}`}`;
}

export const ARCHITECTURE_WORDS: Record<ArchitectureGuess["guess"], string> = {
  "x86-64": "x86-64",
  "32-bit": "32-bit addresses",
  aarch64: "AArch64 addresses",
  "fixed-4": "instructions of 4 bytes each, as of AArch64",
  unknown: "unknown",
};

export const REGION_WORDS: Record<RegionGuess, string> = {
  program: "program, and its heap if near",
  heap: "heap",
  libraries: "libraries, mmap",
  stack: "stack",
  vsyscall: "vsyscall page",
  kernel: "kernel",
};
