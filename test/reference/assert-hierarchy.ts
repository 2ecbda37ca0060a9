/** What must be true of the counters of a run whose CPU is described, and what they are compared by. */
import { expect } from "vitest";
import { ACCESS_KINDS, type AccessKind } from "../../src/config/cpus/description.ts";
import type { RunResult } from "../../src/report/results.ts";
import type { PlainOsResult } from "./plain-os-run.ts";

/** Fails unless all identities hold for `result`. */
export function assertHierarchyCounters(result: RunResult): void {
  const { tlbs, references, accesses, walks, psc, walkCaches = [], faults, config } = result;
  const { hierarchy } = config;
  if (hierarchy === undefined) throw new Error("no CPU with a hierarchy");
  const onPath = (kind: AccessKind) => tlbs.filter(({ kinds = [] }) => kinds.includes(kind));
  const isLast = (tlb: RunResult["tlbs"][number], kind: AccessKind) => onPath(kind).at(-1) === tlb;

  for (const { name, lookups, hits, misses, arrays = [] } of tlbs) {
    expect(Number.isSafeInteger(misses) && misses >= 0, `${name}: misses are a count`).toBe(true);
    expect(hits + misses, `${name}: hits + misses = lookups`).toBe(lookups);
    expect(hits, `${name}: hits are none too few`).toBeGreaterThanOrEqual(0);
    expect(arrays.length, `${name}: its arrays`).toBeGreaterThan(0);
  }
  const first = tlbs.filter(({ level }) => level === 1);
  const lookups = (of: RunResult["tlbs"]) => of.reduce((sum, tlb) => sum + tlb.lookups, 0);
  expect(lookups(first), "lookups on level 1 = references").toBe(references.fetch + references.data);
  for (const tlb of first) {
    const isFetch = tlb.kinds?.join() === "fetch";
    if (isFetch) expect(tlb.lookups, `${tlb.name}: fetch references`).toBe(references.fetch);
  }
  const isNext = (tlb: (typeof tlbs)[number]) => (above: (typeof tlbs)[number], kind: AccessKind) =>
    onPath(kind)[onPath(kind).indexOf(above) + 1] === tlb;
  for (const tlb of tlbs.filter(({ level }) => level !== 1)) {
    const above = tlbs.filter((each) => each.kinds?.some((kind) => isNext(tlb)(each, kind)));
    const misses = above.reduce((sum, each) => sum + each.misses, 0);
    // Of a TLB whose kinds go on to different ones it is not known how many each of them missed.
    if (above.every((each) => each.kinds?.every((kind) => isNext(tlb)(each, kind)))) {
      expect(tlb.lookups, `${tlb.name}: lookups = misses above`).toBe(misses);
    } else expect(tlb.lookups, `${tlb.name}: no more lookups than misses above`).toBeLessThanOrEqual(misses);
  }
  const last = tlbs.filter((tlb) => tlb.kinds?.some((kind) => isLast(tlb, kind)));
  const missed = last.reduce((sum, { misses }) => sum + misses, 0);
  if (last.every((tlb) => tlb.kinds?.every((kind) => isLast(tlb, kind)))) {
    expect(walks.count, "walks = misses of the last TLBs").toBe(missed);
  } else expect(walks.count, "no more walks than misses of the last TLBs").toBeLessThanOrEqual(missed);

  const { pml4e, pdpte, pde, pte } = walks.byLevel;
  expect(walks.references, "walk references = sum over levels").toBe(pml4e + pdpte + pde + pte);
  const hits = psc.pml4e.hits + psc.pdpte.hits + psc.pde.hits;
  expect(pml4e, "a walk reads a PML4E unless it begins below one").toBe(walks.count - hits);
  expect(pdpte, "a walk reads a PDPTE unless it begins below one").toBe(walks.count - psc.pde.hits - psc.pdpte.hits);
  expect(pde, "a walk reads a PDE at most").toBeLessThanOrEqual(walks.count - psc.pde.hits);
  expect(pte, "a walk that begins below a PDE reads a PTE").toBeGreaterThanOrEqual(psc.pde.hits);
  const inCaches = walkCaches.reduce((sum, cache) => sum + cache.hits, 0);
  const inTlbs = hierarchy.tlbs.some(({ arrays }) =>
    arrays.some(({ holds }) => holds.some((held) => held.startsWith("p"))),
  );
  if (inTlbs) expect(inCaches, "walks begin below entries of walk caches, or of TLBs").toBeLessThanOrEqual(hits);
  else expect(inCaches, "walks begin below entries of walk caches").toBe(hits);

  const records = ACCESS_KINDS.reduce((sum, kind) => sum + accesses[kind], accesses.modify);
  const translated = records - faults.generalProtection - faults.protection;
  expect(references.fetch + references.data, "a record makes a reference").toBeGreaterThanOrEqual(translated);
  expect(references.fetch + references.data, "a record makes two at most").toBeLessThanOrEqual(2 * translated);
  expect(walks.count, "a fault is followed by a walk").toBeGreaterThanOrEqual(faults.minor + faults.major);
}

/** All of a result that is counted. */
export function hierarchyCounters({ accesses, references, tlbs, walks, psc, walkCaches, faults, memory }: RunResult) {
  const counted = tlbs.map(({ name, level, lookups, hits, misses, arrays = [] }) => {
    const arrayHits = level === 1 ? [] : arrays.map((array) => array.hits);
    return { name, lookups, hits, misses, arrayHits };
  });
  const walkCacheHits = walkCaches?.map(({ hits }) => hits);
  return { accesses, references, tlbs: counted, walks, psc, walkCacheHits, faults, memory };
}

/** The same of the plain model. */
export function plainCounters({ counters, hierarchy }: PlainOsResult) {
  const { accesses, references, walks, psc, faults, memory } = counters;
  return { accesses, references, ...hierarchy, walks, psc, faults, memory };
}
