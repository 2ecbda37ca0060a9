/** The names of regions. */
import type { Region } from "./region.ts";

/** The different names of regions, in the order in which they came: what is counted by region is counted by name. */
export class RegionNames {
  /** By index. */
  readonly names: string[] = [];
  readonly #indexes = new Map<string, number>();

  constructor(regions: Iterable<Pick<Region, "name">>) {
    for (const { name } of regions) {
      if (this.#indexes.has(name)) continue;
      this.#indexes.set(name, this.names.length);
      this.names.push(name);
    }
  }

  /** Throws RangeError if no region is called `name`. */
  indexOf(name: string): number {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new RangeError(`no region is called ${name}`);
    return index;
  }
}
