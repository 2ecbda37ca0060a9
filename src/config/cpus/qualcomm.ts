/** Qualcomm's cores, with 4 KiB granules. */
import { assumed, chen, measured, vendor } from "./claims.ts";
import type { CpuDescription } from "./description.ts";
import { LRU, lowerRules, PLRU, RULES_UNKNOWN, upperRules, WALK_CACHES_UNKNOWN } from "./parts.ts";

const SLIDES = vendor(`Qualcomm, Hot Chips 2024, as quoted in ${chen("qualcomm-oryon")}`);
const MORE_THAN_8K = vendor(`Qualcomm, Hot Chips 2024: "> 8K entry", as quoted in ${chen("qualcomm-oryon")}`);
const MEASURED = measured(chen("qualcomm-oryon"));
const CYCLES = measured(
  `${chen("qualcomm-oryon")}: 3 cycles a load that hits L1D, 11 one that hits L2, about 55 one that misses it`,
);
const NOT_TOLD = assumed("neither told nor measured; one at a time");

const PAGE_SIZES = ["4K", "2M", "1G"] as const;

export const QUALCOMM: Record<"oryon", CpuDescription> = {
  oryon: {
    schema: "pagewalk/cpu@1",
    title: "Qualcomm Oryon (Snapdragon X Elite)",
    architecture: "arm64",
    pageSizes: PAGE_SIZES,
    tlbs: [
      {
        name: "L1I",
        level: 1,
        kinds: ["fetch"],
        arrays: [{ holds: PAGE_SIZES, entries: SLIDES(256), ways: SLIDES(8), policy: PLRU, index: MEASURED("modulo") }],
        ...upperRules(RULES_UNKNOWN),
      },
      {
        name: "L1D",
        level: 1,
        kinds: ["load", "store"],
        arrays: [{ holds: PAGE_SIZES, entries: SLIDES(224), ways: SLIDES(7), policy: LRU, index: MEASURED("modulo") }],
        ...upperRules(RULES_UNKNOWN),
      },
      {
        name: "L2",
        level: 2,
        kinds: ["fetch", "load", "store"],
        arrays: [
          {
            holds: PAGE_SIZES,
            entries: MEASURED(32768, MORE_THAN_8K(8192)),
            ways: SLIDES(8),
            policy: PLRU,
            index: MEASURED("modulo"),
          },
        ],
        ...lowerRules(RULES_UNKNOWN),
      },
    ],
    walkCaches: WALK_CACHES_UNKNOWN,
    walkers: NOT_TOLD(1),
    hitBelowCycles: [CYCLES(8)],
    walkCycles: CYCLES(44),
    notes: [
      "The core has granules of 64 KiB as well; described are the page sizes of 4 KiB granules.",
      "The second level was measured with contiguous 4 KiB pages: it may have 8192 entries of four pages each, as Qualcomm's number suggests.",
      "How large pages are held is not told; here an entry holds a page of any size.",
    ],
  },
};
