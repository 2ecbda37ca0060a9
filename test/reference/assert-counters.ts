/** What must be true of the counters of every simulation, whatever was simulated. Every test asserts it after each. */
import { expect } from "vitest";
import type { ResolvedNested } from "../../src/config/cpus/nested.ts";
import type { PageSize, ResolvedConfig } from "../../src/config/types.ts";
import type { NestedWalks, RunResult, SweepCurve, SweepPoint, SweepResult } from "../../src/report/results.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { LEAF_LEVEL } from "./access.ts";
import type { Counters } from "./machine.ts";

/** Fails unless all identities hold for `result`, and its ratios follow from its counters. */
export function assertCounters(result: RunResult): void {
  assertIdentities(countersOf(result), result.config);
  const { trace, tlbs, accesses, config } = result;

  expect(trace.records, "every record is an access").toBe(sum(accesses));
  if (trace.format === "lackey") expect(trace.instructions, "every fetch is an instruction").toBe(accesses.fetch);

  const geometries = [config.l1i, config.l1d, config.stlb];
  tlbs.forEach((tlb, index) => {
    const { name, entries, ways, policy, lookups, misses } = tlb;
    expect({ entries, ways }, `geometry of the ${name}`).toEqual({
      entries: geometries[index]?.entries,
      ways: geometries[index]?.ways,
    });
    expect(policy, `policy of the ${name}`).toBe(config.policy);
    expectRatio(tlb.missRatio, lookups === 0 ? 0 : misses / lookups, `${name}: missRatio`);
    expectMpki(tlb, trace.instructions, name);
  });

  // No ratio of a clock: a run may be too short for it. But it must be a number.
  expect(result.time.seconds, "time.seconds").toBeGreaterThanOrEqual(0);
  expect(Number.isFinite(result.time.referencesPerSecond), "time.referencesPerSecond is finite").toBe(true);
}

