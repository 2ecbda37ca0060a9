import { Frame } from "../frames";
import { InOrder, firstInOrder, moveToEnd } from "./order";

/**
 * The clock: the hand goes over pages in the order in which they came in. A page that was used since it last came by, as
 * A in any entry says, loses A and is passed. Here the hand stays, and pages that it passes go to the end. No translation
 * is invalidated for that, as in Linux on x86 (ptep_clear_flush_young()), so a page of which TLBs have a translation may
 * be used without getting A again. Corbató, "A paging experiment with the Multics system", 1969.
 */
@final
@unmanaged
export class SecondChance extends InOrder {
  victim(): Frame | null {
    let frame = firstInOrder();
    while (frame != null && frame.takeAccessed()) {
      moveToEnd(frame);
      frame = firstInOrder();
    }
    return frame;
  }
}
