import { osConfig } from "../config";
import { Frame } from "../frames";
import { Random as Numbers } from "../../random";
import { Rows } from "../../rows";

const FIRST_CAPACITY: u32 = 64;

/** The pages, in any order. */
const pages = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
const numbers = changetype<Numbers>(memory.data(offsetof<Numbers>(), 8));

/** Starts without pages, with the seed of the options. False if there is no memory left. */
export function startRandom(): bool {
  numbers.start(osConfig.seed);
  return pages.startRows(FIRST_CAPACITY, sizeof<usize>());
}

/** Any page, each as likely as the others. */
@final
@unmanaged
export class Random {
  enter(frame: Frame, _before: Frame | null): bool {
    const at = pages.addRow();
    if (at == 0) return false;
    frame.index = pages.count - 1;
    store<Frame>(at, frame);
    return true;
  }
  leave(frame: Frame): void {
    pages.count--;
    const last = load<Frame>(pages.row(pages.count));
    store<Frame>(pages.row(frame.index), last);
    last.index = frame.index;
  }
  victim(): Frame | null {
    if (pages.count == 0) return null;
    return load<Frame>(pages.row(<u32>((<u64>numbers.next() * pages.count) >> 32)));
  }
}
