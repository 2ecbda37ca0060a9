/** The points of a sweep, and those of them that have a TLB of their own. */
import { place } from "../arena";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { simulatePointByPolicy } from "../policies/index";
import { Tlb } from "../tlb";
import { SetStack } from "./set-stack";
import { flushTlb, fold, isNibbleTlb, refer, unmapFromTlb } from "./tlbs";
import { VISIT_BYTES, isFirstStore, visitedPage } from "./visits";

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
  /** log2 sets if sets are found by xor, else 0. */
  foldBits: u32;
  /** 1: a TLB of its own; 0, with LRU only: part of a stack. */
  isDirect: u32;
  /** The kernel's own: one of the two, the other is null. */
  tlb: Tlb | null;
  stack: SetStack | null;
  /** First stores that missed in the TLB. */
  firstStoreMisses: u64;

  get sets(): u32 {
    return this.entries / this.ways;
  }
}

let points: usize = 0;
export let pointCount: u32 = 0;

/** Makes room for `count` points. Address of the first, 0 if out of memory. */
export function makePoints(count: u32): usize {
  pointCount = count;
  points = place(<usize>count * offsetof<Point>());
  return points;
}

export function pointAt(index: u32): Point {
  return changetype<Point>(points + <usize>index * offsetof<Point>());
}

/** Feeds the visits from `from` to `to` to the points of `leafLevel` that have a TLB of their own. */
export function feedPoints(leafLevel: u32, from: usize, to: usize): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (isDirectAt(point, leafLevel)) simulatePointByPolicy(point, from, to);
  }
}

/** Feeds visits to a point with a TLB of its own, whose policy is P. */
export function simulatePoint<P>(point: Point, from: usize, to: usize): void {
  const tlb = point.tlb!;
  if (isNibbleTlb(tlb)) simulateTlb<P, NibbleTlb>(point, changetype<NibbleTlb>(tlb), from, to);
  else simulateTlb<P, RingTlb>(point, changetype<RingTlb>(tlb), from, to);
}

function simulateTlb<P, T extends Tlb>(point: Point, tlb: T, from: usize, to: usize): void {
  const foldBits = point.foldBits;
  for (let at = from; at < to; at += VISIT_BYTES) {
    const hits = refer<P, T>(tlb, fold(visitedPage(at), foldBits));
    if (!hits && isFirstStore(at)) point.firstStoreMisses++;
  }
}

/** Invalidates every entry of the TLBs of `leafLevel`. */
export function flushPoints(leafLevel: u32): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (isDirectAt(point, leafLevel)) flushTlb(point.tlb!);
  }
}

/** Invalidates the entries of pages `from` to `to` in the TLBs of `leafLevel`. */
export function unmapFromPoints(leafLevel: u32, from: u64, to: u64): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (isDirectAt(point, leafLevel)) unmapFromTlb(point.tlb!, from, to, point.foldBits);
  }
}

function isDirectAt(point: Point, leafLevel: u32): bool {
  return point.leafLevel == leafLevel && point.isDirect != 0;
}
