/** The options of nested paging, as the command line offers them. */
import { NESTED_DEFAULTS } from "./cpus/nested.ts";
import type { ConfigOptions } from "./options.ts";

/** The options of the host of a run in a guest. */
export const NESTED_OPTIONS = {
  nested: [
    "--nested [size]",
    `the program runs in a guest, whose host has pages of that size: 4K, 2M, 1G (alone: ${NESTED_DEFAULTS.pageSize})`,
    "no guest",
  ],
  nestedTlb: [
    "--nested-tlb <entries:ways>",
    "nested TLB: guest-physical pages; or none",
    `of the CPU, else ${NESTED_DEFAULTS.tlb.value}`,
  ],
  nestedPsc: ["--nested-psc <sizes>", "caches of the host's tables, or none", "of the CPU, else as its own"],
} as const satisfies ConfigOptions;
