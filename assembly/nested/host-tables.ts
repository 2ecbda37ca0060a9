/**
 * The host's tables, which say where guest-physical memory is: EPT of four levels, with pages of one size. The host gives a page a frame
 * when the guest first touches it, and keeps it there. SDM Vol. 3C, "The Extended Page Table Mechanism (EPT)".
 *
 *   63..52 51..12         11..8  7    6    5..3         2   1   0   bit
 *   ├──────┼───────────────┼──────┼────┼────┼────────────┼───┼───┼───┤    a leaf; an entry that points to a table has 0 in bits 7..3;
 *   │  0   │     frame     │  0   │ PS │ 0  │ 6: WB      │ X │ W │ R │    without R, W and X it is not present
 *   └──────┴───────────────┴──────┴────┴────┴────────────┴───┴───┴───┘
 *
 * Bytes of host-physical memory lie beyond all of guest-physical memory (processor/memory.ts). Frames of the guest have theirs, if any, at
 * their guest-physical addresses: only the host's tables lie here.
 *
 * Not modelled: A and D of EPT entries (EPTP bit 6, taken as off); a host that takes memory back.
 */
import { PAGE_SHIFT, PTE_ADDRESS, PTE_PS, TOP_LEVEL, pagesOf } from "../paging";
import { entryAddress } from "../processor/entries";
import { bytesOf, makeBytes } from "../processor/memory";
import { nestedConfig } from "./config";

/** Guest-physical addresses have as many bits as four levels translate. */
const GUEST_ADDRESS_BITS: u64 = 48;
/** In addresses for processor/memory.ts: the byte is in host-physical memory. */
const HOST_SPACE: u64 = 1 << 52;

const EPT_RIGHTS: u64 = 7;
const EPT_WRITE_BACK: u64 = 6 << 3;

/** Host-physical address of the PML4. */
export let hostRoot: u64 = 0;
let nextTable: u64 = 0;
/** Frames of the guest's memory, aligned to the host's pages. */
let nextFrame: u64 = 0;

/** Frames up to here are the host's own. */
const FIRST_GUEST_FRAME: u64 = 1 << 24;

/** Nothing is mapped. To be called when memory is started. False if there is no memory left. */
export function startHostTables(): bool {
  nextTable = 1;
  nextFrame = FIRST_GUEST_FRAME;
  hostRoot = takeHostTable();
  return hostRoot != 0;
}

/** The host's entry at host-physical address `address`, which is in a table. */
export function hostEntry(address: u64): u64 {
  return load<u64>(bytesOf(HOST_SPACE | address));
}

export function isHostPresent(entry: u64): bool {
  return (entry & EPT_RIGHTS) != 0;
}

export function isHostLeaf(entry: u64, level: u32): bool {
  return level == 1 || (entry & PTE_PS) != 0;
}

/** Gives the page of `gpa` frames. Only where it has none. False if there is no memory left for tables, or no address for it. */
export function mapHostPage(gpa: u64): bool {
  if (gpa >> GUEST_ADDRESS_BITS != 0) return false;
  const leaf = nestedConfig.leafLevel;
  let table = hostRoot;
  for (let level = TOP_LEVEL; level > leaf; level--) {
    const at = bytesOf(HOST_SPACE | entryAddress(table, gpa, level));
    let entry = load<u64>(at);
    if (!isHostPresent(entry)) {
      const made = takeHostTable();
      if (made == 0) return false;
      entry = made | EPT_RIGHTS;
      store<u64>(at, entry);
    }
    table = entry & PTE_ADDRESS;
  }
  const frame = nextFrame;
  nextFrame += pagesOf(leaf);
  const entry = (frame << PAGE_SHIFT) | EPT_WRITE_BACK | EPT_RIGHTS | (leaf > 1 ? PTE_PS : 0);
  store<u64>(bytesOf(HOST_SPACE | entryAddress(table, gpa, leaf)), entry);
  return true;
}

/** Where `gpa` is in host-physical memory, which has been mapped. Nothing changes. */
export function hostAddressOf(gpa: u64): u64 {
  let table = hostRoot;
  let level = TOP_LEVEL;
  let entry = hostEntry(entryAddress(table, gpa, level));
  while (!isHostLeaf(entry, level)) {
    table = entry & PTE_ADDRESS;
    level--;
    entry = hostEntry(entryAddress(table, gpa, level));
  }
  return (entry & PTE_ADDRESS) | (gpa & ((pagesOf(level) << PAGE_SHIFT) - 1));
}

/** Host-physical address of a zeroed frame for a table; 0 if there is no memory left. */
function takeHostTable(): u64 {
  const table = nextTable << PAGE_SHIFT;
  if (nextTable == FIRST_GUEST_FRAME || makeBytes(HOST_SPACE | table) == 0) return 0;
  nextTable++;
  return table;
}
