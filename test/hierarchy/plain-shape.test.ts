/** A description of the plain shape is the plain machine: real traces, at every page size and by every policy. */
import { beforeAll, describe, expect, it } from "vitest";
import type { ArrayDescription, CpuDescription, TlbDescription } from "../../src/config/cpus/description.ts";
import { POLICIES, type Policy } from "../../src/config/types.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { recordedTraces } from "../helpers/traces.ts";
import { countersOf } from "../reference/assert-counters.ts";
import { assertHierarchyCounters } from "../reference/assert-hierarchy.ts";

const HOLDS = ["4K", "2M", "1G"] as const;

/** Small L1 TLBs with few misses less than a large one, and a large STLB, of ways that `policy` allows. */
function machineOf(policy: Policy) {
  const l2 = policy === "mru3-plru4" ? { entries: 192, ways: 12 } : { entries: 256, ways: 8 };
  const l1 = policy === "mru3-plru4" ? { entries: 48, ways: 12 } : { entries: 64, ways: 4 };
  return { l1i: l1, l1d: l1, stlb: l2, psc: { pde: 8, pdpte: 3, pml4e: 2 } };
}

function descriptionOf(policy: Policy): CpuDescription {
  const { l1i, l1d, stlb, psc } = machineOf(policy);
  const array = (geometry: { entries: number; ways: number }): ArrayDescription[] => [
    { holds: HOLDS, ...geometry, policy },
  ];
  const tlb = (name: string, level: number, kinds: TlbDescription["kinds"], of: { entries: number; ways: number }) => ({
    name,
    level,
    kinds,
    arrays: array(of),
  });
  return {
    schema: "pagewalk/cpu@1",
    title: "plain",
    pageSizes: HOLDS,
    tlbs: [
      tlb("L1I", 1, ["fetch"], l1i),
      tlb("L1D", 1, ["load", "store"], l1d),
      tlb("STLB", 2, ["fetch", "load", "store"], stlb),
    ],
    walkCaches: (["pde", "pdpte", "pml4e"] as const).map((entry) => ({
      name: entry.toUpperCase(),
      holds: [entry],
      entries: psc[entry],
      ways: psc[entry],
    })),
  };
}

/** But random: its choices begin otherwise. */
const OTHERS = POLICIES.filter((policy) => policy !== "lru" && policy !== "random");

describe.each(BUILDS.slice(0, 1))("the plain shape, described ($name)", ({ module }) => {
  beforeAll(() => provideKernelModule(module));

  // Each trace at each page size by some of the policies, so that all pairs come up.
  const cases = recordedTraces().flatMap(({ name, path }, at) =>
    HOLDS.flatMap((pageSize, size) =>
      (["lru", OTHERS[(at + 2 * size) % OTHERS.length] as Policy] as const).map((policy) => ({
        name,
        path,
        pageSize,
        policy,
      })),
    ),
  );
  it.each(cases)(
    "counts what the fast machine counts: $name, $pageSize, $policy",
    async ({ path, pageSize, policy }) => {
      const plain = await simulate(await openTrace(path), { ...machineOf(policy), pageSize, policy });
      const described = await simulate(await openTrace(path), { cpu: descriptionOf(policy), pageSize });
      assertHierarchyCounters(described);
      expect(countersOf(described)).toEqual(countersOf(plain));
    },
  );
});
