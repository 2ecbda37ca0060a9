/** The options of the operating system, as the command line offers them. */
import type { ConfigOptions } from "./options.ts";
import { OS_DEFAULTS, RECLAIM_POLICIES } from "./os-config.ts";

/** The options of the operating system behind a run. */
export const OS_OPTIONS = {
  memory: [
    "--memory <size>",
    "memory for the program's pages, as 64M; beyond it pages are evicted",
    OS_DEFAULTS.memory,
  ],
  swap: ["--swap <size>", "swap for evicted pages that were written", OS_DEFAULTS.swap],
  reclaim: ["--reclaim <name>", `which page goes: ${RECLAIM_POLICIES.join(", ")}`, OS_DEFAULTS.reclaim],
  seed: ["--seed <n>", "begins random choices", String(OS_DEFAULTS.seed)],
  huge: ["--huge <list>", "regions or addresses on larger pages: heap,0x40000000-0x80000000=1G", OS_DEFAULTS.huge],
  thpAvailable: [
    "--thp-available <share>",
    "with --page-size thp: how many 2 MiB blocks can be had, 0 to 1",
    String(OS_DEFAULTS.thpAvailable),
  ],
  khugepaged: ["--khugepaged <records>", "with --page-size thp: records between passes that promote pages", "none"],
  khugepagedPages: [
    "--khugepaged-pages <n>",
    "pages of 512 that must be there to be promoted",
    String(OS_DEFAULTS.khugepagedPages),
  ],
  switchEvery: [
    "--switch-every <records>",
    "another process runs then: that of the next trace; with one trace, one that is not recorded",
    OS_DEFAULTS.switchEvery,
  ],
  pcid: ["--pcid <on|off>", "translations are tagged by process; off: switches flush", OS_DEFAULTS.pcid],
  kpti: ["--kpti <on|off>", "the kernel has page tables of its own", OS_DEFAULTS.kpti],
  systemCalls: [
    "--system-calls <on|off>",
    "obey munmap, mremap and mprotect that the trace tells of",
    OS_DEFAULTS.systemCalls,
  ],
} as const satisfies ConfigOptions;
