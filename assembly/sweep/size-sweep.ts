/**
 * All TLBs of one page size, over one list of references: stack distances for the fully associative ones, a stack for
 * each set count, TLBs of their own for the others; and the L1 TLBs in front of them, if there are any.
 *
 * What may be left out: a reference to the page that was referred to last. And a page at the front of its set is also at
 * the front of its set at any multiple of that set count: stacks of power-of-two sets form a chain, in ascending order,
 * and a reference goes down it only as far as the first stack where its page is at the front.
 */
import { place } from "../arena";
import { EVENT_FLUSH, EVENT_UNMAP_FROM, STATUS_OK, STATUS_OUT_OF_MEMORY } from "../layout";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { pageShiftOf } from "../paging";
import { Lru } from "../policies/lru";
import { REFERENCE_DATA, REFERENCE_EVENT, REFERENCE_PAGE_SHIFT, REFERENCE_WRITE } from "../references";
import { Tlb } from "../tlb";
import { Distances } from "./distances";
import { KEY_FIRST_STORE, KEY_FLUSH, KEY_UNMAP_FROM, KEY_UNMAP_TO, addKey } from "./keys";
import { Pages, idOf, isStored, pageOf, setStored, unmapPage } from "./pages";
import { SetStack } from "./set-stack";
import { flushTlb, isNibbleTlb, refer, unmapFromTlb } from "./tlbs";

/** No page number, even with DATA_PAGE. */
const NO_PAGE: u64 = ~0;
/** Marks the page of a data reference where those of fetches are looked up elsewhere. */
const DATA_PAGE: u64 = 1 << 62;
const EVENT_BITS: u64 = 3;

@final
@unmanaged
export class SizeSweep {
  /** 1: 4 KiB pages, 2: 2 MiB, 3: 1 GiB. */
  leafLevel: u32;
  /** Whether TLBs of their own want keys. */
  wantsKeys: bool;
  /** The stacks, one after the other: first those of the chain, by ascending sets. */
  stacks: usize;
  chainCount: u32;
  stackCount: u32;
  pages: Pages;
  /** null if they are not wanted. */
  distances: Distances | null;
  /** The L1 TLBs in front; null where there is none. */
  l1i: Tlb | null;
  l1d: Tlb | null;
  /** Pages' first stores since they were mapped. */
  firstStores: u64;
  /** The page referred to last, with DATA_PAGE if that matters, and its record. */
  private latest: u64;
  private latestRecord: usize;
  /** First page of the range whose end comes next. */
  private unmapFrom: u64;

  /** Gives it its memory, nothing yet referred to. False if there is none left. */
  configure(leafLevel: u32, wantsDistances: bool): bool {
    this.leafLevel = leafLevel;
    this.latest = NO_PAGE;
    const pages = place(offsetof<Pages>());
    if (pages == 0) return false;
    this.pages = changetype<Pages>(pages);
    if (!this.pages.configure()) return false;
    if (!wantsDistances) return true;
    const distances = place(offsetof<Distances>());
    if (distances == 0) return false;
    this.distances = changetype<Distances>(distances);
    return changetype<Distances>(distances).configure(this.pages);
  }

  /** Takes the references and events from `from` to `to`, and adds keys if they are wanted. Returns a STATUS_. */
  take(from: usize, to: usize): u32 {
    const shift = <u64>(pageShiftOf(this.leafLevel) + REFERENCE_PAGE_SHIFT);
    const hasL1 = this.l1i != null || this.l1d != null;
    for (let at = from; at < to; at += 8) {
      const reference = load<u64>(at);
      let page = reference >> shift; // of an event, none that there is
      const named = hasL1 && (reference & REFERENCE_DATA) != 0 ? page | DATA_PAGE : page;
      if (named == this.latest) {
        if ((reference & REFERENCE_WRITE) != 0) this.noteStore(this.latestRecord);
        continue;
      }
      if ((reference & REFERENCE_EVENT) != 0) {
        this.takeEvent(reference, shift);
        continue;
      }
      const record = this.pages.recordOf(page);
      if (record == 0) return STATUS_OUT_OF_MEMORY;
      this.latest = named;
      this.latestRecord = record;
      const isFirstStore = (reference & REFERENCE_WRITE) != 0 && this.noteStore(record);
      if (hasL1 && this.hitsL1(page, reference)) continue;
      if (!this.pages.isPresent(record)) {
        if (this.pages.isExhausted) return STATUS_OUT_OF_MEMORY;
        this.pages.makePresent(record);
      }
      const distances = this.distances;
      if (distances != null && !distances.refer(record, isFirstStore)) return STATUS_OUT_OF_MEMORY;
      this.referInStacks(page, idOf(record), isFirstStore);
      if (this.wantsKeys) addKey(isFirstStore ? page | KEY_FIRST_STORE : page);
    }
    return STATUS_OK;
  }

