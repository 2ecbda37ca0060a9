/** Which page goes when memory is full: the numbers of the policies. Their names are in src/config/os-config.ts. */
export const RECLAIM_SECOND_CHANCE: u32 = 0;
export const RECLAIM_FIFO: u32 = 1;
export const RECLAIM_LRU: u32 = 2;
export const RECLAIM_RANDOM: u32 = 3;
export const RECLAIM_OPT: u32 = 4;
