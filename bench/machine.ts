/** What is simulated. */
import type { Config, SweepConfig } from "../src/index.ts";

/** The L1D that the C programs have. */
export const C_L1D = { entries: 64, ways: 4 };
/** The machine whose data TLBs are those of the C programs. */
export const C_CONFIG: Config = { l1d: C_L1D, stlb: "1536:12", policy: "lru", pageSize: "4K" };

/** 208 TLBs: 13 set counts, 16 ways. */
export const POINTS: SweepConfig = { sets: "1..4096", ways: "1-16", pageSizes: "4K" };
/** They, and every fully associative size up to 4,096, for three page sizes. */
export const COMPLETE: SweepConfig = { geometries: "all", pageSizes: "all" };
