/** Seeded numbers that look random (mulberry32): the same seed gives the same ones. */
@final
@unmanaged
export class Random {
  private state: u32;

  start(seed: u32): void {
    this.state = seed;
  }

  /** The next one, 0..2^32-1. */
  next(): u32 {
    this.state += 0x6d2b_79f5;
    let mixed = (this.state ^ (this.state >>> 15)) * (this.state | 1);
    mixed ^= mixed + (mixed ^ (mixed >>> 7)) * (mixed | 61);
    return mixed ^ (mixed >>> 14);
  }
}
