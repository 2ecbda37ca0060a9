/** Ampere's own cores, with 4 KiB granules. Its Altra has Arm's Neoverse N1. */
import { assumed, chen, measured, vendor } from "./claims.ts";
import type { CpuDescription, Sourced, TlbDescription } from "./description.ts";
import { FULL, LOW_BITS, LRU, lowerRules, policyOf, RULES_UNKNOWN, upperRules, WALK_CACHES_UNKNOWN } from "./parts.ts";

const SKYLARK = measured(chen("ampere-skylark"));
const HOT_CHIPS = vendor(
  "Ampere, Hot Chips 2024, in chipsandcheese.com, AmpereOne at Hot Chips 2024: Maximizing Density",
);
const NOT_TOLD = assumed("neither told nor measured; a guess");
const AS_N1 = assumed("neither told nor measured; as in Arm's Neoverse N1, which Ampere's processors had before");

const PAGE_SIZES = ["4K", "2M", "1G"] as const;

const GRANULES = "The core has other granules as well; described are the page sizes of 4 KiB granules.";

function tlbsOf(
  fetchEntries: Sourced<number>,
  dataEntries: Sourced<number>,
  second: { entries: Sourced<number>; ways: Sourced<number> },
): readonly TlbDescription[] {
  return [
    {
      name: "L1I",
      level: 1,
      kinds: ["fetch"],
      arrays: [{ holds: PAGE_SIZES, entries: fetchEntries, ways: FULL, policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L1D",
      level: 1,
      kinds: ["load", "store"],
      arrays: [{ holds: PAGE_SIZES, entries: dataEntries, ways: FULL, policy: LRU }],
      ...upperRules(RULES_UNKNOWN),
    },
    {
      name: "L2",
      level: 2,
      kinds: ["fetch", "load", "store"],
      arrays: [{ holds: PAGE_SIZES, ...second, policy: policyOf(second.ways), index: LOW_BITS }],
      ...lowerRules(RULES_UNKNOWN),
    },
  ];
}

export const AMPERE: Record<"ampere-emag" | "ampereone", CpuDescription> = {
  "ampere-emag": {
    schema: "pagewalk/cpu@1",
    title: "Ampere eMAG (Skylark)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(SKYLARK(48), SKYLARK(48), { entries: SKYLARK(512), ways: NOT_TOLD(4) }),
    walkCaches: WALK_CACHES_UNKNOWN,
    hitBelowCycles: [SKYLARK(6)],
    notes: [GRANULES],
  },
  ampereone: {
    schema: "pagewalk/cpu@1",
    title: "AmpereOne",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: tlbsOf(AS_N1(48), AS_N1(48), { entries: AS_N1(1280), ways: AS_N1(5) }),
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: HOT_CHIPS(8),
    hitBelowCycles: [AS_N1(3)],
    notes: [
      GRANULES,
      "No size of this core's TLBs was found: all of them are guesses. That each entry may be of any page size, and that eight walks run at once, is Ampere's word.",
    ],
  },
};
