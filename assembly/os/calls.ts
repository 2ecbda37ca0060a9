/** System calls, and what a scheduler does, as the host asks for them: processes by index, 4 KiB page numbers of 52 bits. */
import { STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { machineKeepsTwo } from "../machine";
import { map, protect, unmap } from "./mapping";
import { makeProcess, processAt, switchTo } from "./process";
import { exit, fork } from "./fork";
import { resetRecent } from "./recent";
import { VMA_LEVEL_BITS } from "./vmas";

/** Index of a new process in which nothing is mapped; -1 if there is no memory left for it, or no PCID. */
export function startProcess(): i32 {
  return makeProcess();
}

/** Index of a copy of process `index`; -1 if there is no memory left for it, or no PCID. */
export function forkProcess(index: u32): i32 {
  return fork(processAt(index));
}

/** Ends process `index`, which need not run; if it does, another has to be switched to before the next access. */
export function exitProcess(index: u32): void {
  exit(processAt(index));
}

/** Has process `index` run. */
export function switchToProcess(index: u32): void {
  switchTo(processAt(index));
}

/**
 * mmap: maps the pages from `first` to `last` of process `index`, in place of what was there. flags: VMA_ bits; what is
 * VMA_SHARED is a new memory of its own, which children share. Returns a STATUS_.
 */
export function mapPages(index: u32, first: u64, last: u64, flags: u32, name: u32): u32 {
  // From the first large page on, slots of recent.ts do not stand for sets any more.
  if (flags & VMA_LEVEL_BITS) resetRecent(1, false, machineKeepsTwo());
  return map(processAt(index), first, last, flags, name) == null ? STATUS_OUT_OF_MEMORY : STATUS_OK;
}

/** munmap of the pages from `first` to `last` of process `index`. Returns a STATUS_. */
export function unmapPages(index: u32, first: u64, last: u64): u32 {
  return unmap(processAt(index), first, last) ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}

/** mprotect: gives them other rights, VMA_ bits. What is not mapped stays so. Returns a STATUS_. */
export function protectPages(index: u32, first: u64, last: u64, rights: u32): u32 {
  return protect(processAt(index), first, last, rights) ? STATUS_OK : STATUS_OUT_OF_MEMORY;
}
