/**
 * All TLBs of one page size, over one list of references: stack distances for the fully associative ones, a stack for
 * each set count, TLBs of their own for the others; and the L1 TLBs in front of them, if there are any.
 *
 * A reference to the page that was referred to last changes nothing, and is left out.
 */
import { HAS_ALL_POLICIES } from "../policies/index";
import { make } from "../arena";
import { EVENT_FLUSH, EVENT_UNMAP_FROM, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { pageShiftOf } from "../paging";
import { UseList } from "../use-list";
import {
  MAX_REFERENCES,
  REFERENCE_EVENT,
  REFERENCE_EVENT_MASK,
  REFERENCE_PAGE_SHIFT,
  REFERENCE_WRITE_SHIFT,
} from "../references";
import { Chain } from "./chain";
import { Distances } from "./distances";
import { Alone, BehindFront, Front } from "./front";
import { endChecks, feedPoints, flushPoints, flushSeenFromPoints, unmapFromPoints } from "./point";
import { Pages, isStored, numberOf, pageOf, setStored } from "./pages";
import { SetStack } from "./set-stack";
import {
  VISIT_BYTES,
  addPage,
  clearPages,
  isFirstStore,
  pagesEnd,
  pagesSeen,
  setVisit,
  visitedNumber,
  visitedPage,
  visitedPageBits,
  visits,
} from "./visits";

/** No page number, even with the bit that marks data (front.ts). */
const NO_PAGE: u64 = ~0;

@final
@unmanaged
export class SizeSweep {
  /** 1: 4 KiB pages, 2: 2 MiB, 3: 1 GiB. */
  leafLevel: u32;
  /** Whether any point has a TLB of its own. */
  hasDirectPoints: bool;
  /** Whether any of these can tell the second of two references in a row to a page: HIT_REORDERS_TWICE. */
  hasSecondHits: bool;
  chain: Chain;
  /** Other stacks, one after the other. */
  stacks: usize;
  stackCount: u32;
  pages: Pages;
  /** null if they are not wanted. */
  distances: Distances | null;
  /** The L1 TLBs in front of all. */
  front: Front;
  /** Pages' first stores since they were mapped. */
  firstStores: u64;
  /** The page referred to last, marked if data where that matters, and its record. */
  private latest: u64;
  private latestRecord: usize;
  /** The page of the visit before that to `latest`, and its record. */
  private previous: u64;
  private previousRecord: usize;
  private visitsEnd: usize;
  /** Whether another reference to `latest` is the second in a row, and somebody can tell. */
  private awaitsSecond: bool;
  /** Pages seen after which checks end, or 0; and those seen until now. */
  checkedPages: u32;
  private seen: u32;
  /** First page of the range whose end comes next. */
  private unmapFrom: u64;
  /** Whether the visits at hand are all there were since a flush. */
  private isFreshlyFlushed: bool;
  /** When the pages seen are seen next, or `null` if no point has to know; or it is only listed, for points of another sweep. */
  uses: UseList | null;
  private listsUses: bool;

  /** Gives it its memory, nothing yet referred to. False if there is none left. */
  configure(leafLevel: u32, wantsDistances: bool): bool {
    this.leafLevel = leafLevel;
    this.latest = NO_PAGE;
    this.previous = NO_PAGE;
    const pages = make<Pages>();
    const chain = make<Chain>();
    const front = make<Front>();
    if (pages == null || chain == null || front == null || !pages.configure()) return false;
    this.pages = pages;
    this.chain = chain;
    this.front = front;
    if (!wantsDistances) return true;
    const distances = make<Distances>();
    this.distances = distances;
    return distances != null && distances.configure();
  }

  /** Has uses be listed, or taken. False if there is no memory left. */
  followUses(lists: bool): bool {
    const uses = make<UseList>();
    this.uses = uses;
    this.listsUses = lists;
    this.hasDirectPoints = true; // so that there are pages seen
    return uses != null && uses.start(MAX_REFERENCES, lists);
  }

  /** Takes the references and events from `from` to `to`. Returns a STATUS_. */
  take(from: usize, to: usize): u32 {
    let at = from;
    this.isFreshlyFlushed = false; // the visits before are gone
    if (HAS_ALL_POLICIES && this.uses != null) this.uses!.restart();
    while (at < to) {
      clearPages();
      at = this.front.isAbsent ? this.lookUp<Alone>(at, to) : this.lookUp<BehindFront>(at, to);
      if (at == 0 || !this.referAll()) return STATUS_OUT_OF_MEMORY;
      if (this.hasDirectPoints && !this.feedDirectPoints()) return STATUS_OUT_OF_MEMORY;
      if (at < to) this.takeEvent(load<u64>(at));
      at += 8;
    }
    return STATUS_OK;
  }

  /** False if there is no memory left. */
  private feedDirectPoints(): bool {
    const pages = <u32>((pagesEnd - pagesSeen) >> 3);
    const uses = this.uses;
    if (HAS_ALL_POLICIES && uses != null && this.listsUses) return listUses(uses);
    feedPoints(this.leafLevel, !HAS_ALL_POLICIES || uses == null ? 0 : uses.takeMany(pages));
    if (this.checkedPages == 0) return true;
    this.seen += pages;
    if (this.seen < this.checkedPages) return true;
    this.hasDirectPoints = endChecks(this.leafLevel);
    this.checkedPages = 0;
    return true;
  }

  /**
   * Whether alternations may be left out: where A and B were referred to last, in this order, another A and B change
   * nothing. Both are found at depth 1 in every set that they share, and at the front of others.
   */
  private get leavesOutAlternations(): bool {
    return this.stackCount == 0 && this.distances != null;
  }

  /** Makes visits of the references from `from` to the next event, or `to`. Returns where it ended; 0: out of memory. */
  private lookUp<F>(from: usize, to: usize): usize {
    const way = changetype<F>(<usize>0);
    const shift = this.referenceShift;
    const pages = this.pages;
    let out = visits;
    let latest = this.latest;
    let latestRecord = this.latestRecord;
    // @ts-ignore: F is Alone or BehindFront; asc checks its instances
    const leavesOut: bool = way.isAlone() && this.leavesOutAlternations;
    let records = pages.records;
    const keepsPages = this.hasDirectPoints;
    let previous = this.previous;
    let previousRecord = this.previousRecord;
    let hasReturned = false; // whether the latest visit was to the page before the one before it, and no first store
    // @ts-ignore: as above
    const hasSecondHits: bool = way.isAlone() && this.hasSecondHits; // in front, they hit
    let awaitsSecond = this.awaitsSecond;
    let at = from;
    while (at < to) {
      const reference = load<u64>(at);
      const page = reference >> shift; // of an event, none that there is
      const isWrite = <u32>(reference >> REFERENCE_WRITE_SHIFT) & 1;
      // @ts-ignore: as above
      const named: u64 = way.nameOf(page, reference);
      if (named == latest) {
        if (isWrite > isStored(latestRecord)) this.noteFirstStore(latestRecord);
        if (awaitsSecond) addPage(page, 0);
        awaitsSecond = false;
        at += 8;
        continue;
      }
      if ((reference & REFERENCE_EVENT) != 0) break;
      at += 8;
      let record = previousRecord;
      const returns = named == previous;
      if (!returns) {
        record = pages.recordOf(page);
        if (record == 0) return 0;
      }
      const other = latest;
      previous = pages.records == records ? latest : NO_PAGE; // whose record has moved
      records = pages.records;
      previousRecord = latestRecord;
      latest = named;
      latestRecord = record;
      const isFirstStore = <u32>(isWrite > isStored(record));
      if (isFirstStore) this.noteFirstStore(record);
      // @ts-ignore: as above
      if (way.hits(this.front, page, reference)) continue;
      if (keepsPages) addPage(page, isFirstStore);
      awaitsSecond = hasSecondHits;
      if (returns & leavesOut & !isFirstStore) {
        if (hasReturned) {
          hasReturned = false;
          out -= VISIT_BYTES;
          this.countAlternation(page, other);
          continue;
        }
        hasReturned = true;
      } else {
        hasReturned = false;
      }
      setVisit(out, page, isFirstStore, numberOf(record));
      out += VISIT_BYTES;
    }
    this.latest = latest;
    this.latestRecord = latestRecord;
    this.previous = previous;
    this.previousRecord = previousRecord;
    this.awaitsSecond = awaitsSecond;
    this.visitsEnd = out;
    return at;
  }

  /** Refers to all visits, in the stacks and for the distances. False if memory is exhausted. */
  private referAll(): bool {
    const distances = this.distances;
    const chain = this.chain;
    const isSimple = this.stackCount == 0 && chain.holes == 0 && distances != null && distances!.holesInList == 0;
    const visitsEnd = this.visitsEnd;
    if (!isSimple) {
      for (let at = visits; at < visitsEnd; at += VISIT_BYTES) if (!this.referCarefully(at)) return false;
      return true;
    }
    for (let at = visits; at < visitsEnd; at += VISIT_BYTES) {
      if (isFirstStore(at)) {
        if (!this.referCarefully(at)) return false;
        continue;
      }
      const number = visitedNumber(at);
      if (!distances!.refer(number)) return false;
      chain.refer(visitedPageBits(at), number);
    }
    return true;
  }

  private referCarefully(visit: usize): bool {
    const page = visitedPage(visit);
    const number = visitedNumber(visit);
    const isFirst = isFirstStore(visit);
    this.chain.referCarefully(<u32>page, number, isFirst);
    for (let index: u32 = 0; index < this.stackCount; index++) this.stackAt(index).refer(page, number, isFirst);
    const distances = this.distances;
    return distances == null || distances.referCarefully(number, isFirst);
  }

  /** Counts a reference to `page`, and the one to `other` that will have been the visit before it. */
  private countAlternation(page: u64, other: u64): void {
    this.chain.countAlternation(<u32>page ^ <u32>other);
    this.distances!.countAlternation();
  }

  private noteFirstStore(record: usize): void {
    setStored(record, 1);
    this.firstStores++;
  }

  /** Bits of a reference below its page number. */
  private get referenceShift(): u64 {
    return <u64>(pageShiftOf(this.leafLevel) + REFERENCE_PAGE_SHIFT);
  }

  private takeEvent(reference: u64): void {
    this.latest = NO_PAGE;
    this.previous = NO_PAGE;
    const event = <u32>(reference & REFERENCE_EVENT_MASK);
    const page = (reference & ~REFERENCE_EVENT) >> this.referenceShift;
    if (event == EVENT_FLUSH) this.flush();
    else if (event == EVENT_UNMAP_FROM) this.unmapFrom = page;
    else this.unmap(this.unmapFrom, page);
    this.isFreshlyFlushed = event == EVENT_FLUSH;
  }

  private flush(): void {
    if (HAS_ALL_POLICIES && this.listsUses) this.uses!.forgetAll();
    const distances = this.distances;
    if (distances != null) distances.flush();
    if (this.isFreshlyFlushed) this.flushVisited();
    else this.flushWhole();
  }

  /** flush() where nothing but the visits at hand has to go: frequent flushes cost no more than what is between them. */
  private flushVisited(): void {
    for (let at = visits, visitsEnd = this.visitsEnd; at < visitsEnd; at += VISIT_BYTES) {
      const page = visitedPage(at);
      this.chain.flushSetsOf(<u32>page);
      for (let index: u32 = 0; index < this.stackCount; index++) this.stackAt(index).flushSetOf(page);
      this.front.unmap(page, page);
    }
    if (this.hasDirectPoints) flushSeenFromPoints(this.leafLevel);
  }

  private flushWhole(): void {
    this.chain.flush();
    for (let index: u32 = 0; index < this.stackCount; index++) this.stackAt(index).flush();
    this.front.flush();
    if (this.hasDirectPoints) flushPoints(this.leafLevel);
  }

  private unmap(from: u64, to: u64): void {
    this.pages.visitRange<SizeSweep>(this, from, to);
    this.front.unmap(from, to);
    if (HAS_ALL_POLICIES && this.listsUses) this.uses!.forget(from, to);
    if (this.hasDirectPoints) unmapFromPoints(this.leafLevel, from, to);
  }

  /** The page of `record` is mapped no more; when it is touched next it is another one, with D clear. */
  unmapRecord(record: usize): void {
    setStored(record, 0);
    const distances = this.distances;
    if (distances != null) distances.invalidate(numberOf(record));
    this.chain.invalidate(<u32>pageOf(record), numberOf(record));
    for (let index: u32 = 0; index < this.stackCount; index++) {
      this.stackAt(index).invalidate(pageOf(record), numberOf(record));
    }
  }

  private stackAt(index: u32): SetStack {
    return changetype<SetStack>(this.stacks + <usize>index * offsetof<SetStack>());
  }
}

/** Lists the pages seen. False if there is no memory left. */
function listUses(uses: UseList): bool {
  for (let at = pagesSeen; at < pagesEnd; at += 8) if (!uses.list(visitedPage(at))) return false;
  return true;
}
