/**
 * Uses of pages, for policies that have to be told the future: a first replay lists for each use which one was the latest before it of
 * the same page; of that the host makes a list of the next uses, which the second replay takes one after the other. Uses are numbered
 * from 1 in the order of the trace, and are the same in both.
 */
import { make, place } from "./arena";
import { Pages } from "./sweep/pages";

/** The time of a use that there is not. */
export const NEVER: u32 = ~0;

@final
@unmanaged
export class UseList {
  /** The pages of a list that is made, each with the number of its latest use. */
  private pages: Pages;
  /** u32 each, of the uses that one piece of the trace makes: when the page was used before (0: never), or is used next. */
  address: usize;
  /** The next one. */
  private next: usize;
  /** Uses that were listed, in all, and up to when pages were forgotten. */
  private uses: u32;
  private forgotten: u32;

  /** Starts before the first use, with room for so many in a piece. `lists`: a list is to be made. False if there is no memory left. */
  start(room: u32, lists: bool): bool {
    this.uses = 0;
    this.forgotten = 0;
    this.address = place((<usize>room) << 2);
    this.next = this.address;
    if (this.address == 0) return false;
    if (!lists) return true;
    const pages = make<Pages>();
    if (pages == null) return false;
    this.pages = pages;
    return pages.configure();
  }

  /** Starts again, before a piece of the trace. */
  restart(): void {
    this.next = this.address;
  }

  /** Uses that were listed, or taken, since then. */
  get count(): u32 {
    return <u32>(this.next - this.address) >> 2;
  }

  /** Lists a use of `page`. False if there is no memory left. */
  list(page: u64): bool {
    const isKnown = load<u64>(this.pages.placeOf(page)) != 0;
    const record = this.pages.recordOf(page);
    if (record == 0) return false;
    const before = isKnown ? load<u32>(record, 8) : 0;
    store<u32>(this.next, before > this.forgotten ? before : 0);
    this.next += 4;
    store<u32>(record, ++this.uses, 8);
    return true;
  }

  /** When the page that is used now is used next. */
  @inline
  take(): u32 {
    const next = load<u32>(this.next);
    this.next += 4;
    return next;
  }

  /** Takes so many at once. Returns where they are. */
  takeMany(count: u32): usize {
    const first = this.next;
    this.next += (<usize>count) << 2;
    return first;
  }

  /** Whatever holds pages was emptied: none is used again before it is brought in anew. */
  forgetAll(): void {
    this.forgotten = this.uses;
  }

  /** The same of pages `from` to `to`. */
  forget(from: u64, to: u64): void {
    this.pages.visitRange<UseList>(this, from, to);
  }

  unmapRecord(record: usize): void {
    store<u32>(record, 0, 8);
  }
}
