/** The machine under processes, as users configure it. */
import type { ReclaimPolicy } from "../config/os.ts";
import type { Config } from "../config/types.ts";

const OF_CONFIG = ["cpu", "l1i", "l1d", "stlb", "psc", "policy", "memory", "swap", "reclaim", "seed", "pcid"] as const;

/** The machine under processes. Every field has a default; of TLBs and paging-structure caches, that of the CPU. */
export interface MachineOptions extends Pick<Config, Exclude<(typeof OF_CONFIG)[number], "reclaim">> {
  /** How the frame is chosen whose page has to go when memory is full. @default "second-chance" */
  reclaim?: Exclude<ReclaimPolicy, "opt">;
  /**
   * Lowest address that may be mapped (Linux: vm.mmap_min_addr), a multiple of 4096 below 2^47; 0 lets page 0 be mapped.
   * @default 65536
   */
  mmapMinAddress?: number | bigint;
}

/** Names of all of them. */
export const MACHINE_OPTIONS = [...OF_CONFIG, "mmapMinAddress"] as const satisfies readonly (keyof MachineOptions)[];
