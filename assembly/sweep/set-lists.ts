/**
 * The stacks of many sets: for each the pages in it, the one used last first, with holes where entries were invalidated
 * (lists.ts).
 */
import { place } from "../arena";
import { LANES, Lists, moveToFrontPastHoles, placeIn } from "./lists";
import { NO_NUMBER } from "./pages";

@unmanaged
export abstract class SetLists {
  /** Places in a list: a power of two, at least LANES. */
  protected length: u32;
  /** Lists of pages' numbers in Pages, one for each set. */
  protected lists: usize;
  /** log2 bytes of a list. */
  protected listShift: u32;
  private setCount: u32;
  /** Holes in all sets together, and u32 for each set. */
  holes: u32;
  private holesOfSet: usize;

  /** Gives `sets` sets their memory, empty, with room for `ways` pages in each. False if there is none left. */
  protected placeLists(sets: u32, ways: u32): bool {
    this.setCount = sets;
    this.length = LANES;
    while (this.length < ways) this.length <<= 1;
    this.listShift = 2 + ctz(this.length);
    if (((<u64>sets) << this.listShift) >> 32 != 0) return false;
    this.lists = place((<usize>sets) << this.listShift);
    this.holesOfSet = place((<usize>sets) << 2);
    if (this.lists == 0 || this.holesOfSet == 0) return false;
    this.flush();
    return true;
  }

  /** Empties every list. */
  flush(): void {
    memory.fill(this.lists, 0xff, (<usize>this.setCount) << this.listShift); // NO_NUMBER in each
    if (this.holes != 0) memory.fill(this.holesOfSet, 0, (<usize>this.setCount) << 2);
    this.holes = 0;
  }

  /** Empties the list of `set`. There must be no holes. */
  protected flushSet(set: u32): void {
    const list = this.listOf(set);
    if (load<u32>(list) != NO_NUMBER) memory.fill(list, 0xff, (<usize>1) << this.listShift);
  }

  /** Puts the page that has `number` at the front of `set`. Returns its depth until now, or `length`. */
  protected moveToFront(set: u32, number: u32): u32 {
    const list = this.listOf(set);
    if (this.holes == 0 || this.holesIn(set) == 0) return Lists.moveToFront(list, this.length, number);
    const depth = moveToFrontPastHoles(list, this.length, number);
    if (depth == this.length) this.addHoles(set, -1);
    return depth;
  }

  /** Makes a hole of the entry of `set` whose page has `number`, if there is one. */
  protected makeHole(set: u32, number: u32): void {
    const list = this.listOf(set);
    const depth = placeIn(list, this.length, number);
    if (depth == this.length) return;
    store<u32>(list + ((<usize>depth) << 2), NO_NUMBER);
    this.addHoles(set, 1);
  }

  private addHoles(set: u32, more: i32): void {
    this.holes += more;
    store<u32>(this.holesOfSet + ((<usize>set) << 2), this.holesIn(set) + more);
  }

  private holesIn(set: u32): u32 {
    return load<u32>(this.holesOfSet + ((<usize>set) << 2));
  }

  private listOf(set: u32): usize {
    return this.lists + ((<usize>set) << this.listShift);
  }
}