/** Fails unless all identities between counters hold. For counters that are no RunResult, such as the reference's. */
export function assertIdentities(counters: Counters, config: ResolvedConfig): void {
  const { accesses, references, tlbs, walks, psc, faults, memory } = counters;
  for (const [name, count] of countsIn(counters)) {
    expect(Number.isSafeInteger(count) && count >= 0, `${name} is a count: ${count}`).toBe(true);
  }

  expect(
    tlbs.map((tlb) => tlb.name),
    "order of the TLBs",
  ).toEqual(["L1I", "L1D", "STLB"]);
  const [l1i, l1d, stlb] = tlbs;
  for (const tlb of tlbs) expect(tlb.hits + tlb.misses, `${tlb.name}: hits + misses = lookups`).toBe(tlb.lookups);
  expect(l1i.lookups, "L1I lookups = fetch references").toBe(references.fetch);
  expect(l1d.lookups, "L1D lookups = data references").toBe(references.data);
  expect(stlb.lookups, "STLB lookups = L1 misses").toBe(l1i.misses + l1d.misses);
  expect(walks.count, "walks = STLB misses").toBe(stlb.misses);

  const { byLevel } = walks;
  const pscHits = psc.pml4e.hits + psc.pdpte.hits + psc.pde.hits;
  const { nested } = walks;
  expect(nested !== undefined, "a host's side is told of a guest").toBe(config.nested !== undefined);
  expect(walks.references, "walk references = sum over levels, of the guest and of its host").toBe(
    sum(byLevel) + (nested?.references ?? 0),
  );
  if (nested !== undefined && config.nested !== undefined) {
    const known = sum(byLevel) + walks.count - (config.nested.combined ? pscHits : 0);
    expect(nested.tlb.lookups, "each entry and page is translated, but for tables that are known").toBe(known);
    assertNested(nested, config.nested);
  }
  expect(byLevel.pml4e, "a walk reads a PML4E unless a PSC hits").toBe(walks.count - pscHits);
  expect(byLevel.pdpte, "a walk reads a PDPTE unless the PDPTE or the PDE cache hits").toBe(
    walks.count - psc.pde.hits - psc.pdpte.hits,
  );
  const isMixed = config.os?.thp != null || (config.os?.huge.length ?? 0) > 0;
  if (isMixed) {
    expect(byLevel.pde, "a walk reads a PDE at most").toBeLessThanOrEqual(walks.count - psc.pde.hits);
    expect(byLevel.pte, "a walk reads a PTE at most, and one below a PDE that was cached").toSatisfy(
      (read: number) => psc.pde.hits <= read && read <= psc.pde.hits + byLevel.pde,
    );
  } else if (config.pageSize === "1G") {
    expect(byLevel.pde, "a walk for a 1 GiB page reads no PDE").toBe(0);
    expect(byLevel.pte, "a walk for a 1 GiB page reads no PTE").toBe(0);
    expect(psc.pdpte.hits, "a leaf PDPTE is never cached").toBe(0);
  } else {
    expect(byLevel.pde, "a walk reads a PDE unless the PDE cache hits").toBe(walks.count - psc.pde.hits);
  }
  if (isMixed) {
    // Each walk ends where its page says.
  } else if (config.pageSize === "4K") {
    expect(byLevel.pte, "a walk reads a PTE").toBe(walks.count);
  } else {
    expect(byLevel.pte, "a walk for a large page reads no PTE").toBe(0);
    expect(psc.pde.hits, "a leaf PDE is never cached").toBe(0);
  }
  for (const level of ["pml4e", "pdpte", "pde"] as const) {
    if (config.psc[level] === 0) expect(psc[level].hits, `the ${level} cache is off`).toBe(0);
  }

  // Each time that a page is loaded it is walked to, and may become dirty once.
  expect(memory.distinctPages, "distinct pages = minor faults").toBe(faults.minor);
  const loaded = faults.minor + faults.major;
  expect(walks.count, "a fault is followed by a walk").toBeGreaterThanOrEqual(loaded);
  const isSplintered = config.nested !== undefined && (isMixed || config.nested.pageSize !== "1G");
  if (!isSplintered || (config.pageSize === "4K" && !isMixed)) {
    expect(walks.setDirty, "D is set once for a page, until it is evicted").toBeLessThanOrEqual(loaded);
  }
  const leafLevel = LEAF_LEVEL[config.pageSize];
  expect(walks.setDirtyReferences, "a walk that sets D reads the leaf").toBeGreaterThanOrEqual(walks.setDirty);
  expect(walks.setDirtyReferences, "a walk that sets D reads each level once at most").toBeLessThanOrEqual(
    walks.setDirty * (config.nested === undefined ? 5 - leafLevel : MOST_NESTED_READS),
  );
  expect(memory.evictions, "what is evicted was loaded").toBeLessThanOrEqual(loaded);
  expect(faults.major, "what is loaded back was evicted").toBeLessThanOrEqual(memory.evictions);
  expect(memory.writebacks, "what is written back is evicted").toBeLessThanOrEqual(memory.evictions);
  // The PML4, then for each page at most a table of each level down to its leaf.
  const tables = memory.pageTablePages;
  const fewest = isMixed ? 2 : 5 - leafLevel;
  expect(tables, "a mapped page needs tables").toBeGreaterThanOrEqual(memory.distinctPages > 0 ? fewest : 1);
  expect(tables, "no more tables than pages need").toBeLessThanOrEqual(1 + memory.distinctPages * (4 - leafLevel));

  // A record makes one or two references, or ends in #GP or SIGSEGV and makes none.
  const translated = sum(accesses) - faults.generalProtection - faults.protection;
  expect(sum(references), "a record makes a reference").toBeGreaterThanOrEqual(translated);
  expect(sum(references), "a record makes two references at most").toBeLessThanOrEqual(2 * translated);
}

/** Of a walk with four levels of each side. */
const MOST_NESTED_READS = 24;

/** Fails unless the counts of the host's side are consistent with one another. */
function assertNested({ references, byLevel, tlb, psc, faults }: NestedWalks, config: ResolvedNested): void {
  const { pml4e, pdpte, pde } = psc;
  expect(tlb.hits + tlb.misses, "nested TLB: hits + misses = lookups").toBe(tlb.lookups);
  if (config.tlb === null) expect(tlb.hits, "there is no nested TLB").toBe(0);
  expect(references, "host references = sum over levels").toBe(sum(byLevel));
  expect(byLevel.pml4e, "a host walk reads a PML4E unless a PSC hits").toBe(
    tlb.misses - pml4e.hits - pdpte.hits - pde.hits,
  );
  expect(byLevel.pdpte, "a host walk reads a PDPTE unless the PDPTE or the PDE cache hits").toBe(
    tlb.misses - pdpte.hits - pde.hits,
  );
  const level = { "4K": 1, "2M": 2, "1G": 3 }[config.pageSize];
  expect(byLevel.pde, "a host walk reads a PDE unless the PDE cache hits").toBe(level > 2 ? 0 : tlb.misses - pde.hits);
  expect(byLevel.pte, "a host walk reads a PTE").toBe(level > 1 ? 0 : tlb.misses);
  expect(faults, "an EPT violation is followed by a host walk").toBeLessThanOrEqual(tlb.misses);
}

