/** What is done to the small machine one after the other, and how far it is done: forward, and back by beginning anew. */
import type { Stepper } from "../../explain/stepper.ts";
import type { CacheContents, CachePlace, Step, StepAccess, StepCounts } from "../../report/stepping.ts";

/** What can be done with the small machine. */
export type Item =
  | { what: "access"; access: StepAccess; says: string | null }
  /** MOV to CR3. */
  | { what: "flush" };

/** What an item did. */
export type Done = { what: "access"; step: Step } | { what: "flush"; dropped: readonly CachePlace[] };

/** Items that there may be: all of them are shown. */
export const MOST_ITEMS = 256;

/** What was done with a small machine and what comes next, with a way back. */
export class Timeline {
  readonly #stepper: Stepper;
  #items: Item[] = [];
  #done: Done[] = [];

  constructor(stepper: Stepper) {
    this.#stepper = stepper;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  /** What has been done, in the order of `items`. */
  get done(): readonly Done[] {
    return this.#done;
  }

  get contents(): CacheContents[] {
    return this.#stepper.contents();
  }

  get counts(): StepCounts {
    return this.#stepper.counts();
  }

  /** Begins with other items. */
  start(items: readonly Item[]): void {
    this.#items = [...items];
    this.goTo(0);
  }

  /** Does or takes back items until `position` of them are done, as far as there are that many. */
  goTo(position: number): void {
    const end = Math.max(0, Math.min(position, this.#items.length));
    if (end < this.#done.length || end === 0) {
      this.#stepper.reset();
      this.#done = [];
    }
    for (const item of this.#items.slice(this.#done.length, end)) this.#done.push(this.#make(item));
  }

  /** Puts `item` behind what is done, and does it. Returns false, and does nothing, if there are MOST_ITEMS. */
  insert(item: Item): boolean {
    if (this.#items.length >= MOST_ITEMS) return false;
    this.#items.splice(this.#done.length, 0, item);
    this.goTo(this.#done.length + 1);
    return true;
  }

  #make(item: Item): Done {
    if (item.what === "flush") return { what: "flush", dropped: this.#stepper.flush() };
    return { what: "access", step: this.#stepper.step(item.access) };
  }
}
