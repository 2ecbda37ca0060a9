/** The regions of a program's memory as what an operating system did to it, one call after the other. */
import type { RegionNames } from "./names.ts";
import type { Region } from "./region.ts";

/** A call of mmap(), munmap() or mprotect(), as if each had its own. */
export interface RegionChange {
  /** Index of the record before which it happens; 0: it was so from the beginning. */
  record: number;
  start: bigint;
  end: bigint;
  /** `protect`: the pages that are there stay, with other permissions. */
  change: "map" | "unmap" | "protect";
  /** What is allowed from then on; of an unmapped range: until then. */
  permissions: string;
  /** Whether it is of no file. */
  isAnonymous: boolean;
  /** Index of its name in `RegionNames`. */
  region: number;
}

/**
 * What happened to a memory that had `regions`, by record; of the same record what is unmapped comes first, and within
 * that by address.
 */
export function regionChanges(regions: readonly Region[], names: RegionNames): RegionChange[] {
  throw new Error(`${regions.length} ${names.names.length}`);
}
