/**
 * Frame numbers as the operating system gives them out, for those who ask what is contiguous: frames of 4 KiB, for tables and
 * pages alike, from 1 on; large pages in ranges of their own; what was given back last is given out first.
 */
const FIRST = new Map([
  [1, 1],
  [2, 2 ** 30],
  [3, 2 ** 34],
]);

export class PlainFrames {
  readonly #next = new Map(FIRST);
  readonly #free = new Map<number, number[]>([
    [1, []],
    [2, []],
    [3, []],
  ]);

  /** The first frame for a page of `level`; tables are as pages of level 1. */
  take(level: number): number {
    const again = this.#free.get(level)?.pop();
    if (again !== undefined) return again;
    const frame = this.#next.get(level) as number;
    this.#next.set(level, frame + 512 ** (level - 1));
    return frame;
  }

  giveBack(frame: number, level: number): void {
    this.#free.get(level)?.push(frame);
  }
}
