import { BEFORE_ALL, now } from "../clock";
import { HIT_STAMPS } from "../policies/effects";
import { NOT_FOUND, NO_KEY, Tlb } from "../tlb";

const ENTRY_BYTES: u32 = 32;
/** Where in an entry there is room for 8 bytes of something else. */
const SPARE: u32 = 24;
/** Bytes of the four entries that are looked at together. */
const GROUP_BYTES: u32 = 4 * ENTRY_BYTES;

/** The stamp of ways that do not exist. */
const AFTER_ALL: u64 = ~0;

/**
 * Order of up to 16 ways as the time of each entry's last move to the front, which shadow.ts can write. Ways are looked
 * at one by one: a vector of what was stored piece by piece, and lately, has to wait for those stores.
 *
 *   0       8        16       24       32   byte
 *   ├───────┼────────┼────────┼────────┤    one entry, named by its address; sets of a multiple of 4 of them, named
 *   │  key  │  value │  stamp │        │    by the address of the first
 *   └───────┴────────┴────────┴────────┘
 */
@final
@unmanaged
export class StampTlb extends Tlb {
  private table: u32;
  private setBytes: u32;

  @inline
  setOf(key: u64): u32 {
    return this.table + this.setIndexOf(key) * this.setBytes;
  }

  /** setOf() where there are a power of two of sets. */
  @inline
  maskedSetOf(key: u64): u32 {
    return this.table + this.maskedIndexOf(key) * this.setBytes;
  }

  /** Whether sets have more than four ways. */
  @inline
  hasMoreWays(): bool {
    return this.setBytes != GROUP_BYTES;
  }

  /** Whether `way` of `set` holds `key`. */
  @inline
  wayHolds(way: u32, key: u64, set: u32): bool {
    return load<u64>(set + way * ENTRY_BYTES) == key;
  }

  @inline
  find(key: u64, set: u32): i32 {
    const found = findOf4(key, set);
    if (found != NOT_FOUND || !this.hasMoreWays()) return found;
    return this.findInRest(key, set);
  }

  /** find() but for the first four ways. */
  findInRest(key: u64, set: u32): i32 {
    for (let at = set + GROUP_BYTES; at < set + this.setBytes; at += GROUP_BYTES) {
      const found = findOf4(key, at);
      if (found != NOT_FOUND) return found;
    }
    return NOT_FOUND;
  }

  @inline
  key(entry: u32): u64 {
    return load<u64>(entry);
  }

  @inline
  value(entry: u32): u64 {
    return load<u64>(entry, 8);
  }

  @inline
  setValue(entry: u32, value: u64): void {
    store<u64>(entry, value, 8);
  }

  @inline
  replace(entry: u32, key: u64, _set: u32): void {
    store<u64>(entry, key);
  }

  @inline
  toFront(entry: u32, _set: u32): void {
    store<u64>(stampAddress(entry), now);
  }

  @inline
  backToFront(set: u32): u32 {
    const least = this.hasMoreWays() ? this.leastOf(set) : leastOf4(set);
    this.toFront(least, set);
    return least;
  }

  /** The entry of `set` whose stamp is the least. */
  private leastOf(set: u32): u32 {
    let least = leastOf4(set);
    for (let at = set + GROUP_BYTES; at < set + this.setBytes; at += GROUP_BYTES) {
      const other = leastOf4(at);
      if (load<u64>(stampAddress(other)) < load<u64>(stampAddress(least))) least = other;
    }
    return least;
  }

  @inline
  moveEffect(): u32 {
    return HIT_STAMPS;
  }

  // Two entries have room for what is no entry's: each set has four at least.

  @inline
  stateOf(set: u32): usize {
    return set + SPARE;
  }

  @inline
  takeInvalid(set: u32): u32 {
    const filled = load<u32>(set, ENTRY_BYTES + SPARE);
    store<u32>(set, filled + <u32>(filled < this.ways), ENTRY_BYTES + SPARE);
    return filled;
  }

  @inline
  wayOf(entry: u32, set: u32): u32 {
    return (entry - set) / ENTRY_BYTES;
  }

  @inline
  entryAt(way: u32, set: u32): u32 {
    return set + way * ENTRY_BYTES;
  }

  @inline
  setAt(index: u32): u32 {
    return this.table + index * this.setBytes;
  }

  /** Gives the array its memory, all entries empty. `ways` divides `entries`. False if there is no memory left. */
  configure(entries: u32, ways: u32): bool {
    this.divide(entries, ways);
    this.setBytes = ((ways + 3) & ~3) * ENTRY_BYTES;
    this.table = <u32>this.placeSets(this.setBytes);
    if (this.table == 0) return false;
    for (let index: u32 = 0; index < this.sets; index++) {
      const set = this.table + index * this.setBytes;
      for (let at: u32 = 0; at < this.setBytes; at += ENTRY_BYTES) {
        store<u64>(set + at, NO_KEY);
        // Empty ways come before any that was used, ways that do not exist come never.
        store<u64>(stampAddress(set + at), at < ways * ENTRY_BYTES ? BEFORE_ALL : AFTER_ALL);
      }
    }
    return true;
  }
}

/** Address of the stamp of `entry`. */
export function stampAddress(entry: u32): usize {
  return entry + 16;
}

/** The one of the four entries from `at` that holds `key`, or NOT_FOUND. */
function findOf4(key: u64, at: u32): i32 {
  if (load<u64>(at) == key) return at;
  if (load<u64>(at, ENTRY_BYTES) == key) return at + ENTRY_BYTES;
  if (load<u64>(at, 2 * ENTRY_BYTES) == key) return at + 2 * ENTRY_BYTES;
  if (load<u64>(at, 3 * ENTRY_BYTES) == key) return at + 3 * ENTRY_BYTES;
  return NOT_FOUND;
}

/** The one of the four entries from `at` whose stamp is the least, the first of several. */
function leastOf4(at: u32): u32 {
  const stamp0 = load<u64>(stampAddress(at));
  const stamp1 = load<u64>(stampAddress(at), ENTRY_BYTES);
  const stamp2 = load<u64>(stampAddress(at), 2 * ENTRY_BYTES);
  const stamp3 = load<u64>(stampAddress(at), 3 * ENTRY_BYTES);
  const low = stamp1 < stamp0 ? at + ENTRY_BYTES : at;
  const high = at + (stamp3 < stamp2 ? 3 * ENTRY_BYTES : 2 * ENTRY_BYTES);
  return min(stamp2, stamp3) < min(stamp0, stamp1) ? high : low;
}
