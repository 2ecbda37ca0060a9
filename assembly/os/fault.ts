/** The page-fault handler: what the operating system does so that an access that faulted goes through, or why it does not. */
import { counters } from "../counters";
import { PAGE_SHIFT, PTE_P, PTE_PS, PTE_RW, PTE_US, PTE_XD, pageShiftOf } from "../paging";
import { ACCESS_FETCH, ACCESS_WRITE } from "../processor/rights";
import { osConfig } from "./config";
import { takeFrames } from "./physical";
import { Process } from "./process";
import { find, foundLevel, makeEntry } from "./tables";
import { VMA_EXEC, VMA_RIGHTS, VMA_WRITE, Vma } from "./vmas";

/** The access is to be made again. */
export const FAULT_RESOLVED: u32 = 0;
/** No mapping covers the page: SIGSEGV, SEGV_MAPERR. */
export const FAULT_NOT_MAPPED: u32 = 1;
/** The mapping forbids the access: SIGSEGV, SEGV_ACCERR. */
export const FAULT_FORBIDDEN: u32 = 2;
/** Linear memory is exhausted. */
export const FAULT_NO_TABLES: u32 = 3;

/** What mappings say of `access` (ACCESS_ bits) to `page` of `process`: FAULT_RESOLVED if they allow it. */
export function judge(process: Process, page: u64, access: u32): u32 {
  const vma = process.vmas.find(page);
  return vma == null ? FAULT_NOT_MAPPED : allows(vma, access) ? FAULT_RESOLVED : FAULT_FORBIDDEN;
}

/** Resolves the fault of `access` to `page` of `process`. Returns a FAULT_. */
export function resolveFault(process: Process, page: u64, access: u32): u32 {
  const vma = process.vmas.find(page);
  if (vma == null) return FAULT_NOT_MAPPED;
  if (!allows(vma, access)) return FAULT_FORBIDDEN;
  const entry = find(process.pml4, page);
  if (entry & PTE_P) return FAULT_FORBIDDEN; // the mapping allows it, and the page is there: nobody does that yet
  return touchFirst(process, vma, page);
}

/** Linux on x86, arch/x86/mm/fault.c, access_error(): any right lets programs read. */
export function allows(vma: Vma, access: u32): bool {
  if (access & ACCESS_WRITE) return (vma.flags & VMA_WRITE) != 0;
  return (vma.flags & (access & ACCESS_FETCH ? VMA_EXEC : VMA_RIGHTS)) != 0;
}

/** A minor fault: the page gets frames, where find() has just found that it has none. */
function touchFirst(process: Process, vma: Vma, page: u64): u32 {
  const level = levelFor(vma, page);
  const at = makeEntry(process.pml4, page, level);
  if (at == 0) return FAULT_NO_TABLES;
  store<u64>(at, (takeFrames(level) << PAGE_SHIFT) | (level > 1 ? PTE_PS : 0) | leafRights(vma));
  counters.minorFaults++;
  return FAULT_RESOLVED;
}

/** Level of the leaf that first touch makes: the largest that lies in the mapping, and below which there are no tables. */
function levelFor(vma: Vma, page: u64): u32 {
  let level = min(vma.leafLevel(osConfig.leafLevel), foundLevel);
  while (level > 1) {
    const below = ((<u64>1) << (<u64>pageShiftOf(level))) - 1;
    if (vma.first <= (page & ~below) && (page | below) <= vma.last) break;
    level--;
  }
  return level;
}

/** P and the rights of a leaf in `vma`. */
export function leafRights(vma: Vma): u64 {
  return PTE_P | rightsInLeaf(vma.flags);
}

/**
 * U/S, R/W and XD of a leaf for the rights in `flags`. Without any the page is the supervisor's; Linux has it not present,
 * and its address inverted.
 */
export function rightsInLeaf(flags: u32): u64 {
  return (flags & VMA_RIGHTS ? PTE_US : 0) | (flags & VMA_WRITE ? PTE_RW : 0) | (flags & VMA_EXEC ? 0 : PTE_XD);
}
