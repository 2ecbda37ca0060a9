/** What was compared, and how it came out. */

/** How many disagreements are told in full. */
const TOLD = 10;

export class Tally {
  agreed = 0;
  disagreed = 0;
  /** Rows that tell nothing, by the reason. */
  readonly leftOut = new Map<string, number>();
  readonly #print: (line: string) => void;
  /** Disagreements told so far, over all tallies that share it. */
  readonly #told: { count: number };

  constructor(print: (line: string) => void, told = { count: 0 }) {
    this.#print = print;
    this.#told = told;
  }

  /** A tally of its own that counts into none of this one's numbers, but into what is told. */
  part(): Tally {
    return new Tally(this.#print, this.#told);
  }

  leaveOut(reason: string): void {
    this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + 1);
  }

  /** Counts one case. `tell` gives a title and lines below it; it is asked only for what is told. */
  count(differing: string[], tell: () => string[]): void {
    if (differing.length === 0) {
      this.agreed++;
      return;
    }
    this.disagreed++;
    if (this.#told.count >= TOLD) return;
    this.#told.count++;
    const [title, ...lines] = tell();
    this.#print(`DISAGREES ${title}`);
    for (const line of lines) this.#print(`  ${line}`);
  }

  add(part: Tally): void {
    this.agreed += part.agreed;
    this.disagreed += part.disagreed;
    for (const [reason, count] of part.leftOut) this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + count);
  }

  /** Disagreements that were not told, in a tally that all its parts were added to. */
  get untold(): number {
    return this.disagreed - this.#told.count;
  }

  get leftOutCount(): number {
    return [...this.leftOut.values()].reduce((sum, count) => sum + count, 0);
  }
}
