/**
 * The regions of a program's memory over time. At any time an address belongs to one region at most; a region that is
 * cut, or whose rights change, ends, and what is left of it begins anew.
 */

export interface Region {
  start: bigint;
  /** The first byte behind it. */
  end: bigint;
  /** `rw-`. */
  permissions: string;
  /** What it is: `exe sort`, `lib libc.so.6`, `ld.so`, `heap (brk)`, `stack`, `mmap anon`. */
  name: string;
  /** Path, where it is of a file. */
  file: string | null;
  /** Index of the first record of its life. */
  fromRecord: number;
  /** Index of the first record after its life; `null`: it lived to the end. */
  toRecord: number | null;
}

type NewRegion = Omit<Region, "toRecord">;

/** Programs that map and unmap all the time have more; those that ended first are then forgotten, and counted. */
const MAX_ENDED = 100_000;

export class MemoryMap {
  #live: Region[] = [];
  #ended: Region[] = [];
  /** Regions of the past that were too many to be kept. */
  forgotten = 0;

  /** All regions, in the order of their beginning. */
  regions(): Region[] {
    return [...this.#ended, ...this.#live].sort(
      (one, other) => one.fromRecord - other.fromRecord || (one.start < other.start ? -1 : 1),
    );
  }

  /** The region that `address` is in now. */
  at(address: bigint): Region | undefined {
    return this.#live.find(({ start, end }) => start <= address && address < end);
  }

  /** A region begins, in place of what was there. */
  map(region: NewRegion): void {
    if (region.end <= region.start) return;
    this.unmap(region.start, region.end, region.fromRecord);
    this.#live.push({ ...region, toRecord: null });
  }

  /** What is between `start` and `end` ends. */
  unmap(start: bigint, end: bigint, record: number): void {
    this.#replace(start, end, record, () => null);
  }

  /** What is between `start` and `end` has other rights. */
  protect(start: bigint, end: bigint, permissions: string, record: number): void {
    this.#replace(start, end, record, (region) => (region.permissions === permissions ? "same" : { permissions }));
  }

  /** What is at `from` goes to `to`, which is as long or longer or shorter. */
  move(from: bigint, oldBytes: bigint, to: bigint, newBytes: bigint, record: number): void {
    const moved = this.at(from);
    this.unmap(from, from + oldBytes, record);
    if (moved === undefined) return;
    const { permissions, name, file } = moved;
    this.map({ start: to, end: to + newBytes, permissions, name, file, fromRecord: record });
  }

  /** A region grows or shrinks at its end; it stays the same one. */
  resize(region: Region, end: bigint, record: number): void {
    if (end < region.end) {
      this.unmap(end, region.end, record);
    } else if (end > region.end) {
      this.unmap(region.end, end, record);
      region.end = end;
    }
  }

  #replace(
    start: bigint,
    end: bigint,
    record: number,
    change: (region: Region) => Partial<Region> | "same" | null,
  ): void {
    const touched = this.#live.filter((region) => region.start < end && start < region.end);
    for (const region of touched) {
      const changed = change(region);
      if (changed === "same") continue;
      this.#live.splice(this.#live.indexOf(region), 1);
      if (region.fromRecord < record) this.#keep({ ...region, toRecord: record });
      const part = (from: bigint, to: bigint, with_: Partial<Region> = {}) => {
        if (from < to) this.#live.push({ ...region, start: from, end: to, fromRecord: record, ...with_ });
      };
      part(region.start, start);
      if (changed !== null)
        part(region.start > start ? region.start : start, region.end < end ? region.end : end, changed);
      part(end, region.end);
    }
  }

  #keep(region: Region): void {
    if (this.#ended.length >= MAX_ENDED) {
      this.#ended.shift();
      this.forgotten++;
    }
    this.#ended.push(region);
  }
}
