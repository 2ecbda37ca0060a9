/**
 * Belady's MIN as it is defined: of a full set goes the page that is used again last. Belady, IBM Systems Journal 5(2), 1966,
 * doi:10.1147/sj.52.0078. The future is looked up use by use; and, for short strings, all there is to choose is tried.
 */

/** A page is used, or those from one number to another are taken out. */
export type Use = { page: number } | { from: number; to: number };

/** For each use of a page in `uses`, whether it is found in sets of `ways` pages, empty at first, when pages go by MIN. */
export function beladyHits(uses: readonly Use[], setOf: (page: number) => number, ways: number): boolean[] {
  const sets = new Map<number, Set<number>>();
  const hits: boolean[] = [];
  uses.forEach((use, at) => {
    if ("from" in use) {
      for (const held of sets.values()) for (const page of held) if (isIn(page, use)) held.delete(page);
      return;
    }
    const held = sets.get(setOf(use.page)) ?? new Set<number>();
    sets.set(setOf(use.page), held);
    hits.push(held.has(use.page));
    if (!held.has(use.page) && held.size === ways) held.delete(farthest(held, uses, at));
    held.add(use.page);
  });
  return hits;
}

/** The page of `held` that is used again last after place `at`, or never before it is taken out. */
function farthest(held: ReadonlySet<number>, uses: readonly Use[], at: number): number {
  let found = { page: Number.NaN, use: -1 };
  for (const page of held) {
    const next = uses.findIndex((use, place) => place > at && ("from" in use ? isIn(page, use) : use.page === page));
    const isUsed = next >= 0 && "page" in (uses[next] as Use);
    const use = isUsed ? next : Number.POSITIVE_INFINITY;
    if (use > found.use) found = { page, use };
  }
  return found.page;
}

function isIn(page: number, { from, to }: { from: number; to: number }): boolean {
  return page >= from && page <= to;
}

/** The fewest misses with which so many pages at a time can do, whatever goes: every choice is tried. */
export function fewestMisses(pages: readonly number[], ways: number): number {
  let states = new Map<string, number>([["", 0]]);
  for (const page of pages) {
    const after = new Map<string, number>();
    const reach = (held: readonly number[], misses: number) => {
      const name = [...held].sort((a, b) => a - b).join(",");
      after.set(name, Math.min(misses, after.get(name) ?? Number.POSITIVE_INFINITY));
    };
    for (const [name, misses] of states) {
      const held = name === "" ? [] : name.split(",").map(Number);
      if (held.includes(page)) reach(held, misses);
      else if (held.length < ways) reach([...held, page], misses + 1);
      else for (const gone of held) reach([...held.filter((other) => other !== gone), page], misses + 1);
    }
    states = after;
  }
  return Math.min(...states.values());
}
