import { Frame } from "../frames";
import { Rows } from "../../rows";
import { nextUse } from "../uses";

const FIRST_CAPACITY: u32 = 64;

/** A heap of the pages: whose `use` is the greatest comes first. */
const heap = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
/** Pages that came in so far. */
let arrivals: u32 = 0;

/** Starts without pages. False if there is no memory left. */
export function startOpt(): bool {
  arrivals = 0;
  return heap.startRows(FIRST_CAPACITY, sizeof<usize>());
}

/**
 * The page whose next use is farthest in the future; of those that are never used again, the one that came in first.
 * Belady's MIN, IBM Systems Journal 5(2), 1966: no policy has fewer faults. It has to be told the future (uses.ts).
 *
 *   63               32 31                0   bit
 *   ├──────────────────┼──────────────────┤    a page's `use`
 *   │     next use     │ ~arrival         │
 *   └──────────────────┴──────────────────┘
 */
@final
@unmanaged
export class Opt {
  enter(frame: Frame, _before: Frame | null): bool {
    const at = heap.addRow();
    if (at == 0) return false;
    arrivals++;
    // A page that was in before keeps what it has: see makeRoom() in evict.ts.
    if (frame.use == 0) frame.use = ((<u64>nextUse) << 32) | ~arrivals;
    put(frame, heap.count - 1);
    rise(frame);
    return true;
  }
  leave(frame: Frame): void {
    heap.count--;
    const last = load<Frame>(heap.row(heap.count));
    if (last == frame) return;
    put(last, frame.index);
    rise(last);
    sink(last);
  }
  touched(frame: Frame): void {
    frame.use = ((<u64>nextUse) << 32) | (frame.use & <u64>u32.MAX_VALUE);
    rise(frame);
    sink(frame);
  }
  victim(): Frame | null {
    return heap.count == 0 ? null : load<Frame>(heap.base);
  }
}

function put(frame: Frame, index: u32): void {
  frame.index = index;
  store<Frame>(heap.row(index), frame);
}

function rise(frame: Frame): void {
  while (frame.index > 0) {
    const index = frame.index;
    const parent = load<Frame>(heap.row((index - 1) >> 1));
    if (parent.use >= frame.use) return;
    put(frame, parent.index);
    put(parent, index);
  }
}

function sink(frame: Frame): void {
  while (true) {
    const index = frame.index;
    let below: u32 = 2 * index + 1;
    if (below >= heap.count) return;
    let child = load<Frame>(heap.row(below));
    if (++below < heap.count) {
      const right = load<Frame>(heap.row(below));
      if (right.use > child.use) child = right;
    }
    if (child.use <= frame.use) return;
    put(frame, child.index);
    put(child, index);
  }
}
