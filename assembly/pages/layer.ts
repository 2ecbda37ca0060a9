/** One layer of a pages-only trace on its way out: its dictionary, and the units of the block under way (tokens.ts). */
import { reserve } from "../arena";
import { KIND_FETCH, KIND_MASK, WORD_KIND_SHIFT, WORD_PAGE_MASK, WORD_PAGE_SHIFT, WORD_STRADDLES } from "../layout";
import { PAGE_NUMBER_BITS } from "../paging";
import { UNIT_FIRST } from "../pwt/layout";
import { SLOTS, TOKEN_DEFINE, TOKEN_MARK, TOKEN_ODD, TOKEN_UNMAP, UNIT_HEADER_BYTES } from "./tokens";

/**
 * A block that has so many bytes is full. What comes after that is an interval at most, or a unit of the full form: at most
 * 64 Ki entries (pwt/encode.ts), of at most 17 bytes each, and their marks.
 */
const FULL_BYTES: usize = 512 * 1024;
const BLOCK_BYTES: usize = 4 * FULL_BYTES;
/** A unit that has so many is ended by the next mark; 4096 records later it would still be a unit. */
const FULL_UNIT_BYTES: usize = 192 * 1024;
/** Places where the slot of a word is remembered, a byte each, by a hash of the word. */
const PLACES_LOG2: u64 = 16;
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

@final
@unmanaged
export class Layer {
  block: usize;
  /** The unit under way, and how many there are. */
  unit: usize;
  units: u32;
  /** Where the next token goes. */
  out: usize;
  places: usize;
  /** u64 of each slot: its word. */
  words: usize;
  /** u8 of each slot: whether it was used since the hand last passed. */
  used: usize;
  /** Slots that have words: the first ones. */
  defined: u32;
  /** The slot that is looked at next when one is to be replaced, and that of the latest define. */
  hand: u32;
  latest: u32;
  /** Page of the latest define or odd record, of fetches and of data. */
  fetched: u64;
  data: u64;

  /** False if there is no memory left. */
  configure(): bool {
    this.block = reserve(BLOCK_BYTES);
    this.places = reserve(1 << (<usize>PLACES_LOG2));
    this.words = reserve(<usize>SLOTS * 8);
    this.used = reserve(<usize>SLOTS);
    return this.block != 0 && this.places != 0 && this.words != 0 && this.used != 0;
  }

  startBlock(): void {
    this.out = this.block;
    this.units = 0;
    this.defined = 0;
    this.hand = 0;
    this.latest = SLOTS - 1;
    this.fetched = 0;
    this.data = 0;
    this.startUnit(UNIT_FIRST);
  }

  private startUnit(flags: u32): void {
    this.unit = this.out;
    this.units++;
    this.out += <usize>UNIT_HEADER_BYTES;
    store<u32>(this.unit, flags, 4);
  }

  /** Ends the unit, and the block. Must come after a mark. */
  endBlock(): void {
    store<u32>(this.unit, <u32>(this.out - this.unit));
  }

  /** Whether the block is to end soon. */
  isFull(): bool {
    return this.out - this.block >= FULL_BYTES;
  }

  /** Whether the unit is to end soon. */
  unitIsFull(): bool {
    return this.out - this.unit >= FULL_UNIT_BYTES;
  }

  /** What was counted since the mark before: records by kind, u32 each from `kinds` on, and instructions not fetched. */
  putMark(kinds: usize, instructions: u64): void {
    this.putByte(TOKEN_MARK);
    for (let at = kinds; at < kinds + 16; at += 4) this.putVarint(<u64>load<u32>(at));
    this.putVarint(instructions);
  }

  /** Begins another unit of the block if this one is full. Must come after a mark, and before more of the block. */
  cutUnit(): void {
    if (!this.unitIsFull()) return;
    this.endBlock();
    this.startUnit(0);
  }

  /** A canonical record that does not straddle; a modify counts as a store. */
  @inline
  putPlain(word: u64): void {
    const place = this.placeOf(word);
    const slot = <u32>load<u8>(place);
    if (slot < this.defined && load<u64>(this.words + ((<usize>slot) << 3)) == word) this.putSlot(slot);
    else this.putOther(word, place);
  }

  @inline
  private putSlot(slot: u32): void {
    store<u8>(this.used + <usize>slot, 1);
    const out = this.out;
    store<u8>(out, <u8>slot);
    this.out = out + 1;
  }

  @inline
  private placeOf(word: u64): usize {
    return this.places + <usize>((word * GOLDEN) >> (64 - PLACES_LOG2));
  }

  /** putPlain() of a word that is not at its place: it may be beside it. */
  private putOther(word: u64, place: usize): void {
    const beside = this.places + ((place - this.places) ^ 1);
    const slot = <u32>load<u8>(beside);
    if (slot < this.defined && load<u64>(this.words + ((<usize>slot) << 3)) == word) return this.putSlot(slot);
    const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
    const chosen = this.chooseSlot();
    const isTaken = this.isRememberedAt(place);
    store<u8>(isTaken ? beside : place, <u8>chosen);
    store<u64>(this.words + ((<usize>chosen) << 3), word);
    store<u8>(this.used + <usize>chosen, 1);
    this.putByte(TOKEN_DEFINE + kind);
    this.putByte((chosen + SLOTS - 1 - this.latest) % SLOTS);
    this.latest = chosen;
    this.putVarint(this.difference((word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK, kind));
  }

  /** Whether `place` leads to a word whose place it is. */
  private isRememberedAt(place: usize): bool {
    const slot = <u32>load<u8>(place);
    return slot < this.defined && this.placeOf(load<u64>(this.words + ((<usize>slot) << 3))) == place;
  }

  /** A slot for another word: a new one, or that of the first word from the hand on that was not used lately. */
  private chooseSlot(): u32 {
    if (this.defined < SLOTS) return this.defined++;
    while (load<u8>(this.used + <usize>this.hand) != 0) {
      store<u8>(this.used + <usize>this.hand, 0);
      this.hand = this.hand + 1 == SLOTS ? 0 : this.hand + 1;
    }
    const chosen = this.hand;
    this.hand = chosen + 1 == SLOTS ? 0 : chosen + 1;
    return chosen;
  }

  /** A record that straddles or is not canonical, whole. */
  putOdd(word: u64): void {
    const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
    this.putByte(TOKEN_ODD + kind);
    const straddles = <u64>((word & WORD_STRADDLES) != 0);
    this.putVarint((this.difference((word >> WORD_PAGE_SHIFT) & WORD_PAGE_MASK, kind) << 1) | straddles);
  }

  /** The pages from `first` to `last` are mapped no more. */
  putUnmap(first: u64, last: u64): void {
    this.putByte(TOKEN_UNMAP);
    this.putVarint(first);
    this.putVarint(last - first);
  }

  /** Zigzag, the difference of `page` to the one before of its stream. */
  private difference(page: u64, kind: u32): u64 {
    const before = kind == KIND_FETCH ? this.fetched : this.data;
    if (kind == KIND_FETCH) this.fetched = page;
    else this.data = page;
    const unused = <u64>(64 - PAGE_NUMBER_BITS);
    const difference = <i64>((page - before) << unused) >> unused;
    return ((<u64>difference) << 1) ^ <u64>(difference >> 63);
  }

  private putByte(byte: u32): void {
    store<u8>(this.out, <u8>byte);
    this.out++;
  }

  private putVarint(value: u64): void {
    let rest = value;
    for (; rest >= 128; rest >>= 7) this.putByte(<u32>rest | 128);
    this.putByte(<u32>rest);
  }
}
