import { Frame } from "../frames";
import { InOrder, firstInOrder } from "./order";

/** First in, first out: uses count for nothing. Belady, IBM Systems Journal 5(2), 1966. */
@final
@unmanaged
export class Fifo extends InOrder {
  victim(): Frame | null {
    return firstInOrder();
  }
}
