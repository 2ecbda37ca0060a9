/** The L1 TLBs in front of second-level points: one for fetches, one for data, or either alone. They are LRU. */
import { POLICY_LRU } from "../layout";
import { NibbleTlb } from "../orders/nibbles";
import { RingTlb } from "../orders/rings";
import { Lru } from "../orders/lru";
import { REFERENCE_DATA } from "../references";
import { Tlb } from "../tlb";
import { flushTlb, isNibbleTlb, makeTlb, refer, unmapFromTlb } from "./tlbs";

/** Marks the page of a data reference, since that of a fetch is looked up elsewhere. No page number has the bit. */
const DATA_PAGE_SHIFT: u64 = 62;

@final
@unmanaged
export class Front {
  /** null where there is none. */
  private l1i: Tlb | null;
  private l1d: Tlb | null;

  /** Empty TLBs; one of 0 entries is none. False if there is no memory left. */
  configure(l1iEntries: u32, l1iWays: u32, l1dEntries: u32, l1dWays: u32): bool {
    if (l1iEntries != 0) {
      this.l1i = makeTlb(l1iEntries, l1iWays, POLICY_LRU);
      if (this.l1i == null) return false;
    }
    if (l1dEntries != 0) {
      this.l1d = makeTlb(l1dEntries, l1dWays, POLICY_LRU);
      if (this.l1d == null) return false;
    }
    return true;
  }

  get isAbsent(): bool {
    return this.l1i == null && this.l1d == null;
  }

  /** Looks `page` up in the TLB that `reference` goes to, and fills it. Returns whether it hit. */
  hits(page: u64, reference: u64): bool {
    const l1 = (reference & REFERENCE_DATA) != 0 ? this.l1d! : this.l1i!;
    return isNibbleTlb(l1)
      ? refer<Lru, NibbleTlb>(changetype<NibbleTlb>(l1), page)
      : refer<Lru, RingTlb>(changetype<RingTlb>(l1), page);
  }

  /** Invalidates every entry. */
  flush(): void {
    if (this.l1i != null) flushTlb(this.l1i!);
    if (this.l1d != null) flushTlb(this.l1d!);
  }

  /** Invalidates the entries of pages `from` to `to`. */
  unmap(from: u64, to: u64): void {
    if (this.l1i != null) unmapFromTlb(this.l1i!, from, to, 0);
    if (this.l1d != null) unmapFromTlb(this.l1d!, from, to, 0);
  }

  /** Misses of the TLB that data, or fetches, go to; 0 if there is none. */
  missesOf(isData: bool): u64 {
    const l1 = isData ? this.l1d : this.l1i;
    return l1 != null ? l1.misses : 0;
  }
}

// What SizeSweep.lookUp() is generic in.

/** Without a front: every reference is a visit. */
@final
@unmanaged
export class Alone {
  @inline
  isAlone(): bool {
    return true;
  }
  /** What tells a reference from the one before it. */
  @inline
  nameOf(page: u64, _reference: u64): u64 {
    return page;
  }
  @inline
  hits(_front: Front, _page: u64, _reference: u64): bool {
    return false;
  }
}

/** Behind a front: what that misses is a visit. */
@final
@unmanaged
export class BehindFront {
  @inline
  isAlone(): bool {
    return false;
  }
  @inline
  nameOf(page: u64, reference: u64): u64 {
    return page | ((reference & REFERENCE_DATA) << DATA_PAGE_SHIFT);
  }
  @inline
  hits(front: Front, page: u64, reference: u64): bool {
    return front.hits(page, reference);
  }
}
