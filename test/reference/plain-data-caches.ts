/**
 * Data caches that walks read entries through, as docs/cost.md tells of them: an entry comes from the nearest cache that has its
 * line, or from memory; all caches before that one then have the line, too. LRU; a hit makes a line the latest of its cache alone. What
 * the kernel uses to map a page, from the top down, is then the latest in all of them.
 */
import type { ResolvedDataCache } from "../../src/config/cost.ts";
import { AssociativeCache } from "./associative-cache.ts";

export class PlainDataCaches {
  readonly #caches: AssociativeCache<true>[];
  readonly hits: number[];
  memoryReads = 0;

  constructor(caches: readonly ResolvedDataCache[]) {
    this.#caches = caches.map(({ bytes, ways }) => {
      return new AssociativeCache<true>({ entries: bytes / 64, ways, sets: bytes / 64 / ways }, "lru");
    });
    this.hits = caches.map(() => 0);
  }

  useByKernel(address: number): void {
    const line = Math.floor(address / 64);
    for (const cache of this.#caches) if (cache.lookup(line) === undefined) cache.fill(line, true);
  }

  read(address: number): void {
    const line = Math.floor(address / 64);
    const found = this.#caches.findIndex((cache) => cache.lookup(line) === true);
    if (found < 0) this.memoryReads++;
    else this.hits[found] = (this.hits[found] ?? 0) + 1;
    for (const cache of found < 0 ? this.#caches : this.#caches.slice(0, found)) cache.fill(line, true);
  }
}
