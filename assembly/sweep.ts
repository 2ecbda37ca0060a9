/**
 * Many one-level TLBs over one list of references: LRU by stacks (stacks.ts), one for all TLBs of a set count; others
 * each directly.
 */
import { place } from "./arena";
import { POLICY_LRU, STATUS_OK, STATUS_OUT_OF_MEMORY } from "./layout";
import { startOver } from "./machine";
import { pageShiftOf } from "./paging";
import { MAX_REFERENCES, REFERENCES, REFERENCE_PAGE_SHIFT } from "./references";
import { NibbleTlb } from "./orders/nibbles";
import { RingTlb } from "./orders/rings";
import { Stack } from "./stacks";
import { MAX_SIMD_WAYS, Tlb } from "./tlb";

/** One point as the host describes it, all u32. ways divides entries. */
@final
@unmanaged
export class Point {
  entries: u32;
  ways: u32;
  /** 1: 4 KiB pages, 2: 2 MiB, 3: 1 GiB. */
  leafLevel: u32;
  /** A POLICY_. */
  policy: u32;
  /** The kernel's own: one of the two, the other is null. */
  tlb: Tlb | null;
  stack: Stack | null;

  get misses(): u64 {
    const stack = this.stack;
    return stack != null ? stack.missesOf(this.ways) : this.tlb!.misses;
  }
}

let points: usize = 0;
export let pointCount: u32 = 0;
let stacks: usize = 0;
let stackCount: u32 = 0;
/** u32 ways of all stacks' sizes. */
let sizes: usize = 0;
/** Page numbers of the references at the page size under way, a run of equal ones once. */
let keys: usize = 0;

/** Makes room for `count` points, forgetting every earlier configuration. Address of the first, 0 if out of memory. */
export function beginPoints(count: u32): usize {
  startOver();
  pointCount = count;
  points = place(<usize>count * offsetof<Point>());
  stacks = place(<usize>count * offsetof<Stack>());
  stackCount = 0;
  keys = place((<usize>MAX_REFERENCES) << 3);
  sizes = place((<usize>count) << 2);
  return stacks == 0 || keys == 0 || sizes == 0 ? 0 : points;
}

/** Point number `index`. */
export function pointAt(index: u32): Point {
  return changetype<Point>(points + <usize>index * offsetof<Point>());
}

/**
 * Gives every point an empty TLB. LRU points of one page size and set count share a stack if no others are between
 * them; they must come by ascending ways, and the stacks of a page size by ascending set counts. Returns a STATUS_.
 */
export function configurePoints(): u32 {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (point.policy == POLICY_LRU) joinStack(index);
    else if (!configureTlb(point)) return STATUS_OUT_OF_MEMORY;
  }
  for (let index: u32 = 0; index < stackCount; index++) if (!stackAt(index).configure()) return STATUS_OUT_OF_MEMORY;
  return STATUS_OK;
}

function joinStack(index: u32): void {
  const point = pointAt(index);
  const sets = point.entries / point.ways;
  let stack = stackAt(stackCount - 1);
  if (stackCount == 0 || stack.leafLevel != point.leafLevel || stack.sets != sets) {
    stack = stackAt(stackCount);
    stackCount++;
    stack.leafLevel = point.leafLevel;
    stack.sets = sets;
    stack.sizes = sizes + (index << 2); // as many as there are points left
  }
  stack.addWays(point.ways);
  point.stack = stack;
}

function stackAt(index: u32): Stack {
  return changetype<Stack>(stacks + <usize>index * offsetof<Stack>());
}

function configureTlb(point: Point): bool {
  const at = place(offsetof<RingTlb>()); // the class with more fields
  if (at == 0) return false;
  point.tlb = changetype<Tlb>(at);
  return point.ways <= MAX_SIMD_WAYS
    ? changetype<NibbleTlb>(at).configure(point.entries, point.ways)
    : changetype<RingTlb>(at).configure(point.entries, point.ways);
}

/** Feeds the first `count` page numbers to the stacks of `leafLevel`. The page numbers are lost. */
export function feedStacks(leafLevel: u32, count: u32): void {
  const end = keys + ((<usize>count) << 3);
  for (let index: u32 = 0; index < stackCount; index++) {
    const stack = stackAt(index);
    if (stack.leafLevel == leafLevel && popcnt(stack.sets) != 1) stack.take(keys, end, false);
  }
  // Powers of two: each set is divided by the next, so what the one need not see is nothing to the next, either.
  let rest = end;
  for (let index: u32 = 0; index < stackCount; index++) {
    const stack = stackAt(index);
    if (stack.leafLevel == leafLevel && popcnt(stack.sets) == 1) rest = stack.take(keys, rest, true);
  }
}

/** Converts the first `count` references to page numbers of `leafLevel`. Returns how many are left. */
export function gatherKeys(count: u32, leafLevel: u32): u32 {
  const shift = <u64>(pageShiftOf(leafLevel) + REFERENCE_PAGE_SHIFT);
  let out = keys;
  let latest: u64 = ~0;
  for (let at = REFERENCES, end = REFERENCES + ((<usize>count) << 3); at < end; at += 8) {
    const key = load<u64>(at) >> shift;
    if (key == latest) continue;
    latest = key;
    store<u64>(out, key);
    out += 8;
  }
  return <u32>((out - keys) >> 3);
}

/** Feeds the first `count` page numbers to a point whose policy is P. */
export function simulatePoint<P>(point: Point, count: u32): void {
  if (point.ways <= MAX_SIMD_WAYS) simulateTlb<P, NibbleTlb>(changetype<NibbleTlb>(point.tlb!), count);
  else simulateTlb<P, RingTlb>(changetype<RingTlb>(point.tlb!), count);
}

function simulateTlb<P, T extends Tlb>(tlb: T, count: u32): void {
  const policy = changetype<P>(<usize>0);
  for (let at = keys, end = keys + ((<usize>count) << 3); at < end; at += 8) {
    const key = load<u64>(at);
    const set = tlb.setOf(key);
    const entry = tlb.find(key, set);
    if (entry >= 0) {
      // @ts-ignore: P is a policy class; asc checks its instances
      policy.touch<T>(tlb, entry, set);
      continue;
    }
    tlb.misses++;
    // @ts-ignore: as above
    tlb.replace(policy.victim<T>(tlb, set), key);
  }
}

export const POINT_ENTRIES: u32 = offsetof<Point>("entries");
export const POINT_WAYS: u32 = offsetof<Point>("ways");
export const POINT_LEAF_LEVEL: u32 = offsetof<Point>("leafLevel");
export const POINT_POLICY: u32 = offsetof<Point>("policy");
/** Bytes of one point. */
export const POINT_BYTES: u32 = offsetof<Point>();
