/** The points of a sweep, and those of them that have a TLB of their own. */
import { place } from "../arena";
import { POLICY_OPT } from "../layout";
import { HAS_ALL_POLICIES } from "../policies/index";
import { ByNumber } from "../orders/by-number";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { simulatePointByPolicy } from "../orders/index";
import { setNextUse } from "../policies/opt";
import { NumberedTlb, Tlb } from "../tlb";
import { Chain } from "./chain";
import { Distances } from "./distances";
import { SetStack } from "./set-stack";
import { flushTlb, fold, isNibbleTlb, refer, unmapFromTlb } from "./tlbs";
import { isFirstStore, pagesEnd, pagesSeen, visitedPage } from "./visits";

/** LRU: it is part of a chain, a stack, or the distances of its page size. */
export const ENGINE_ONE_PASS: u32 = 0;
/** A TLB of its own. */
export const ENGINE_DIRECT: u32 = 1;
/** LRU: a TLB of its own that only checks what the other way counts of the same point, for some time. */
export const ENGINE_CHECK: u32 = 2;

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
  /** An ENGINE_. */
  engine: u32;
  /** The kernel's own: null unless it has a TLB of its own. */
  tlb: Tlb | null;
  /** What else counts it: one of the three at most, the others are null. */
  chain: Chain | null;
  stack: SetStack | null;
  distances: Distances | null;
  /** First stores that missed in `tlb`. */
  tlbFirstStoreMisses: u64;
  /** Whether a check has ended, and what the other way had counted then. */
  private hasEnded: bool;
  private missesAtEnd: u64;
  private firstStoreMissesAtEnd: u64;

  get sets(): u32 {
    return this.entries / this.ways;
  }

  /** Whether it has a TLB of its own that is still fed. */
  get isFed(): bool {
    return this.engine != ENGINE_ONE_PASS && !this.hasEnded;
  }

  /** Misses so far in one pass; of a check that has ended, those until then. */
  get onePassMisses(): u64 {
    if (this.hasEnded) return this.missesAtEnd;
    const chain = this.chain;
    if (chain != null) return chain.missesOf(this.sets, this.ways);
    const stack = this.stack;
    return stack != null ? stack.missesOf(this.ways) : this.distances!.missesOf(this.ways);
  }

  /** Pages' first stores among them. */
  get onePassFirstStoreMisses(): u64 {
    if (this.hasEnded) return this.firstStoreMissesAtEnd;
    const chain = this.chain;
    if (chain != null) return chain.firstStoreMissesOf(this.sets, this.ways);
    const stack = this.stack;
    return stack != null ? stack.firstStoreMissesOf(this.ways) : this.distances!.firstStoreMissesOf(this.ways);
  }

  endCheck(): void {
    this.missesAtEnd = this.onePassMisses;
    this.firstStoreMissesAtEnd = this.onePassFirstStoreMisses;
    this.hasEnded = true;
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

/**
 * Feeds the pages seen to the points of `leafLevel` that have a TLB of their own. `nextUses`: u32 for each of the pages, if any
 * policy has to know: when it is seen next.
 */
export function feedPoints(leafLevel: u32, nextUses: usize): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (!isFedAt(point, leafLevel)) continue;
    if (HAS_ALL_POLICIES && point.policy == POLICY_OPT) simulateTold(point, nextUses);
    else simulatePointByPolicy(point);
  }
}

/** Ends the checks of `leafLevel`. Returns whether any point there has a TLB of its own that is still fed. */
export function endChecks(leafLevel: u32): bool {
  let isAnyFed = false;
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (!isFedAt(point, leafLevel)) continue;
    if (point.engine == ENGINE_CHECK) point.endCheck();
    else isAnyFed = true;
  }
  return isAnyFed;
}

/** Feeds the pages seen to a point with a TLB of its own, whose policy is P. */
export function simulatePoint<P>(point: Point): void {
  const tlb = point.tlb!;
  if (isNibbleTlb(tlb)) simulateTlb<P, NibbleTlb>(point, changetype<NibbleTlb>(tlb));
  else simulateTlb<P, RingTlb>(point, changetype<RingTlb>(tlb));
}

function simulateTlb<P, T extends NumberedTlb>(point: Point, tlb: T): void {
  const foldBits = point.foldBits;
  for (let at = pagesSeen; at < pagesEnd; at += 8) {
    const hits = refer<P, T>(tlb, fold(visitedPage(at), foldBits));
    if (!hits && isFirstStore(at)) point.tlbFirstStoreMisses++;
  }
}

/** simulatePoint() with policy OPT, for each page seen told when it is seen next. */
function simulateTold(point: Point, nextUses: usize): void {
  const tlb = point.tlb!;
  let next = nextUses;
  for (let at = pagesSeen; at < pagesEnd; at += 8) {
    setNextUse(load<u32>(next));
    next += 4;
    const key = fold(visitedPage(at), point.foldBits);
    const hits = isNibbleTlb(tlb)
      ? refer<ByNumber, NibbleTlb>(changetype<NibbleTlb>(tlb), key)
      : refer<ByNumber, RingTlb>(changetype<RingTlb>(tlb), key);
    if (!hits && isFirstStore(at)) point.tlbFirstStoreMisses++;
  }
}

/** Invalidates every entry of the TLBs of `leafLevel`. */
export function flushPoints(leafLevel: u32): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (isFedAt(point, leafLevel)) flushTlb(point.tlb!);
  }
}

/** The same, of TLBs that hold nothing but the pages seen. */
export function flushSeenFromPoints(leafLevel: u32): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (!isFedAt(point, leafLevel)) continue;
    for (let at = pagesSeen; at < pagesEnd; at += 8) {
      const page = visitedPage(at);
      unmapFromTlb(point.tlb!, page, page, point.foldBits);
    }
  }
}

/** Invalidates the entries of pages `from` to `to` in the TLBs of `leafLevel`. */
export function unmapFromPoints(leafLevel: u32, from: u64, to: u64): void {
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    if (isFedAt(point, leafLevel)) unmapFromTlb(point.tlb!, from, to, point.foldBits);
  }
}

function isFedAt(point: Point, leafLevel: u32): bool {
  return point.leafLevel == leafLevel && point.isFed;
}
