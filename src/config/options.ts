/** The options of configurations, as the command line and the page offer them. Defaults are told, never set, here. */
import { pscText } from "./geometry.ts";
import { RUN_PAGE_SIZES } from "./os-config.ts";
import { AVAILABLE_POLICIES } from "./policies.ts";
import { PRESETS } from "./presets.ts";
import { RUN_DEFAULTS, SWEEP_DEFAULTS } from "./resolve.ts";
import { SELECT_ALL, WINDOW_UNITS } from "./selection.ts";
import { PAGE_SIZES, SET_INDEXES, STREAMS } from "./types.ts";

const preset = PRESETS[RUN_DEFAULTS.cpu];

/** The options of a configuration, by the name that each has there. */
export type ConfigOptions = Readonly<Record<string, readonly [flags: string, description: string, fallback: string]>>;

/** What a person calls an option, from its flags: `--l1d <entries:ways>` is `l1d`. */
export function optionName([flags]: ConfigOptions[string]): string {
  return /^--([\w-]+)/.exec(flags)?.[1] ?? flags;
}

/** What `config` sets of `options`, by the names that people know, in the order of the options. */
export function optionsSet(config: object, options: ConfigOptions): (readonly [name: string, value: string])[] {
  const values = config as Readonly<Record<string, unknown>>;
  return Object.entries(options).flatMap(([name, option]) => {
    const value = values[name];
    return value === undefined || value === "" ? [] : [[optionName(option), String(value)] as const];
  });
}

/** The options of `resolveSelection()`, but for `--threads separate`, which is several. */
export const SELECTION_OPTIONS = {
  skip: ["--skip <n>", "records to pass over first, as 500000, 1.5M or 2G", "0"],
  warmup: ["--warmup <n>", "records to simulate then, but not to count", "0"],
  limit: ["--limit <n>", "records to count after that; the rest is not read", "no limit"],
  unit: ["--unit <name>", `what --skip, --warmup and --limit count: ${WINDOW_UNITS.join(", ")}`, SELECT_ALL.unit],
  thread: ["--threads <which>", "merge all threads, a separate result for each, or the id of the only one", "merge"],
} as const satisfies ConfigOptions;

/** The options of `resolve()`. */
export const RUN_OPTIONS = {
  cpu: [
    "--cpu <name>",
    "CPU whose TLBs these are, as skylake, zen4 or neoverse-n1 (pagewalk cpus lists all), or FILE.json that describes one",
    RUN_DEFAULTS.cpu,
  ],
  l1i: ["--l1i <entries:ways>", "instruction TLB", preset.l1i.value],
  l1d: ["--l1d <entries:ways>", "data TLB, as 64:4 or 32:full", preset.l1d.value],
  stlb: ["--stlb <entries:ways>", "second-level TLB", preset.stlb.value],
  psc: ["--psc <sizes>", "paging-structure caches, or none", pscText(preset.psc.value)],
  policy: [
    "--policy <name>",
    `replacement policy, or one for each TLB, as l1d=lru,stlb=nru; or a file of one's own: ${AVAILABLE_POLICIES.join(", ")}`,
    RUN_DEFAULTS.policy,
  ],
  pageSize: [
    "--page-size <size>",
    `page size: ${RUN_PAGE_SIZES.join(", ")} (transparent huge pages)`,
    RUN_DEFAULTS.pageSize,
  ],
} as const satisfies ConfigOptions;

/** The options of `resolveCpus()`. */
export const CPUS_OPTIONS = {
  cpus: [
    "--cpu <list>",
    "compare CPUs instead: all, or names and files of descriptions, as zen4,skylake,mine.json",
    "none",
  ],
  pageSize: ["--page-size <size>", "page size of all CPUs that are compared", "the smallest of each"],
} as const satisfies ConfigOptions;

/** The options of `resolveSweep()`. */
export const SWEEP_OPTIONS = {
  entries: [
    "--entries <list>",
    "sizes: numbers, ranges that double (16..4096) or of every number (1-16); or auto, every fully associative size",
    SWEEP_DEFAULTS.entries,
  ],
  sets: ["--sets <list>", "numbers of sets instead, with each of the ways", "none"],
  ways: ["--ways <list>", "ways; those that do not divide the entries are left out", SWEEP_DEFAULTS.ways],
  geometries: ["--geometry <list>", "exact points instead, as 64:4,48:3,1536:12; or all, some 4,300", "none"],
  pageSizes: ["--page-sizes <list>", `page sizes: ${PAGE_SIZES.join(", ")}; or all`, SWEEP_DEFAULTS.pageSizes],
  policies: [
    "--policies <list>",
    `replacement policies, or all: ${AVAILABLE_POLICIES.join(", ")}; opt reads the trace twice, and is not in all`,
    SWEEP_DEFAULTS.policies,
  ],
  indexes: [
    "--index <list>",
    `how the set of a page is found: ${SET_INDEXES.join(", ")} (of a power of two of sets)`,
    SWEEP_DEFAULTS.indexes,
  ],
  stream: ["--stream <name>", `references to look at: ${STREAMS.join(", ")}`, SWEEP_DEFAULTS.stream],
  l1i: [
    "--l1i <entries:ways>",
    "instruction TLB in front, so that the points are second-level TLBs",
    `none; with --l1d or --stlb, unless the stream is data: ${preset.l1i.value}`,
  ],
  l1d: [
    "--l1d <entries:ways>",
    "data TLB in front",
    `none; with --l1i or --stlb, unless the stream is fetch: ${preset.l1d.value}`,
  ],
  stlb: ["--stlb <list>", "exact points, as --geometry, behind L1 TLBs", "none"],
  flushEvery: [
    "--flush-every <records>",
    "flush all TLBs after each so many records, as 100000",
    SWEEP_DEFAULTS.flushEvery,
  ],
  check: [
    "--check <n>",
    "one-pass points, chosen by chance, or all, to simulate directly as well and compare; unasked, over the beginning only",
    String(SWEEP_DEFAULTS.check),
  ],
} as const satisfies ConfigOptions;
