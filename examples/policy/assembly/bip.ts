/**
 * bip.mjs as a WebAssembly module, in AssemblyScript: the same class, one object for each array, and the functions that pagewalk calls,
 * which are told the array by its number.
 */

/** One page in so many is inserted as the most recent. */
const THROTTLE: u32 = 32;
/** More arrays than a CPU can have. */
const MAX_ARRAYS: i32 = 64;

class Bip {
  private fills: u32 = 0;
  /** The ways of each set, the most recent first, one set after the other. */
  private order: StaticArray<i32>;

  constructor(
    sets: i32,
    private ways: i32,
  ) {
    this.order = new StaticArray<i32>(sets * ways);
    for (let at = 0; at < sets * ways; at++) this.order[at] = at % ways;
  }

  touch(set: i32, way: i32): void {
    this.move(set * this.ways, way, 0);
  }

  fill(set: i32, way: i32): void {
    const isRecent = this.fills++ % THROTTLE == THROTTLE - 1;
    this.move(set * this.ways, way, isRecent ? 0 : this.ways - 1);
  }

  victim(set: i32): i32 {
    return this.order[(set + 1) * this.ways - 1];
  }

  /** Moves `way` to `place` in the order that begins at `first`. */
  private move(first: i32, way: i32, place: i32): void {
    const order = this.order;
    let at = 0;
    while (order[first + at] != way) at++;
    for (; at > place; at--) order[first + at] = order[first + at - 1];
    for (; at < place; at++) order[first + at] = order[first + at + 1];
    order[first + place] = way;
  }
}

const arrays = new StaticArray<Bip | null>(MAX_ARRAYS);

export function configure(array: i32, sets: i32, ways: i32): void {
  arrays[array] = new Bip(sets, ways);
}

export function touch(array: i32, set: i32, way: i32): void {
  arrays[array]!.touch(set, way);
}

export function fill(array: i32, set: i32, way: i32, _page: f64): void {
  arrays[array]!.fill(set, way);
}

export function victim(array: i32, set: i32): i32 {
  return arrays[array]!.victim(set);
}