/** Fails unless the points, L1 TLBs and curves of `result` are consistent with its references and with one another. */
export function assertSweepCounters(result: SweepResult): void {
  const { trace, points, curves, invalidations, checkedPoints } = result;
  for (const [name, count] of [...countsIn(invalidations), ...countsIn({ checkedPoints })]) {
    expect(Number.isSafeInteger(count) && count >= 0, `${name} is a count: ${count}`).toBe(true);
  }
  const onePass = points.filter(({ engine }) => engine === "one-pass");
  expect(checkedPoints, "what is checked is counted in one pass").toBeLessThanOrEqual(onePass.length);

  const lookupsOf = assertSweepLookups(result);
  const curveOf = new Map(curves.map((curve) => [curve.pageSize, curve]));
  expect(curveOf.size, "one curve for each page size").toBe(curves.length);
  for (const point of points) {
    const name = nameOf(point);
    const lookups = lookupsOf.get(point.pageSize) ?? Number.NaN;
    expect(point.sets * point.ways, `${name}: sets * ways = entries`).toBe(point.entries);
    expect(point.hits + point.misses, `${name}: hits + misses = lookups`).toBe(lookups);
    expectRatio(point.missRatio, lookups === 0 ? 0 : point.misses / lookups, `${name}: missRatio`);
    expectMpki(point, trace.instructions, name);
    const { coldMisses, capacityMisses, conflictMisses, setDirty } = point;
    for (const count of [coldMisses, capacityMisses, setDirty, point.hits]) {
      expect(Number.isSafeInteger(count) && count >= 0, `${name} has counts: ${JSON.stringify(point)}`).toBe(true);
    }
    expect(coldMisses + capacityMisses + conflictMisses, `${name}: cold + capacity + conflict`).toBe(point.misses);
    expect(point.misses, `${name}: cold misses are misses`).toBeGreaterThanOrEqual(coldMisses);
    expect(coldMisses, `${name}: cold misses depend on the page size alone`).toBe(
      curveOf.get(point.pageSize)?.coldMisses,
    );
    expect(setDirty, `${name}: D is set once for a page, until it is unmapped`).toBeLessThanOrEqual(coldMisses);
    if (point.policy === "lru" && point.sets === 1) expect(conflictMisses, `${name}: no sets to conflict in`).toBe(0);
  }
  assertInclusion(points);
  for (const curve of curves) assertCurve(curve, points, lookupsOf.get(curve.pageSize) ?? Number.NaN);
}

/** Returns the lookups of the points of each page size: the references, or the misses of the L1 TLBs in front. */
function assertSweepLookups({ references, trace, l1, lookups }: SweepResult): Map<PageSize, number> {
  for (const tlb of l1) {
    const name = `${tlb.pageSize} ${tlb.name}`;
    expect(tlb.hits + tlb.misses, `${name}: hits + misses = lookups`).toBe(tlb.lookups);
    expect(tlb.policy, `${name}: policy`).toBe("lru");
    expectRatio(tlb.missRatio, tlb.lookups === 0 ? 0 : tlb.misses / tlb.lookups, `${name}: missRatio`);
    expectMpki(tlb, trace.instructions, name);
  }
  const lookupsOf = new Map(lookups.map(({ pageSize, lookups }) => [pageSize, lookups]));
  expect(lookupsOf.size, "lookups of each page size once").toBe(lookups.length);
  for (const [pageSize, count] of lookupsOf) {
    const front = l1.filter((tlb) => tlb.pageSize === pageSize);
    const total = (field: "lookups" | "misses") => front.reduce((total, tlb) => total + tlb[field], 0);
    expect(l1.length === 0 || front.length > 0, `${pageSize}: L1 TLBs for every page size or for none`).toBe(true);
    if (front.length > 0) expect(total("lookups"), `${pageSize}: L1 lookups = references`).toBe(references);
    expect(count, `${pageSize}: lookups = L1 misses`).toBe(front.length > 0 ? total("misses") : references);
  }
  return lookupsOf;
}

/**
 * What LRU holds in fewer ways it holds in more, if the sets are the same ones: so more ways never miss more, and more
 * first stores hit.
 */
function assertInclusion(points: readonly SweepPoint[]): void {
  const groups = new Map<string, SweepPoint[]>();
  for (const point of points.filter(({ policy }) => policy === "lru")) {
    // All sets are the same when there is one.
    const group = `${point.pageSize} ${point.sets === 1 ? "full" : `${point.index} ${point.sets}`}`;
    groups.set(group, [...(groups.get(group) ?? []), point]);
  }
  for (const [name, group] of groups) {
    group.sort((one, other) => one.ways - other.ways);
    group.slice(1).forEach((more, index) => {
      const fewer = group[index] ?? more;
      const ways = `${name} sets: ${fewer.ways} to ${more.ways} ways`;
      expect(more.misses, `${ways}: misses`).toBeLessThanOrEqual(fewer.misses);
      expect(more.setDirty, `${ways}: walks to set D`).toBeGreaterThanOrEqual(fewer.setDirty);
    });
  }
  const capacityMisses = new Map<string, number>();
  for (const point of points) {
    const size = `${point.pageSize} of ${point.entries} entries`;
    const known = capacityMisses.get(size) ?? point.capacityMisses;
    expect(point.capacityMisses, `${nameOf(point)}: capacity misses depend on the entries alone`).toBe(known);
    capacityMisses.set(size, known);
  }
}

