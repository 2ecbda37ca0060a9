/** Nested paging in words: what a host's side of a run was, and what it did. */
import type { ResolvedNested } from "../config/cpus/nested.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { count, counted, percentColumn } from "./format.ts";
import { hitRate } from "./metrics.ts";
import type { NestedWalks } from "./results.ts";
import { geometryName, type Pair } from "./trace-words.ts";

/** What the host has: `4K pages, nested TLB 16:full lru, PSC PDE 32, PDPTE 4, PML4E 2; sizes assumed`. */
export function nestedPairs({ nested }: Pick<ResolvedConfig, "nested">): Pair[] {
  if (nested === undefined) return [];
  const { pageSize, tlb, walkCaches } = nested;
  const caches = walkCaches.map(({ name, entries }) => `${name} ${count(entries)}`).join(", ");
  const parts = [
    `${pageSize} pages`,
    tlb === null ? "no nested TLB" : `nested TLB ${geometryName(tlb)} ${tlb.policy}`,
    caches === "" ? "no PSC" : `PSC ${caches}`,
  ];
  return [["host", `${parts.join(", ")}${assumedWords(nested)}`]];
}

function assumedWords({ tlb, walkCaches, assumed }: ResolvedNested): string {
  const both = assumed.length === 2 && tlb !== null && walkCaches.length > 0;
  if (assumed.length === 0) return "";
  return both ? "; sizes assumed" : `; size of the ${assumed.includes("tlb") ? "nested TLB" : "PSC"} assumed`;
}

/** Rows of the table of walks. */
export function hostRows(nested: NestedWalks | undefined): string[][] {
  if (nested === undefined) return [];
  const { byLevel, psc } = nested;
  return [
    ["host references", count(byLevel.pml4e), count(byLevel.pdpte), count(byLevel.pde), count(byLevel.pte)],
    ["host begun below", count(psc.pml4e.hits), count(psc.pdpte.hits), count(psc.pde.hits), "-"],
  ];
}

export function hostPairs(nested: NestedWalks | undefined): Pair[] {
  if (nested === undefined) return [];
  const { tlb, references, faults } = nested;
  const [rate = ""] = percentColumn([hitRate(tlb.hits, tlb.lookups)]);
  return [
    [
      "nested TLB",
      `${counted(tlb.lookups, "lookup")}, ${counted(tlb.hits, "hit")} (${rate.trim()}), ${counted(tlb.misses, "host walk")}`,
    ],
    ["host", `${counted(references, "walk reference")}, ${counted(faults, "EPT violation")}`],
  ];
}
