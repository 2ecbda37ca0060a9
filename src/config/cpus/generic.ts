/** The default CPU: no real one, but what textbooks and simulators run; it has the sizes of Intel's Skylake. */
import { resolveGeometry } from "../geometry.ts";
import { PRESETS } from "../presets.ts";
import { assumed } from "./claims.ts";
import type { ArrayDescription, Claim, CpuDescription, Sourced } from "./description.ts";
import { walkCache } from "./parts.ts";

const SIMPLE = assumed("a simplification: real processors do something cheaper");
const RULE = assumed("the simplest rule; hits below fill the TLBs above, which tell those below nothing");

const { title, l1i, l1d, stlb, psc } = PRESETS.generic;
const HOLDS = ["4K", "2M", "1G"] as const;

/** A part of what is claimed, by the same source. */
function saidWith<Value>({ status, source }: Claim<unknown>, value: Value): Sourced<Value> {
  return { value, status, source };
}

/** One array for every page size, exact LRU and the low bits of the page number: what the fast machine runs. */
const SIMPLE_ARRAY: Omit<ArrayDescription, "entries" | "ways"> = {
  holds: HOLDS,
  policy: SIMPLE("lru"),
  index: SIMPLE("modulo"),
};
function arrayOf(claim: Claim<string>): ArrayDescription {
  const { entries, ways } = resolveGeometry(claim.value, "cpu");
  return { ...SIMPLE_ARRAY, entries: saidWith(claim, entries), ways: saidWith(claim, ways) };
}

const RULES = { filledByWalks: RULE(true), filledByHitsBelow: RULE(true) };

export const GENERIC: Record<"generic", CpuDescription> = {
  generic: {
    schema: "pagewalk/cpu@1",
    title,
    pageSizes: HOLDS,
    tlbs: [
      {
        name: "L1I",
        level: 1,
        kinds: ["fetch"],
        arrays: [arrayOf(l1i)],
        ...RULES,
      },
      {
        name: "L1D",
        level: 1,
        kinds: ["load", "store"],
        arrays: [arrayOf(l1d)],
        ...RULES,
      },
      {
        name: "STLB",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [arrayOf(stlb)],
        filledByWalks: RULE(true),
        takesVictims: RULE(false),
        exclusive: RULE(false),
        inclusive: RULE(false),
        touchedByHitsAbove: RULE(false),
      },
    ],
    walkCaches: [
      walkCache("PDE", ["pde"], saidWith(psc, psc.value.pde)),
      walkCache("PDPTE", ["pdpte"], saidWith(psc, psc.value.pdpte)),
      walkCache("PML4E", ["pml4e"], saidWith(psc, psc.value.pml4e)),
    ],
    notes: [
      "No processor that exists: real ones have an array for each page size, hashed indexes and cheaper policies.",
    ],
  },
};
