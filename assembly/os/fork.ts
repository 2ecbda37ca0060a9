/** fork and exit. */
import { PTE_A, PTE_P, PTE_RW } from "../paging";
import { pagesOf } from "../processor/granule";
import { mapFrame, mappedFrame } from "./frames";
import { clearPages } from "./mapping";
import { Process, endProcess, invalidateProcess, makeProcess, processAt } from "./process";
import { split } from "./split";
import { holdSlot } from "./swap";
import { ENTRY_HAS_FRAME, ENTRY_SWAPPED, find, foundAt, foundLevel, frameOf, makeEntry } from "./tables";
import { VMA_SHARED, Vma } from "./vmas";

/**
 * Index of a copy of `parent`; -1 if there is no memory left for it, or no PCID. Both have the same mappings. Pages are shared
 * until one of them writes: neither may write to them, whatever the mapping says (fault.ts has the rest). Linux:
 * copy_page_range(). Not modelled: large pages stay large there, and are split by the first write.
 */
export function fork(parent: Process): i32 {
  const index = makeProcess();
  if (index < 0) return -1;
  const child = processAt(index);
  let copied = child.vmas.copy(parent.vmas);
  for (let vma: u32 = 0; copied && vma < parent.vmas.count; vma++) {
    // Pages of what stays one memory are found when they are touched.
    if (!(parent.vmas.at(vma).flags & VMA_SHARED)) copied = copyPages(parent, child, parent.vmas.at(vma));
  }
  invalidateProcess(parent); // it had the right to write
  if (copied) return index;
  exit(child);
  return -1;
}

/** Ends `process`: everything that it has is free, its index and its PCID included. */
export function exit(process: Process): void {
  const vmas = process.vmas;
  while (vmas.count > 0) {
    const first = vmas.at(0).first;
    const last = vmas.at(0).last;
    vmas.remove(first, last);
    clearPages(process, first, last);
  }
  endProcess(process);
}

function copyPages(parent: Process, child: Process, vma: Vma): bool {
  let page = vma.first;
  while (page <= vma.last) {
    const entry = find(parent.pml4, page);
    const level = foundLevel;
    if (entry & ENTRY_HAS_FRAME && level > 1) {
      if (!split(parent, page)) return false;
      continue;
    }
    if (entry != 0 && !copyPage(child, page, entry)) return false;
    page = (page | (pagesOf(level) - 1)) + 1;
  }
  return true;
}

/** Has `child` share the page that find() has just found, and `entry` is for. */
function copyPage(child: Process, page: u64, entry: u64): bool {
  const from = foundAt;
  const to = makeEntry(child.pml4, page, 1);
  if (to == 0) return false;
  if (entry & ENTRY_HAS_FRAME) {
    if (!mapFrame(mappedFrame(frameOf(entry), 1), child, page, true)) return false;
    if (entry & PTE_P) {
      store<u64>(from, entry & ~PTE_RW);
      entry &= ~(PTE_RW | PTE_A);
    }
  } else if (entry & ENTRY_SWAPPED) holdSlot(<u32>frameOf(entry));
  store<u64>(to, entry);
  return true;
}
