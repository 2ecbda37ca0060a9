/**
 * What the host calls for a sweep: it describes points, each a TLB of one level that is part of a stack or one of its
 * own, and says of which page sizes it wants the stack distances; it feeds references; and it asks for counts.
 *
 *   references ──▶ size-sweep.ts ──▶ visits.ts ─┬▶ distances.ts   one set of every size
 *    and events     one for each                ├▶ chain.ts       powers of two of sets, up to 16 ways
 *                   page size, with             ├▶ set-stack.ts   other set counts and ways, or xor: one for each
 *                   its pages.ts                └▶ point.ts       TLBs of their own (tlbs.ts): not LRU, or checks
 *
 * The first three are LRU stacks, made of the lists of lists.ts. ARCHITECTURE.md, "Sweeps", has the reasons.
 */
import { make, place } from "../arena";
import { HAS_ALL_POLICIES } from "../policies/index";
import { POLICY_OPT, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { startOver } from "../machine";
import { TOP_LEVEL } from "../paging";
import { HIT_REORDERS_TWICE } from "../policies/effects";
import { hitEffectOf } from "../policies/index";
import { MAX_REFERENCES, REFERENCES } from "../references";
import { MAX_CHAIN_SETS, MAX_CHAIN_WAYS } from "./chain";
import { resetLists } from "./lists";
import { ENGINE_CHECK, ENGINE_DIRECT, ENGINE_ONE_PASS, Point, makePoints, pointAt, pointCount } from "./point";
import { SetStack } from "./set-stack";
import { SizeSweep } from "./size-sweep";
import { makeTlb } from "./tlbs";
import { configureVisits } from "./visits";

/** What else there is to a sweep, all u32. */
@final
@unmanaged
class SweepConfig {
  /** Page sizes of which stack distances are wanted: bit 1 for leaf level 1, and so on. */
  distances: u32;
  /** The L1 TLBs in front, LRU; entries are 0 where there is none. */
  l1iEntries: u32;
  l1iWays: u32;
  l1dEntries: u32;
  l1dWays: u32;
  /** Pages seen of each size after which checks end; 0: never. */
  checkedPages: u32;
  /** Page sizes of which uses are listed, for points with policy OPT of another sweep: bits as in `distances`. */
  listed: u32;
  /** Those of them of which that other sweep has points that tell second hits, which are seen there, too. */
  listedTwice: u32;
}

const CONFIG: usize = memory.data(offsetof<SweepConfig>(), 8);
const config = changetype<SweepConfig>(CONFIG);

/** SetStacks, one after the other. */
let stacks: usize = 0;
let stackCount: u32 = 0;
/** The SizeSweep of each leaf level, null if nothing is wanted of it. */
let size1: SizeSweep | null = null;
let size2: SizeSweep | null = null;
let size3: SizeSweep | null = null;

export function sweepConfigAddress(): usize {
  return CONFIG;
}

/** Makes room for `count` points, forgetting every earlier configuration. Address of the first, 0 if out of memory. */
export function beginSweep(count: u32): usize {
  startOver();
  resetLists();
  const points = makePoints(count);
  stacks = place(<usize>count * offsetof<SetStack>());
  stackCount = 0;
  return stacks == 0 || !configureVisits() ? 0 : points;
}

/**
 * Gives the points described at beginSweep()'s address, and sweepConfigAddress(), what they need. Points
 * must come by page size, and those of one set count and index together. Returns a STATUS_.
 */
export function configureSweep(): u32 {
  size1 = null;
  size2 = null;
  size3 = null;
  for (let level: u32 = 1; level < TOP_LEVEL; level++) {
    const wantsDistances = ((config.distances >> level) & 1) != 0;
    const isListed = ((config.listed >> level) & 1) != 0;
    if (!wantsDistances && !isListed && !hasPointsAt(level)) continue;
    if (!configureSize(level, wantsDistances)) return STATUS_OUT_OF_MEMORY;
    if (!isListed) continue;
    if (HAS_ALL_POLICIES && !sizeOf(level)!.followUses(true)) return STATUS_OUT_OF_MEMORY;
    sizeOf(level)!.hasSecondHits = ((config.listedTwice >> level) & 1) != 0;
  }
  for (let index: u32 = 0; index < pointCount; index++) {
    const point = pointAt(index);
    const size = sizeOf(point.leafLevel)!;
    if (point.engine != ENGINE_DIRECT) joinStack(size, point);
    if (point.engine == ENGINE_ONE_PASS) continue;
    size.hasDirectPoints = true;
    if (hitEffectOf(point.policy) == HIT_REORDERS_TWICE) size.hasSecondHits = true;
    point.tlb = makeTlb(point.entries, point.ways, point.policy);
    if (point.tlb == null) return STATUS_OUT_OF_MEMORY;
    if (HAS_ALL_POLICIES && point.policy == POLICY_OPT && size.uses == null && !size.followUses(false))
      return STATUS_OUT_OF_MEMORY;
  }
  for (let index: u32 = 0; index < stackCount; index++) if (!stackAt(index).configure()) return STATUS_OUT_OF_MEMORY;
  for (let level: u32 = 1; level < TOP_LEVEL; level++) {
    const size = sizeOf(level);
    if (size != null && !size.chain.configure()) return STATUS_OUT_OF_MEMORY;
  }
  return STATUS_OK;
}

function hasPointsAt(leafLevel: u32): bool {
  for (let index: u32 = 0; index < pointCount; index++) if (pointAt(index).leafLevel == leafLevel) return true;
  return false;
}

function configureSize(leafLevel: u32, wantsDistances: bool): bool {
  const size = make<SizeSweep>();
  if (size == null) return false;
  if (leafLevel == 1) size1 = size;
  else if (leafLevel == 2) size2 = size;
  else size3 = size;
  if (!size.configure(leafLevel, wantsDistances)) return false;
  size.checkedPages = config.checkedPages;
  return size.front.configure(config.l1iEntries, config.l1iWays, config.l1dEntries, config.l1dWays);
}

function sizeOf(leafLevel: u32): SizeSweep | null {
  return leafLevel == 1 ? size1 : leafLevel == 2 ? size2 : size3;
}

function stackAt(index: u32): SetStack {
  return changetype<SetStack>(stacks + <usize>index * offsetof<SetStack>());
}

/** Makes `point` part of the distances, of a chain, of the stack that was made last, or of a new one. */
function joinStack(size: SizeSweep, point: Point): void {
  if (point.sets == 1 && size.distances != null) {
    point.distances = size.distances;
    return;
  }
  const isInChain = popcnt(point.sets) == 1 && point.sets <= MAX_CHAIN_SETS && point.ways <= MAX_CHAIN_WAYS;
  if (isInChain && point.foldBits == 0) {
    size.chain.add(point.sets, point.ways);
    point.chain = size.chain;
    return;
  }
  if (size.stackCount != 0) {
    const last = stackAt(stackCount - 1);
    if (last.sets == point.sets && last.foldBits == point.foldBits) {
      last.ways = max(last.ways, point.ways);
      point.stack = last;
      return;
    }
  }
  const stack = stackAt(stackCount++);
  stack.sets = point.sets;
  stack.foldBits = point.foldBits;
  stack.ways = point.ways;
  point.stack = stack;
  if (size.stackCount == 0) size.stacks = changetype<usize>(stack);
  size.stackCount++;
}

/** Feeds the first `count` references at referencesAddress() to every point. Returns a STATUS_. */
export function sweepReferences(count: u32): u32 {
  for (let level: u32 = 1; level < TOP_LEVEL; level++) {
    const size = sizeOf(level);
    if (size == null) continue;
    const status = size.take(REFERENCES, REFERENCES + ((<usize>count) << 3));
    if (status != STATUS_OK) return status;
  }
  return STATUS_OK;
}

// Of a point, by its index:

/** Misses so far of its own TLB, which it must have. */
export function directMisses(index: u32): u64 {
  return pointAt(index).tlb!.misses;
}

/** Pages' first stores among them. */
export function directFirstStoreMisses(index: u32): u64 {
  return pointAt(index).tlbFirstStoreMisses;
}

/** Misses so far as one pass counts them, which must count the point; of a check, until it ended. */
export function onePassMisses(index: u32): u64 {
  return pointAt(index).onePassMisses;
}

/** Pages' first stores among them. */
export function onePassFirstStoreMisses(index: u32): u64 {
  return pointAt(index).onePassFirstStoreMisses;
}

// Of the page size `leafLevel`, which points or distances must be wanted of:

/** Pages' first stores since they were mapped. */
export function firstStores(leafLevel: u32): u64 {
  return sizeOf(leafLevel)!.firstStores;
}

/** Distinct pages. */
export function footprint(leafLevel: u32): u32 {
  return sizeOf(leafLevel)!.pages.count;
}

export function l1iMisses(leafLevel: u32): u64 {
  return sizeOf(leafLevel)!.front.missesOf(false);
}

export function l1dMisses(leafLevel: u32): u64 {
  return sizeOf(leafLevel)!.front.missesOf(true);
}

// Of a page size of which uses are listed, or points have to know the next ones (use-list.ts):

/** Where u32 of them stand. There is room for seenUsesRoom(). */
export function seenUses(leafLevel: u32): usize {
  return sizeOf(leafLevel)!.uses!.address;
}

/** How many the latest references made. */
export function seenUsesCount(leafLevel: u32): u32 {
  return sizeOf(leafLevel)!.uses!.count;
}

/** The most that references of one call can make. */
export function seenUsesRoom(): u32 {
  return MAX_REFERENCES;
}

// Of the distances of a page size, which must be wanted:

/** One more than the greatest distance found. */
export function distanceCount(leafLevel: u32): u32 {
  return sizeOf(leafLevel)!.distances!.depths;
}

/** Address of as many u64: references found at each distance. None are counted at distance 0. */
export function distancesFound(leafLevel: u32): usize {
  return sizeOf(leafLevel)!.distances!.found;
}

/** The same of pages' first stores. */
export function distancesFirstStores(leafLevel: u32): usize {
  return sizeOf(leafLevel)!.distances!.firstStores;
}

/** References not found at any distance. */
export function coldMisses(leafLevel: u32): u64 {
  return sizeOf(leafLevel)!.distances!.cold;
}

/** First stores among them. */
export function firstStoresCold(leafLevel: u32): u64 {
  return sizeOf(leafLevel)!.distances!.firstStoresCold;
}

export const POINT_ENTRIES: u32 = offsetof<Point>("entries");
export const POINT_WAYS: u32 = offsetof<Point>("ways");
export const POINT_LEAF_LEVEL: u32 = offsetof<Point>("leafLevel");
export const POINT_POLICY: u32 = offsetof<Point>("policy");
export const POINT_FOLD_BITS: u32 = offsetof<Point>("foldBits");
export const POINT_ENGINE: u32 = offsetof<Point>("engine");
/** Bytes of one point. */
export const POINT_BYTES: u32 = offsetof<Point>();
export const SWEEP_DISTANCES: u32 = offsetof<SweepConfig>("distances");
export const SWEEP_L1I_ENTRIES: u32 = offsetof<SweepConfig>("l1iEntries");
export const SWEEP_L1I_WAYS: u32 = offsetof<SweepConfig>("l1iWays");
export const SWEEP_L1D_ENTRIES: u32 = offsetof<SweepConfig>("l1dEntries");
export const SWEEP_L1D_WAYS: u32 = offsetof<SweepConfig>("l1dWays");
export const SWEEP_CHECKED_PAGES: u32 = offsetof<SweepConfig>("checkedPages");
export const SWEEP_LISTED: u32 = offsetof<SweepConfig>("listed");
export const SWEEP_LISTED_TWICE: u32 = offsetof<SweepConfig>("listedTwice");
export { ENGINE_CHECK, ENGINE_DIRECT, ENGINE_ONE_PASS };
