/** The operating system of a replay, as the host tells the kernel of it, and what it reads back. */
import type { ReclaimPolicy } from "../config/os-config.ts";
import { KernelError } from "../errors.ts";
import { type AccessName, accessNameOf } from "./access-name.ts";
import type { KernelInstance } from "./instance.ts";
import { rightsBits } from "./vmas.ts";

/** A change of the mappings of a process, before the record of index `record`. */
export interface VmaChange {
  record: number;
  /** 4 KiB page numbers, of all 52 bits. */
  firstPage: bigint;
  lastPage: bigint;
  change: "map" | "unmap" | "protect" | "level";
  /** `rw-`. */
  permissions: string;
  isAnonymous: boolean;
  /** The caller's number of its name. */
  name: number;
  /** Of a new mapping or a change of level: that of the leaves that first touch makes; 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB; 0: as everywhere. */
  leafLevel: 0 | 1 | 2 | 3;
}

/** TLBs of a hierarchy with policy `opt`, by their indexes. */
export interface TlbFutures {
  /** Those of which lookups are listed: see OsReplay.listedLookups(). */
  listed: readonly number[];
  /** Those that are told before each run() when the pages that they look up are looked up next: see OsReplay.nextLookups(). */
  known: readonly number[];
}

/** The operating system of a replay. */
export interface OsSetup {
  /** Level of the leaves that first touch makes where a mapping does not say. */
  leafLevel: 1 | 2 | 3;
  pcids: boolean;
  /** Whether munmap and mprotect are obeyed where the trace tells of them. */
  obeysCalls: boolean;
  /** Records after which another process runs, where there is one trace; 0: never. @default 0 */
  switchEvery?: number;
  /** Whether the kernel has page tables of its own. @default false */
  kpti?: boolean;
  /** Frames for pages of the program, and slots of swap; `null`: no limit. */
  memoryFrames: number | null;
  swapSlots: number | null;
  /** Which page goes when memory is full. */
  reclaim: ReclaimPolicy;
  /** Begins what is chosen at random, 0..2^32 - 1. */
  seed: number;
  /** Whether the uses of pages are listed, for `reclaim: "opt"` of another replay; there is no limit then. @default false */
  listsUses?: boolean;
  /** What TLBs with policy `opt` are told. @default nothing */
  futures?: TlbFutures;
  /** The changes in their order; `null`: everything is mapped from the beginning, with all rights. */
  changes: readonly VmaChange[] | null;
  /** Of several traces, how many of `changes` are of each, in the order of the traces; `levels` is empty. @default one trace */
  changesOfTraces?: readonly number[] | undefined;
  /** Whether the changes tell what regions are called, and map nothing: everything is mapped. */
  onlyNames: boolean;
  /** Changes of level that come before all others. */
  levels: readonly VmaChange[];
  /** Transparent huge pages; `null`: there are none. */
  thp: {
    /** The share of requests for 2 MiB blocks that are answered, 0..1, and what begins the random numbers that decide which. */
    available: number;
    seed: number;
    /** Records between two passes that promote parts of so many pages, 1..512; 0: there are none. */
    khugepaged: number;
    khugepagedPages: number;
  } | null;
}

/** An access of a replay that ended in SIGSEGV after a page fault. */
export interface SignalRecord {
  /** Index of its record in the replay. */
  record: number;
  address: bigint;
  kind: AccessName;
  code: "SEGV_MAPERR" | "SEGV_ACCERR";
}

/**
 * Writes the options of `setup` but its changes, which have no place before the kernel is configured.
 * @internal
 */
export function putOsOptions(kernel: KernelInstance, setup: OsSetup): void {
  const x = kernel.exports;
  const at = x.clearOsConfig();
  const put = (offset: { value: number }, value: number) => kernel.view().setUint32(at + offset.value, value, true);
  put(x.OS_LEAF_LEVEL, setup.leafLevel);
  put(x.OS_PCIDS, Number(setup.pcids));
  put(x.OS_OBEYS_CALLS, Number(setup.obeysCalls));
  put(x.OS_KPTI, Number(setup.kpti ?? false));
  put(x.OS_TRACES, setup.changesOfTraces?.length ?? 1);
  kernel.view().setBigUint64(at + x.OS_SWITCH_EVERY.value, BigInt(setup.switchEvery ?? 0), true);
  put(x.OS_HAS_MAPS, Number(setup.changes !== null && !setup.onlyNames));
  const changes = changesOf(setup);
  put(x.OS_CHANGES, changes.length);
  put(x.OS_MIXES_SIZES, Number(changes.some(({ leafLevel }) => leafLevel > 1)));
  kernel.view().setBigUint64(at + x.OS_MEMORY_FRAMES.value, BigInt(setup.memoryFrames ?? 0), true);
  put(x.OS_SWAP_SLOTS, Math.min(setup.swapSlots ?? x.OS_NO_LIMIT.value, x.OS_NO_LIMIT.value));
  put(x.OS_RECLAIM, reclaimNumber(kernel, setup.reclaim));
  put(x.OS_SEED, setup.seed);
  put(x.OS_LISTS_USES, Number(setup.listsUses ?? false));
  if (setup.thp === null) return;
  const { available, seed, khugepaged, khugepagedPages } = setup.thp;
  put(x.OS_TRANSPARENT, 1);
  put(x.OS_BLOCK_SEED, seed);
  put(x.OS_PROMOTED_PAGES, khugepagedPages);
  kernel.view().setFloat64(at + x.OS_BLOCK_SHARE.value, available, true);
  kernel.view().setBigUint64(at + x.OS_PROMOTED_EVERY.value, BigInt(khugepaged), true);
}

