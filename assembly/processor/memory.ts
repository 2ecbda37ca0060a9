/**
 * Physical memory of the processor: 2^52 bytes, of which only the frames that were put there have bytes. A hash table
 * finds them.
 *
 *   0              8              16   byte
 *   ├──────────────┼──────────────┤    one slot; frame number + 1, so that 0 means empty;
 *   │ frame number │   address    │    address: where the frame's bytes lie in linear memory
 *   └──────────────┴──────────────┘
 */
import { mark, place, release } from "../arena";
import { HASH_MULTIPLIER } from "../hash";
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";

const FIRST_SLOTS: u32 = 64;

let slots: usize = 0;
/** A power of two, at least twice `frames`. */
let slotCount: u32 = 0;
let frames: u32 = 0;
/** Everything that was placed before the first frame. */
let start: usize = 0;

/** Empties memory. To be called once everything else is placed. False if there is no memory even for that. */
export function startMemory(): bool {
  start = mark();
  return clearMemory();
}

/** Forgets every frame. */
export function clearMemory(): bool {
  release(start);
  frames = 0;
  slotCount = FIRST_SLOTS;
  slots = place(FIRST_SLOTS << 4);
  return slots != 0;
}

/** Where the byte at physical address `pa` lies in linear memory; 0 if its frame has no bytes. */
export function bytesOf(pa: u64): usize {
  const slot = slotOf(pa >> PAGE_SHIFT);
  if (load<u64>(slot) == 0) return 0;
  return <usize>load<u64>(slot, 8) + <usize>(pa & (PAGE_BYTES - 1));
}

/** bytesOf(), with a new zeroed frame where there is none; 0 if linear memory is exhausted. */
export function makeBytes(pa: u64): usize {
  const have = bytesOf(pa);
  if (have != 0) return have;
  if (frames * 2 >= slotCount && !growSlots()) return 0;
  const bytes = place(PAGE_BYTES, PAGE_BYTES);
  if (bytes == 0) return 0;
  frames++;
  setSlot(pa >> PAGE_SHIFT, bytes);
  return bytes + <usize>(pa & (PAGE_BYTES - 1));
}

function growSlots(): bool {
  const old = slots;
  const end = old + ((<usize>slotCount) << 4);
  const grown = place((<usize>slotCount) << 5);
  if (grown == 0) return false;
  slots = grown;
  slotCount <<= 1;
  for (let slot = old; slot < end; slot += 16) {
    const frame = load<u64>(slot);
    if (frame != 0) setSlot(frame - 1, <usize>load<u64>(slot, 8));
  }
  return true;
}

function setSlot(frame: u64, bytes: usize): void {
  const slot = slotOf(frame);
  store<u64>(slot, frame + 1);
  store<u64>(slot, bytes, 8);
}

/** The slot that holds `frame`, or the empty one where it belongs. */
function slotOf(frame: u64): usize {
  let index = <u32>((frame * HASH_MULTIPLIER) >> 32) & (slotCount - 1);
  while (true) {
    const slot = slots + ((<usize>index) << 4);
    const held = load<u64>(slot);
    if (held == 0 || held == frame + 1) return slot;
    index = (index + 1) & (slotCount - 1);
  }
}
