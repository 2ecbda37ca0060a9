/** Reads what a profiled run noted of its misses (assembly/profile/). */
import { accessNameOf } from "./access-name.ts";
import type { KernelInstance } from "./instance.ts";
import type { CountsSoFar, MissedBlock, MissProfile, Protection } from "./misses.ts";

/** Reads the profile of a run that was configured to have one. */
export function readProfile(kernel: KernelInstance): MissProfile {
  const x = kernel.exports;
  return {
    intervalRecords: Number(x.intervalRecords()),
    ends: listOf(x.endedIntervals(), (index) => readEnd(kernel, index)),
    blockBytes: 2 ** x.blockShift(),
    blocks: readBlocks(kernel),
    protections: listOf(x.protectionCount(), (index) => readProtection(kernel, index)),
  };
}

function readEnd(kernel: KernelInstance, index: number): CountsSoFar {
  const x = kernel.exports;
  const address = (x.intervalEnds() >>> 0) + index * x.END_BYTES.value;
  const count = (offset: { value: number }) => countAt(kernel.view(), address + offset.value);
  return {
    l1iMisses: count(x.END_L1I_MISSES),
    l1dMisses: count(x.END_L1D_MISSES),
    stlbMisses: count(x.END_STLB_MISSES),
    walkReferences: count(x.END_WALK_REFERENCES),
    minorFaults: count(x.END_MINOR_FAULTS),
  };
}

/** Column by column, as they lie in memory; most of what there is to read is zero. */
function readBlocks(kernel: KernelInstance): MissedBlock[] {
  const x = kernel.exports;
  const view = kernel.view();
  const intervals = x.endedIntervals() + 1;
  const counts = () => Array<number>(intervals).fill(0);
  const blocks = listOf(x.missedBlocks(), (row) => ({
    address: view.getBigUint64((x.blockNumbers() >>> 0) + 8 * row, true) << BigInt(x.blockShift()),
    l1Misses: counts(),
    stlbMisses: counts(),
  }));
  const [cellBytes, columnBytes] = [x.CELL_BYTES.value, x.COLUMN_BYTES.value];
  const [l1Offset, stlbOffset] = [x.CELL_L1_MISSES.value, x.CELL_STLB_MISSES.value];
  for (let interval = 0; interval < intervals; interval++) {
    let cell = (x.missCells() >>> 0) + interval * columnBytes;
    for (const { l1Misses, stlbMisses } of blocks) {
      const misses = countAt(view, cell + l1Offset);
      if (misses > 0) {
        l1Misses[interval] = misses;
        stlbMisses[interval] = countAt(view, cell + stlbOffset);
      }
      cell += cellBytes;
    }
  }
  return blocks;
}

function readProtection(kernel: KernelInstance, index: number): Protection {
  const x = kernel.exports;
  return {
    address: BigInt.asUintN(64, x.protectionAddress(index)),
    access: accessNameOf(x, x.protectionKind(index)),
    interval: x.protectionInterval(index),
  };
}

/** The u64 at `address`. Not by way of a BigInt: there may be a million of them. */
function countAt(view: DataView, address: number): number {
  return view.getUint32(address, true) + 2 ** 32 * view.getUint32(address + 4, true);
}

function listOf<Item>(length: number, item: (index: number) => Item): Item[] {
  return Array.from({ length }, (_, index) => item(index));
}