function reclaimNumber({ exports: x }: KernelInstance, reclaim: ReclaimPolicy): number {
  const numbers = {
    "second-chance": x.RECLAIM_SECOND_CHANCE,
    fifo: x.RECLAIM_FIFO,
    lru: x.RECLAIM_LRU,
    random: x.RECLAIM_RANDOM,
    opt: x.RECLAIM_OPT,
  } satisfies Record<ReclaimPolicy, { value: number }>;
  return numbers[reclaim].value;
}

function changesOf({ levels, changes }: OsSetup): VmaChange[] {
  return [...levels, ...(changes ?? [])];
}

/**
 * Writes the changes of `setup` into the table that the kernel made room for.
 * @internal
 */
export function putChanges(kernel: KernelInstance, setup: OsSetup): void {
  const x = kernel.exports;
  const view = kernel.view();
  const kinds = {
    map: x.CHANGE_MAP.value,
    unmap: x.CHANGE_UNMAP.value,
    protect: x.CHANGE_PROTECT.value,
    level: x.CHANGE_LEVEL.value,
  };
  changesOf(setup).forEach((change, index) => {
    const at = x.timelineAddress() + index * x.CHANGE_BYTES.value;
    view.setBigUint64(at + x.CHANGE_RECORD.value, BigInt(change.record), true);
    view.setBigUint64(at + x.CHANGE_FIRST.value, change.firstPage, true);
    view.setBigUint64(at + x.CHANGE_LAST.value, change.lastPage, true);
    view.setUint32(at + x.CHANGE_CHANGE.value, kinds[change.change], true);
    view.setUint32(at + x.CHANGE_FLAGS.value, flagsOf(kernel, change), true);
    view.setUint32(at + x.CHANGE_NAME.value, change.name, true);
  });
  let first = 0;
  setup.changesOfTraces?.forEach((count, trace) => {
    x.setTraceChanges(trace, first, count);
    first += count;
  });
}

function flagsOf(kernel: KernelInstance, { permissions, isAnonymous, leafLevel }: VmaChange): number {
  const x = kernel.exports;
  return (
    rightsBits(x, permissions) | (isAnonymous ? x.VMA_ANONYMOUS.value : 0) | (leafLevel << x.VMA_LEVEL_SHIFT.value)
  );
}

/** No page of the program can be evicted any more. */
export function memoryIsFull({ memoryFrames, swapSlots }: OsSetup): KernelError {
  const frames = `${memoryFrames} ${memoryFrames === 1 ? "frame" : "frames"} of 4 KiB (--memory)`;
  const slots = `${swapSlots} ${swapSlots === 1 ? "slot" : "slots"} of swap (--swap)`;
  const why =
    swapSlots === null
      ? `${frames} are in use, and the large pages in them, which were asked for (--huge, --page-size), are not evicted`
      : `${frames} and ${slots} are in use, and no page that is in a frame can be had again without one of either`;
  return new KernelError("memory-full", `the program needs more memory than there is: ${why}`);
}

/**
 * The first accesses that ended in SIGSEGV.
 * @internal
 */
export function readSignals(kernel: KernelInstance): SignalRecord[] {
  const x = kernel.exports;
  const view = kernel.view();
  return Array.from({ length: x.signalCount() }, (_, index) => {
    const at = x.signalsAddress() + index * x.SIGNAL_BYTES.value;
    const answer = view.getUint32(at + x.SIGNAL_ANSWER.value, true);
    return {
      record: Number(view.getBigUint64(at + x.SIGNAL_RECORD.value, true)),
      address: view.getBigUint64(at + x.SIGNAL_ADDRESS.value, true),
      kind: accessNameOf(x, view.getUint32(at + x.SIGNAL_KIND.value, true)),
      code: answer === x.FAULT_NOT_MAPPED.value ? "SEGV_MAPERR" : "SEGV_ACCERR",
    };
  });
}
