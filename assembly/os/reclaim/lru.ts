import { Frame } from "../frames";
import { InOrder, firstInOrder, moveToEnd } from "./order";

/** Least recently used, by every use: what no processor tells. Mattson et al., IBM Systems Journal 9(2), 1970. */
@final
@unmanaged
export class Lru extends InOrder {
  touched(frame: Frame): void {
    moveToEnd(frame);
  }
  victim(): Frame | null {
    return firstInOrder();
  }
}
