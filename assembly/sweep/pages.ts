/**
 * The distinct pages of one page size that a trace touched, each with what sweeps remember of it.
 *
 *   63       62..52 51                                 0    bit
 *   ├─────────┼──────┼─────────────────────────────────┤
 *   │ stored  │  0   │           page number           │    word 0; stored: its D bit is set
 *   ├─────────┴──────┴─┬───────────────────────────────┤
 *   │     position     │              id               │    word 1; position: the distances' own (distances.ts)
 *   └──────────────────┴───────────────────────────────┘
 *
 * An id names a page in the lists of TLBs (set-stack.ts). After a flush every page gets a new one when it is touched
 * next, so that what the lists hold is as good as gone.
 */
import { place } from "../arena";
import { HASH_MULTIPLIER } from "../hash";

const STORED: u64 = 1 << 63;
const RECORD_BYTES_LOG2: u32 = 4;
const FIRST_CAPACITY_LOG2: u32 = 12;
/** log2 of hash slots for each record that there is room for. */
const SLOTS_LOG2: u32 = 1;
/** The id in list entries that hold nothing. */
export const NO_ID: u32 = ~0;
/** Ids above it are not worth going on with after a flush. */
const MANY_IDS: u32 = 1 << 31;

@final
@unmanaged
export class Pages {
  /** Distinct pages touched. */
  count: u32;
  /** Ids below are of pages that a flush has invalidated; 0 is of pages that are not mapped. */
  private firstId: u32;
  private nextId: u32;
  private records: usize;
  private capacityLog2: u32;
  /** u32 for each hash: the number of a page's record, from 1, or 0. A collision goes to the next. */
  private slots: usize;

  /** Gives the index its memory. False if there is none left. */
  configure(): bool {
    this.count = 0;
    this.firstId = 1;
    this.nextId = 1;
    return this.makeRoom(FIRST_CAPACITY_LOG2);
  }

  /** Record of page number `page`, made if there is none; 0 if memory is exhausted. */
  @inline
  recordOf(page: u64): usize {
    const record = this.find(page);
    return record != 0 ? record : this.add(page);
  }

  /** Record of `page`; 0 if there is none. */
  @inline
  find(page: u64): usize {
    const mask = (<u32>1 << (this.capacityLog2 + SLOTS_LOG2)) - 1;
    let slot = this.hashOf(page);
    while (true) {
      const number = load<u32>(this.slots + ((<usize>slot) << 2));
      if (number == 0) return 0;
      const record = this.recordAt(number);
      if (pageOf(record) == page) return record;
      slot = (slot + 1) & mask;
    }
  }

  @inline
  private hashOf(page: u64): u32 {
    return <u32>((page * HASH_MULTIPLIER) >> <u64>(64 - this.capacityLog2 - SLOTS_LOG2));
  }

  /** Record number `number`, from 1 to count. */
  @inline
  recordAt(number: u32): usize {
    return this.records + ((<usize>number) << RECORD_BYTES_LOG2);
  }

  @inline
  numberOf(record: usize): u32 {
    return <u32>((record - this.records) >> RECORD_BYTES_LOG2);
  }

  private add(page: u64): usize {
    if (this.count + 1 == (<u32>1) << this.capacityLog2 && !this.makeRoom(this.capacityLog2 + 1)) return 0;
    this.count++;
    const record = this.recordAt(this.count);
    store<u64>(record, page);
    this.enter(this.count);
    return record;
  }

  private enter(number: u32): void {
    const mask = (<u32>1 << (this.capacityLog2 + SLOTS_LOG2)) - 1;
    let slot = this.hashOf(pageOf(this.recordAt(number)));
    while (load<u32>(this.slots + ((<usize>slot) << 2)) != 0) slot = (slot + 1) & mask;
    store<u32>(this.slots + ((<usize>slot) << 2), number);
  }

  private makeRoom(capacityLog2: u32): bool {
    if (capacityLog2 + SLOTS_LOG2 > 30) return false;
    const records = place((<usize>1) << (capacityLog2 + RECORD_BYTES_LOG2));
    const slots = place((<usize>4) << (capacityLog2 + SLOTS_LOG2));
    if (records == 0 || slots == 0) return false;
    if (this.count != 0) memory.copy(records, this.records, (<usize>this.count + 1) << RECORD_BYTES_LOG2);
    this.records = records;
    this.slots = slots;
    this.capacityLog2 = capacityLog2;
    for (let number: u32 = 1; number <= this.count; number++) this.enter(number);
    return true;
  }

  /** Whether the page of `record` was touched since it was mapped and since the last flush. */
  @inline
  isPresent(record: usize): bool {
    return idOf(record) >= this.firstId;
  }

  /** Gives the page of `record`, which is not present, an id of its own. */
  @inline
  makePresent(record: usize): void {
    store<u32>(record, this.nextId++, 8);
  }

  /** Whether there are no ids left. */
  get isExhausted(): bool {
    return this.nextId == NO_ID;
  }

  /** Makes every page absent; D bits stay. True if ids begin anew, so that none of before may be kept anywhere. */
  flush(): bool {
    this.firstId = this.nextId;
    if (this.nextId < MANY_IDS) return false;
    this.firstId = 1;
    this.nextId = 1;
    for (let number: u32 = 1; number <= this.count; number++) store<u32>(this.recordAt(number), 0, 8);
    return true;
  }
}

/** Page number of `record`. */
export function pageOf(record: usize): u64 {
  return load<u64>(record) & ~STORED;
}

export function idOf(record: usize): u32 {
  return load<u32>(record, 8);
}

/** Whether the page's D bit is set. */
export function isStored(record: usize): bool {
  return (load<u64>(record) & STORED) != 0;
}

export function setStored(record: usize): void {
  store<u64>(record, load<u64>(record) | STORED);
}

/** The page is mapped no more: it is absent, and a new one will have D clear. */
export function unmapPage(record: usize): void {
  store<u64>(record, pageOf(record));
  store<u32>(record, 0, 8);
}

/** Where the page stands among the distances; 0: nowhere. */
export function positionOf(record: usize): u32 {
  return load<u32>(record, 12);
}

export function setPosition(record: usize, position: u32): void {
  store<u32>(record, position, 12);
}
