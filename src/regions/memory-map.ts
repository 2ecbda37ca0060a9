/**
 * The regions of a program's memory over time. At any time an address belongs to one region at most; a region that is
 * cut, or whose rights change, ends, and what is left of it begins anew.
 */
import { OrderedRegions } from "./ordered-regions.ts";
import type { Region } from "./region.ts";

/** Programs that map and unmap all the time have more; those that ended first are then forgotten, and counted. */
const MAX_ENDED = 100_000;

export class MemoryMap {
  readonly #live = new OrderedRegions();
  /** By their end. */
  readonly #ended: Region[] = [];
  readonly #maxEnded: number;
  /** Regions of the past that were too many to be kept. */
  forgotten = 0;

  /** Keeps `maxEnded` regions of the past. */
  constructor(maxEnded = MAX_ENDED) {
    this.#maxEnded = maxEnded;
  }

  /** All regions, in the order of their beginning. */
  regions(): Region[] {
    return [...this.#ended, ...this.#live.all()].sort(
      (one, other) => one.fromRecord - other.fromRecord || (one.start < other.start ? -1 : 1),
    );
  }

  /** The region that `address` is in now. */
  at(address: bigint): Region | undefined {
    return this.#live.at(address);
  }

  /** A region begins, in place of what was there. That it will end at `toRecord` is only heeded by what comes later. */
  map(region: Omit<Region, "toRecord"> & { toRecord?: number | null }): void {
    if (region.end <= region.start) return;
    const { start, end, fromRecord } = region;
    this.unmap(start, end, fromRecord);
    this.#live.replace(start, end, () => [{ ...region, toRecord: region.toRecord ?? null }]);
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

  /** A region grows or shrinks at its end. It stays the same one, unless something else was there in its time. */
  resize(region: Region, end: bigint, record: number): void {
    if (end < region.end) {
      this.unmap(end, region.end, record);
    } else if (end > region.end) {
      this.unmap(region.end, end, record);
      if (this.#wasUsed(region.end, end, region.fromRecord)) {
        this.map({ ...region, start: region.end, end, fromRecord: record });
      } else {
        region.end = end;
      }
    }
  }

  /** Whether something between `start` and `end` ended after `record`. */
  #wasUsed(start: bigint, end: bigint, record: number): boolean {
    for (let at = this.#ended.length - 1; at >= 0; at--) {
      const region = this.#ended[at];
      if (region === undefined || (region.toRecord ?? 0) <= record) return false;
      if (region.start < end && start < region.end) return true;
    }
    return false;
  }

  #replace(
    start: bigint,
    end: bigint,
    record: number,
    change: (region: Region) => Pick<Region, "permissions"> | "same" | null,
  ): void {
    this.#live.replace(start, end, (touched) =>
      touched.flatMap((region) => {
        const changed = change(region);
        return changed === "same" ? [region] : this.#cut(region, start, end, record, changed);
      }),
    );
  }

  /** Ends `region`, and returns what of it begins anew. */
  #cut(
    region: Region,
    start: bigint,
    end: bigint,
    record: number,
    changed: Pick<Region, "permissions"> | null,
  ): Region[] {
    const hadEnded = region.toRecord !== null && region.toRecord <= record;
    if (hadEnded) this.#keep(region);
    else if (region.fromRecord < record) this.#keep({ ...region, toRecord: record });
    if (hadEnded) return [];
    const [from, to] = [region.start < start ? start : region.start, end < region.end ? end : region.end];
    const parts: Region[] = [];
    if (region.start < from) parts.push({ ...region, end: from, fromRecord: record });
    if (changed !== null) parts.push({ ...region, start: from, end: to, fromRecord: record, ...changed });
    if (to < region.end) parts.push({ ...region, start: to, fromRecord: record });
    return parts;
  }

  #keep(region: Region): void {
    if (this.#ended.length >= this.#maxEnded) {
      this.#ended.shift();
      this.forgotten++;
    }
    this.#ended.push(region);
  }
}
