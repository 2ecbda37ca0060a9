import { osConfig } from "../config";
import { Frame } from "../frames";
import { Rows } from "../rows";

const FIRST_CAPACITY: u32 = 64;
/** An odd number without pattern, which spreads seeds that differ in a few bits: 2^32 divided by the golden ratio. */
const SPREAD: u32 = 0x9e3779b9;

/** The pages, in any order. */
const pages = changetype<Rows>(memory.data(offsetof<Rows>(), 8));
let state: u32 = 1;

/** Starts without pages, with the seed of the options. False if there is no memory left. */
export function startRandom(): bool {
  state = (osConfig.seed + 1) * SPREAD;
  if (state == 0) state = SPREAD;
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
  touched(_frame: Frame): void {}
  victim(): Frame | null {
    if (pages.count == 0) return null;
    return load<Frame>(pages.row(<u32>((<u64>next() * pages.count) >> 32)));
  }
}

/** Xorshift of 32 bits. Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8(14), 2003. */
function next(): u32 {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
