import { Frame } from "../frames";
import { addToOrder, firstInOrder, moveToEnd, removeFromOrder } from "./order";

/** Least recently used, by every use: what no processor tells. Mattson et al., IBM Systems Journal 9(2), 1970. */
@final
@unmanaged
export class Lru {
  enter(frame: Frame, before: Frame | null): bool {
    addToOrder(frame, before);
    return true;
  }
  leave(frame: Frame): void {
    removeFromOrder(frame);
  }
  touched(frame: Frame): void {
    moveToEnd(frame);
  }
  victim(): Frame | null {
    return firstInOrder();
  }
}
