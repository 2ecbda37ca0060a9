/** What must be true of the counters of every simulation, whatever was simulated. Every test asserts it after each. */
import { expect } from "vitest";
import type { ResolvedConfig } from "../../src/config/types.ts";
import type { RunResult, SweepResult } from "../../src/report/results.ts";
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
    if (trace.instructions === 0) expect(tlb.mpki, `${name}: mpki without instructions`).toBeNull();
    else expectRatio(tlb.mpki, (misses * 1000) / trace.instructions, `${name}: mpki`);
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
  expect(walks.references, "walk references = sum over levels").toBe(sum(byLevel));
  expect(byLevel.pml4e, "a walk reads a PML4E unless a PSC hits").toBe(walks.count - pscHits);
  expect(byLevel.pdpte, "a walk reads a PDPTE unless the PDPTE or the PDE cache hits").toBe(
    walks.count - psc.pde.hits - psc.pdpte.hits,
  );
  if (config.pageSize === "1G") {
    expect(byLevel.pde, "a walk for a 1 GiB page reads no PDE").toBe(0);
    expect(byLevel.pte, "a walk for a 1 GiB page reads no PTE").toBe(0);
    expect(psc.pdpte.hits, "a leaf PDPTE is never cached").toBe(0);
  } else {
    expect(byLevel.pde, "a walk reads a PDE unless the PDE cache hits").toBe(walks.count - psc.pde.hits);
  }
  if (config.pageSize === "4K") {
    expect(byLevel.pte, "a walk reads a PTE").toBe(walks.count);
  } else {
    expect(byLevel.pte, "a walk for a large page reads no PTE").toBe(0);
    expect(psc.pde.hits, "a leaf PDE is never cached").toBe(0);
  }
  for (const level of ["pml4e", "pdpte", "pde"] as const) {
    if (config.psc[level] === 0) expect(psc[level].hits, `the ${level} cache is off`).toBe(0);
  }

  // Without a limit on memory, a page is mapped once and becomes dirty once.
  expect(memory.distinctPages, "distinct pages = minor faults").toBe(faults.minor);
  expect(walks.count, "a minor fault is followed by a walk").toBeGreaterThanOrEqual(faults.minor);
  expect(walks.setDirty, "D is set once for a page").toBeLessThanOrEqual(memory.distinctPages);
  const leafLevel = { "4K": 1, "2M": 2, "1G": 3 }[config.pageSize];
  expect(walks.setDirtyReferences, "a walk that sets D reads the leaf").toBeGreaterThanOrEqual(walks.setDirty);
  expect(walks.setDirtyReferences, "a walk that sets D reads each level once at most").toBeLessThanOrEqual(
    walks.setDirty * (5 - leafLevel),
  );
  // The PML4, then for each page at most a table of each level down to its leaf.
  const tables = memory.pageTablePages;
  expect(tables, "a mapped page needs tables").toBeGreaterThanOrEqual(memory.distinctPages > 0 ? 5 - leafLevel : 1);
  expect(tables, "no more tables than pages need").toBeLessThanOrEqual(1 + memory.distinctPages * (4 - leafLevel));

  // A record makes one or two references, or a #GP; a #GP makes none.
  const translated = sum(accesses) - faults.generalProtection;
  expect(sum(references), "a record makes a reference").toBeGreaterThanOrEqual(translated);
  expect(sum(references), "a record makes two references at most").toBeLessThanOrEqual(2 * translated);
}

/** Fails unless the points of `result` are consistent with its references and with one another. */
export function assertSweepCounters(result: SweepResult): void {
  const coldMissesOf = new Map<string, number>();
  for (const point of result.points) {
    const name = `${point.pageSize} ${point.policy} ${point.entries}:${point.ways}`;
    expect(point.sets * point.ways, `${name}: sets * ways = entries`).toBe(point.entries);
    expect(point.hits + point.misses, `${name}: hits + misses = references`).toBe(result.references);
    expect(point.misses, `${name}: cold misses are misses`).toBeGreaterThanOrEqual(point.coldMisses);
    expectRatio(point.missRatio, result.references === 0 ? 0 : point.misses / result.references, `${name}: missRatio`);
    const coldMisses = coldMissesOf.get(point.pageSize) ?? point.coldMisses;
    expect(point.coldMisses, `${name}: cold misses depend on the page size alone`).toBe(coldMisses);
    coldMissesOf.set(point.pageSize, coldMisses);
  }
}

/** Returns the counters of `result` alone, to be compared with those of a reference run by `toEqual`. */
export function countersOf(result: RunResult): Counters {
  const { accesses, references, tlbs, walks, psc, faults, memory } = result;
  const [l1i, l1d, stlb] = tlbs;
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

/** Equal but for rounding: the order of a multiplication and a division is free. */
function expectRatio(got: number | null, expected: number, name: string): void {
  const difference = Math.abs((got ?? Number.NaN) - expected);
  expect(difference <= 1e-12 * expected, `${name}: got ${got}, expected ${expected}`).toBe(true);
}
