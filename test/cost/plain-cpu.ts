/** CPUs of the plain shape, as descriptions: they run where walks tell of the entries that they read. */
import type { CpuDescription } from "../../src/config/cpus/description.ts";

export interface PlainSizes {
  l1i: readonly [entries: number, ways: number];
  l1d: readonly [entries: number, ways: number];
  stlb: readonly [entries: number, ways: number];
  /** Entries of the caches of PDEs, PDPTEs and PML4Es; 0: none. */
  psc: readonly [pde: number, pdpte: number, pml4e: number];
}

export function plainCpu({ l1i, l1d, stlb, psc }: PlainSizes): CpuDescription {
  const holds = ["4K", "2M", "1G"] as const;
  const array = ([entries, ways]: readonly [number, number]) => [{ holds, entries, ways }];
  return {
    schema: "pagewalk/cpu@1",
    title: "made up",
    pageSizes: holds,
    tlbs: [
      { name: "L1I", level: 1, kinds: ["fetch"], arrays: array(l1i) },
      { name: "L1D", level: 1, kinds: ["load", "store"], arrays: array(l1d) },
      { name: "STLB", level: 2, kinds: ["fetch", "load", "store"], arrays: array(stlb) },
    ],
    walkCaches: (["pde", "pdpte", "pml4e"] as const)
      .map((entry, index) => ({
        name: entry.toUpperCase(),
        holds: [entry],
        entries: psc[index] ?? 0,
        ways: "full" as const,
      }))
      .filter(({ entries }) => entries > 0),
  };
}
