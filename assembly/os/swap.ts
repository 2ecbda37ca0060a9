/**
 * Swap: slots of a page each. A slot is held by the entries of the pages whose content it has, and by the frame into which
 * that was loaded back, as long as the frame still has the same. Number 0 is no slot.
 */
import { place } from "../arena";
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";
import { bytesOf, makeBytes } from "../processor/memory";
import { osConfig } from "./config";
import { Frame } from "./frames";
import { Rows } from "../rows";

@final
@unmanaged
class Slot {
  /** Entries that hold it, and the frame; 0: it is free. */
  holders: u32;
  /** The frame that has its content, too. */
  frame: Frame | null;
  /** Where its bytes lie in linear memory; 0: they are zeros, or nobody asks for bytes. Of a free slot: they may be used again. */
  bytes: usize;
  /** Of a free slot: the next one. */
  next: u32;
}

/** Slots from number 1 on. */
const slots = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
/** The first free one that was used before; 0: none. */
let free: u32 = 0;
/** Slots that entries or frames hold. */
export let slotsInUse: u32 = 0;
/** Those that frames hold. */
let cached: u32 = 0;
/** Where the search for a slot that can be taken from its frame goes on. */
let hand: u32 = 0;

/** Every slot is free. False if there is no memory left. */
export function startSwap(): bool {
  free = 0;
  slotsInUse = 0;
  cached = 0;
  hand = 0;
  return slots.startRows(1, offsetof<Slot>());
}

/** Gives `frame`, which has none, a slot: a free one, or one that another frame alone holds. False if there is none. */
export function giveSlot(frame: Frame): bool {
  let number = free;
  if (number != 0) {
    free = at(number).next;
    slotsInUse++;
  } else if (slots.count < osConfig.swapSlots) {
    const row = slots.addRow();
    if (row == 0) return false;
    memory.fill(row, 0, offsetof<Slot>());
    number = slots.count;
    slotsInUse++;
  } else {
    number = takeFromFrame();
    if (number == 0) return false;
  }
  at(number).holders = 0;
  cacheIn(number, frame);
  return true;
}

/** Notes that `frame` has what slot `number` has. */
export function cacheIn(number: u32, frame: Frame): void {
  const slot = at(number);
  slot.frame = frame;
  slot.holders++;
  frame.slot = number;
  cached++;
}

/** The frame that has what slot `number` has, if any. */
export function frameOfSlot(number: u32): Frame | null {
  return at(number).frame;
}

/** Notes that one more entry holds slot `number`. */
export function holdSlot(number: u32): void {
  at(number).holders++;
}

/** Notes that one entry less does. */
export function releaseSlot(number: u32): void {
  const slot = at(number);
  slot.holders--;
  if (slot.holders != 0) return;
  slot.next = free;
  free = number;
  slotsInUse--;
}

/** Notes that `frame` has no slot any more. */
export function forgetFrame(frame: Frame): void {
  const number = frame.slot;
  at(number).frame = null;
  frame.slot = 0;
  cached--;
  releaseSlot(number);
}

/** Whether more than one entry or frame holds slot `number`. */
export function slotIsShared(number: u32): bool {
  return at(number).holders > 1;
}

/** Writes the bytes of `frame` to its slot. False if linear memory is exhausted. */
export function saveFrame(frame: Frame): bool {
  if (!osConfig.bytes) return true;
  const slot = at(frame.slot);
  const from = bytesOf(frame.number << PAGE_SHIFT);
  if (slot.bytes == 0) {
    if (from == 0) return true;
    slot.bytes = place(PAGE_BYTES);
    if (slot.bytes == 0) return false;
  }
  if (from == 0) memory.fill(slot.bytes, 0, PAGE_BYTES);
  else memory.copy(slot.bytes, from, PAGE_BYTES);
  return true;
}

/** Gives `frame`, of zeros, the bytes of slot `number`. False if linear memory is exhausted. */
export function loadFrame(frame: Frame, number: u32): bool {
  const from = at(number).bytes;
  if (from == 0) return true;
  const to = makeBytes(frame.number << PAGE_SHIFT);
  if (to != 0) memory.copy(to, from, PAGE_BYTES);
  return to != 0;
}

/** A slot that one frame alone holds, which loses it: its content is nowhere else then. 0 if there is none. */
function takeFromFrame(): u32 {
  if (cached == 0) return 0;
  for (let tried: u32 = 0; tried < slots.count; tried++) {
    hand = hand == slots.count ? 1 : hand + 1;
    const slot = at(hand);
    const frame = slot.frame;
    if (frame == null || slot.holders > 1) continue;
    slot.frame = null;
    frame.slot = 0;
    frame.dirty = 1;
    cached--;
    return hand;
  }
  return 0;
}

function at(number: u32): Slot {
  return changetype<Slot>(slots.row(number - 1));
}