function assertCurve(curve: SweepCurve, points: readonly SweepPoint[], lookups: number): void {
  const { pageSize, footprint, coldMisses, floorEntries, knees, steps, samples } = curve;
  const name = `curve of ${pageSize}`;
  expect(coldMisses, `${name}: cold misses are lookups`).toBeLessThanOrEqual(lookups);
  expect(coldMisses, `${name}: every page misses cold`).toBeGreaterThanOrEqual(footprint);
  expect(floorEntries, `${name}: no more in use at once than there is`).toBeLessThanOrEqual(Math.max(1, footprint));

  samples.forEach(({ entries, misses }, index) => {
    const before = samples[index - 1] ?? { entries: 0, misses: lookups };
    expect(entries, `${name}: samples ascend`).toBeGreaterThan(before.entries);
    expect(misses, `${name}: misses at ${entries} entries`).toBeLessThanOrEqual(before.misses);
    expect(misses === coldMisses, `${name}: ${entries} entries are at the floor of ${floorEntries}`).toBe(
      entries >= floorEntries,
    );
  });
  const missesOf = new Map(samples.map(({ entries, misses }) => [entries, misses]));
  for (const point of points) {
    if (point.pageSize !== pageSize) continue;
    const fullyAssociative = point.misses - point.conflictMisses;
    const misses = missesOf.get(point.entries) ?? fullyAssociative;
    expect(fullyAssociative, `${name}: capacity misses of ${nameOf(point)}`).toBe(misses);
    expect(fullyAssociative === coldMisses, `${name}: floor at ${nameOf(point)}`).toBe(point.entries >= floorEntries);
  }

  knees.forEach(({ hitRate, entries }, index) => {
    const before = knees[index - 1];
    if (before !== undefined) expect(hitRate, `${name}: knees ascend`).toBeGreaterThan(before.hitRate);
    if (entries === null) return;
    expect(before?.entries, `${name}: a higher hit rate needs no fewer entries`).not.toBeNull();
    expect(entries, `${name}: a higher hit rate needs no fewer entries`).toBeGreaterThanOrEqual(before?.entries ?? 0);
  });
  steps.forEach(({ fromEntries, toEntries, missesBefore, missesAfter }, index) => {
    const before = steps[index - 1] ?? { toEntries: 0, missesAfter: lookups };
    expect(fromEntries, `${name}: steps ascend`).toBeGreaterThanOrEqual(before.toEntries);
    expect(toEntries, `${name}: a step ascends`).toBeGreaterThanOrEqual(fromEntries);
    expect(missesBefore, `${name}: misses fall from step to step`).toBeLessThanOrEqual(before.missesAfter);
    expect(missesAfter, `${name}: misses fall in a step`).toBeLessThan(missesBefore);
    expect(missesAfter, `${name}: cold misses stay`).toBeGreaterThanOrEqual(coldMisses);
  });
}

function nameOf({ pageSize, policy, index, entries, ways }: SweepPoint): string {
  return `${pageSize} ${policy} ${index} ${entries}:${ways}`;
}

/** Returns the counters of `result` alone, to be compared with those of a reference run by `toEqual`. */
export function countersOf(result: RunResult): Counters {
  const { accesses, references, walks, psc, faults, memory } = result;
  const [l1i, l1d, stlb] = plainTlbs(result);
  const counted = ({ name, lookups, hits, misses }: RunResult["tlbs"][number]) => ({ name, lookups, hits, misses });
  return { accesses, references, tlbs: [counted(l1i), counted(l1d), counted(stlb)], walks, psc, faults, memory };
}

/** All numbers in a tree of objects and arrays, with their paths. */
function countsIn(value: unknown, path = ""): [path: string, count: number][] {
  if (typeof value === "number") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => countsIn(member, path === "" ? key : `${path}.${key}`));
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function expectMpki(
  { misses, mpki }: { misses: number; mpki: number | null },
  instructions: number,
  name: string,
): void {
  if (instructions === 0) expect(mpki, `${name}: mpki without instructions`).toBeNull();
  else expectRatio(mpki, (misses * 1000) / instructions, `${name}: mpki`);
}

/** Equal but for rounding: the order of a multiplication and a division is free. */
function expectRatio(got: number | null, expected: number, name: string): void {
  const difference = Math.abs((got ?? Number.NaN) - expected);
  expect(difference <= 1e-12 * expected, `${name}: got ${got}, expected ${expected}`).toBe(true);
}
