/** What makes room when memory is full: pages go to swap, or nowhere if nobody has written to them. */
import { counters } from "../counters";
import { PAGE_SHIFT, PTE_P } from "../paging";
import { Frame, freeFrame, frameAt } from "./frames";
import { hasRoom, takeFrames } from "./physical";
import { invalidatePage, isObject } from "./process";
import { enter, leave, victim } from "./reclaim/index";
import { split } from "./split";
import { giveSlot, holdSlot, saveFrame } from "./swap";
import { ENTRY_DROPPED, ENTRY_SWAPPED, find, foundAt } from "./tables";

/** A page of leaf level `level`, of zeros, which nobody maps; `null` if no frames can be freed for it, or linear memory is exhausted. */
export function takePage(level: u32): Frame | null {
  while (!hasRoom(level)) if (!makeRoom()) return null;
  return frameAt(takeFrames(level), level);
}

/** Takes the frame of one page. False if every page that is left has to be written to swap, and that is full. */
function makeRoom(): bool {
  let passed: Frame | null = null;
  let isDone = false;
  let frame = victim();
  while (frame != null && !isDone) {
    if (frame.level > 1) {
      find(frame.process.pml4, frame.page);
      if (!split(frame.process, frame.page)) break;
    } else {
      leave(frame);
      isDone = evict(frame);
      if (!isDone) {
        frame.next = passed;
        passed = frame;
      }
    }
    if (!isDone) frame = victim();
  }
  // Those for which there was no slot are as good as new ones, the last one first. Linux: folio_putback_lru().
  while (passed != null) {
    const next = passed.next;
    if (!enter(passed, null)) return false;
    passed = next;
  }
  return isDone;
}

/** Writes the page to swap if it has to be, and has nobody map it. False if there is no slot for it. */
function evict(frame: Frame): bool {
  if (frame.isDirty()) {
    if ((frame.slot == 0 && !giveSlot(frame)) || !saveFrame(frame)) return false;
    counters.writebacks++;
  }
  while (frame.mappings > 0) unmapVictim(frame);
  counters.evictions++;
  return freeFrame(frame);
}

/** Has one entry that maps the page say where it is now. Entries of a shared memory say that for all processes. */
function unmapVictim(frame: Frame): void {
  const process = frame.process;
  const page = frame.page;
  const entry = find(process.pml4, page);
  frame.dropMapping(process, page);
  if (frame.shared != 0 && !isObject(process)) store<u64>(foundAt, 0);
  else if (frame.slot == 0) store<u64>(foundAt, ENTRY_DROPPED);
  else {
    store<u64>(foundAt, ((<u64>frame.slot) << PAGE_SHIFT) | ENTRY_SWAPPED);
    holdSlot(frame.slot);
  }
  if (entry & PTE_P) invalidatePage(process, page);
}
