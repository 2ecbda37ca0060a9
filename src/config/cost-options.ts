/** What translations cost, as the command line offers it. */
import type { ConfigOptions } from "./options.ts";

export const COST_OPTIONS = {
  cost: [
    "--cost <model>",
    "cycles as well, by a model: flat, cached (walks read through data caches); and numbers, as flat,tlb2=9,walk=30",
    "counts alone",
  ],
} as const satisfies ConfigOptions;