  @inline
  private referInStacks(page: u64, id: u32, isFirstStore: bool): void {
    let at = this.stacks;
    const chainEnd = at + this.chainCount * offsetof<SetStack>();
    while (at < chainEnd) {
      const stack = changetype<SetStack>(at);
      if (!stack.refer(stack.chainedSetOf(page), id, isFirstStore)) break;
      at += offsetof<SetStack>();
    }
    const end = this.stacks + this.stackCount * offsetof<SetStack>();
    for (at = chainEnd; at < end; at += offsetof<SetStack>()) {
      const stack = changetype<SetStack>(at);
      stack.refer(stack.setOf(page), id, isFirstStore);
    }
  }

  /** Notes a store to the page of `record`. Returns whether it is its first. */
  private noteStore(record: usize): bool {
    if (isStored(record)) return false;
    setStored(record);
    this.firstStores++;
    return true;
  }

  /** Looks `page` up in the L1 that `reference` goes to. */
  private hitsL1(page: u64, reference: u64): bool {
    const l1 = (reference & REFERENCE_DATA) != 0 ? this.l1d! : this.l1i!;
    return isNibbleTlb(l1)
      ? refer<Lru, NibbleTlb>(changetype<NibbleTlb>(l1), page)
      : refer<Lru, RingTlb>(changetype<RingTlb>(l1), page);
  }

  private takeEvent(reference: u64, shift: u64): void {
    this.latest = NO_PAGE;
    const event = <u32>(reference & EVENT_BITS);
    const page = (reference & ~REFERENCE_EVENT) >> shift;
    if (event == EVENT_FLUSH) this.flush();
    else if (event == EVENT_UNMAP_FROM) this.unmapFrom = page;
    else this.unmap(this.unmapFrom, page);
  }

  private flush(): void {
    const idsBeginAnew = this.pages.flush();
    const distances = this.distances;
    if (distances != null) distances.flush();
    for (let index: u32 = 0; index < this.stackCount; index++) {
      if (idsBeginAnew) this.stackAt(index).clear();
      else this.stackAt(index).flush();
    }
    if (this.l1i != null) flushTlb(this.l1i!);
    if (this.l1d != null) flushTlb(this.l1d!);
    if (this.wantsKeys) addKey(KEY_FLUSH);
  }

  private unmap(from: u64, to: u64): void {
    if (to - from < <u64>this.pages.count) {
      for (let page = from; page <= to; page++) {
        const record = this.pages.find(page);
        if (record != 0) this.unmapRecord(record);
      }
    } else {
      for (let number: u32 = 1; number <= this.pages.count; number++) {
        const record = this.pages.recordAt(number);
        if (pageOf(record) - from <= to - from) this.unmapRecord(record);
      }
    }
    if (this.l1i != null) unmapFromTlb(this.l1i!, from, to, 0);
    if (this.l1d != null) unmapFromTlb(this.l1d!, from, to, 0);
    if (!this.wantsKeys) return;
    addKey(KEY_UNMAP_FROM | from);
    addKey(KEY_UNMAP_TO | to);
  }

  private unmapRecord(record: usize): void {
    if (this.pages.isPresent(record)) {
      const distances = this.distances;
      if (distances != null) distances.invalidate(record);
      for (let index: u32 = 0; index < this.stackCount; index++) {
        const stack = this.stackAt(index);
        stack.invalidate(stack.isInChain ? stack.chainedSetOf(pageOf(record)) : stack.setOf(pageOf(record)), idOf(record));
      }
    }
    unmapPage(record);
  }

  private stackAt(index: u32): SetStack {
    return changetype<SetStack>(this.stacks + <usize>index * offsetof<SetStack>());
  }

  /** Misses of the L1 that data, or fetches, go to; 0 if there is none. */
  l1Misses(isData: bool): u64 {
    const l1 = isData ? this.l1d : this.l1i;
    return l1 != null ? l1.misses : 0;
  }
}
