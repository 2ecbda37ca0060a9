/** The page-fault handler: what the operating system does so that an access that faulted goes through, or why it does not. */
import { counters } from "../counters";
import { PAGE_SHIFT, PTE_P, PTE_PS, PTE_RW, PTE_US, PTE_XD } from "../paging";
import { ACCESS_FETCH, ACCESS_WRITE } from "../processor/rights";
import { levelFor } from "./huge";
import { takeFrames } from "./physical";
import { Process } from "./process";
import { find, makeEntry } from "./tables";
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
function allows(vma: Vma, access: u32): bool {
  if (access & ACCESS_WRITE) return (vma.flags & VMA_WRITE) != 0;
  return (vma.flags & (access & ACCESS_FETCH ? VMA_EXEC : VMA_RIGHTS)) != 0;
}

/** A minor fault: the page gets frames, where find() has just found that it has none. */
function touchFirst(process: Process, vma: Vma, page: u64): u32 {
  const level = levelFor(process, vma, page);
  const at = makeEntry(process.pml4, page, level);
  if (at == 0) return FAULT_NO_TABLES;
  store<u64>(at, (takeFrames(level) << PAGE_SHIFT) | (level > 1 ? PTE_PS : 0) | leafRights(vma));
  counters.minorFaults++;
  if (level > 1) counters.hugePages++;
  return FAULT_RESOLVED;
}

/** P and the rights of a leaf in `vma`. */
export function leafRights(vma: Vma): u64 {
  return PTE_P | PTE_US | (vma.flags & VMA_WRITE ? PTE_RW : 0) | (vma.flags & VMA_EXEC ? 0 : PTE_XD);
}
