/** What the host's side of nested paging counted, as a result. */
import type { NestedCounts } from "./kernel/nested.ts";
import type { NestedWalks } from "./report/results.ts";

export function nestedWalks(counts: NestedCounts): NestedWalks {
  const byLevel = {
    pml4e: counts.pml4eReads,
    pdpte: counts.pdpteReads,
    pde: counts.pdeReads,
    pte: counts.pteReads,
  };
  const { lookups, misses, faults } = counts;
  return {
    references: byLevel.pml4e + byLevel.pdpte + byLevel.pde + byLevel.pte,
    byLevel,
    tlb: { lookups, hits: lookups - misses, misses },
    psc: {
      pml4e: { hits: counts.pml4eHits },
      pdpte: { hits: counts.pdpteHits },
      pde: { hits: counts.pdeHits },
    },
    faults,
  };
}
