/** Pages in an order: a list through their records. */
import { Frame } from "../frames";

let first: Frame | null = null;
let last: Frame | null = null;

/** Starts without any. */
export function startOrder(): void {
  first = null;
  last = null;
}

/** The first page, or `null`. */
export function firstInOrder(): Frame | null {
  return first;
}

/** Adds `frame` before `before`; `null`: as the last one. */
function addToOrder(frame: Frame, before: Frame | null): void {
  const previous = before == null ? last : before.previous;
  frame.previous = previous;
  frame.next = before;
  if (previous == null) first = frame;
  else previous.next = frame;
  if (before == null) last = frame;
  else before.previous = frame;
}

function removeFromOrder(frame: Frame): void {
  const previous = frame.previous;
  const next = frame.next;
  if (previous == null) first = next;
  else previous.next = next;
  if (next == null) last = previous;
  else next.previous = previous;
}

/** Makes `frame` the last one. */
export function moveToEnd(frame: Frame): void {
  if (last == frame) return;
  removeFromOrder(frame);
  addToOrder(frame, null);
}

/** What the policies have in common that keep the pages in this order. */
@unmanaged
export class InOrder {
  enter(frame: Frame, before: Frame | null): bool {
    addToOrder(frame, before);
    return true;
  }
  leave(frame: Frame): void {
    removeFromOrder(frame);
  }
}
