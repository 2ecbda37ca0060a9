/** What page tables map. */
import { ENTRIES_PER_TABLE, PTE_ADDRESS, PTE_P, PTE_PS, TOP_LEVEL } from "../paging";
import { bytesOf } from "../processor/memory";
import { processAt, processCount } from "./process";

/** Pages of leaf level `level` that are mapped now, in all processes. */
export function mappedPages(level: u32): u32 {
  let pages: u32 = 0;
  for (let index: u32 = 0; index < processCount(); index++) {
    const pml4 = processAt(index).pml4;
    if (pml4 != 0) pages += leavesBelow(pml4, TOP_LEVEL, level);
  }
  return pages;
}

/** Leaves of `wanted` below the table of `level` at physical address `pa`. */
function leavesBelow(pa: u64, level: u32, wanted: u32): u32 {
  const table = bytesOf(pa);
  let leaves: u32 = 0;
  for (let index: u32 = 0; index < ENTRIES_PER_TABLE; index++) {
    const entry = load<u64>(table + ((<usize>index) << 3));
    if (!(entry & PTE_P)) continue;
    const isLeaf = level == 1 || (entry & PTE_PS) != 0;
    if (!isLeaf) leaves += leavesBelow(entry & PTE_ADDRESS, level - 1, wanted);
    else if (level == wanted) leaves++;
  }
  return leaves;
}
