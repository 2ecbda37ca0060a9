import { place } from "../arena";
import { NEVER, now } from "../clock";
import { HIT_STAMPS } from "../policies/effects";
import { Tlb } from "../tlb";

/** Order of up to 16 ways as the time of each entry's last move to the front (clock.ts), which shadow.ts can write. */
@final
@unmanaged
export class StampTlb extends Tlb {
  /** u64 stamp of each entry. */
  private stamps: usize;

  @inline
  find(key: u64, set: u32): i32 {
    return this.findBySimd(key, set);
  }

  @inline
  replace(entry: u32, key: u64): void {
    this.setKey(entry, key);
  }

  @inline
  toFront(entry: u32, _set: u32): void {
    store<u64>(this.stampAddress(entry), now);
  }

  @inline
  backToFront(set: u32): u32 {
    const entry = this.leastStamped(set);
    this.toFront(entry, set);
    return entry;
  }

  @inline
  moveEffect(): u32 {
    return HIT_STAMPS;
  }

  /** Address of the stamp of `entry`. */
  @inline
  stampAddress(entry: u32): usize {
    return this.stamps + ((<usize>entry) << 3);
  }

  @inline
  private leastStamped(set: u32): u32 {
    const at = this.stampAddress(set);
    let least = leastOf(at);
    if (this.stride > 4) {
      least = f64x2.pmin(least, leastOf(at + 32));
      if (this.stride > 8) least = f64x2.pmin(least, f64x2.pmin(leastOf(at + 64), leastOf(at + 96)));
    }
    const other = v128.shuffle<u64>(least, least, 1, 0);
    return set + this.wayOf(at, f64x2.pmin(least, other));
  }

  /** Index of the first stamp from `at` that equals both lanes of `stamp`, which is one of the set's. */
  @inline
  private wayOf(at: usize, stamp: v128): u32 {
    // Which of the branches are taken depends on the ways alone.
    let found = equalOf4(at, stamp);
    if (this.stride > 4) {
      found |= equalOf4(at + 32, stamp) << 4;
      if (this.stride > 8) found |= (equalOf4(at + 64, stamp) << 8) | (equalOf4(at + 96, stamp) << 12);
    }
    return ctz(found);
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  configure(entries: u32, ways: u32): bool {
    const stride: u32 = ways <= 4 ? 4 : ways <= 8 ? 8 : 16;
    if (!this.placeEntries(entries, ways, stride)) return false;
    const numbers = this.sets * stride;
    this.stamps = place((<usize>numbers) << 3);
    if (this.stamps == 0) return false;
    for (let entry: u32 = 0; entry < numbers; entry++) {
      // Empty ways come before any that was used, ways that do not exist come never.
      const exists = entry % stride < ways;
      store<u64>(this.stampAddress(entry), exists ? NEVER : reinterpret<u64>(Infinity));
    }
    return true;
  }
}

/** In its lanes the lesser ones of the four stamps at `at`. */
function leastOf(at: usize): v128 {
  return f64x2.pmin(v128.load(at), v128.load(at, 16));
}

/** One bit for each of the four stamps at `at` that equals both lanes of `stamp`. */
function equalOf4(at: usize, stamp: v128): u32 {
  const low = i64x2.bitmask(i64x2.eq(v128.load(at), stamp));
  const high = i64x2.bitmask(i64x2.eq(v128.load(at, 16), stamp));
  return <u32>(low | (high << 2));
}
