import { Frame } from "../frames";
import { addToOrder, firstInOrder, removeFromOrder } from "./order";

/** First in, first out: uses count for nothing. Belady, IBM Systems Journal 5(2), 1966. */
@final
@unmanaged
export class Fifo {
  enter(frame: Frame, before: Frame | null): bool {
    addToOrder(frame, before);
    return true;
  }
  leave(frame: Frame): void {
    removeFromOrder(frame);
  }
  touched(_frame: Frame): void {}
  victim(): Frame | null {
    return firstInOrder();
  }
}
