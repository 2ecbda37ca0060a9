/** The options that several commands share, and how they become configurations. Defaults are told, never set, here. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { PRESETS } from "../config/presets.ts";
import { RUN_DEFAULTS, SWEEP_DEFAULTS } from "../config/resolve.ts";
import { type Config, PAGE_SIZES, POLICIES, SET_INDEXES, STREAMS, type SweepConfig } from "../config/types.ts";
import { FORMATS } from "../trace/formats/index.ts";

const preset = PRESETS[RUN_DEFAULTS.cpu];
const presetPsc = Object.entries(preset.psc.value).map(([name, entries]) => `${name}=${entries}`);

/** The options of a configuration, by the name that each has there. */
type ConfigOptions = Readonly<Record<string, readonly [flags: string, description: string, fallback: string]>>;

export const RUN_OPTIONS = {
  cpu: ["--cpu <name>", `CPU that gives the defaults: ${Object.keys(PRESETS).join(", ")}`, RUN_DEFAULTS.cpu],
  l1i: ["--l1i <entries:ways>", "instruction TLB", preset.l1i.value],
  l1d: ["--l1d <entries:ways>", "data TLB, as 64:4 or 32:full", preset.l1d.value],
  stlb: ["--stlb <entries:ways>", "second-level TLB", preset.stlb.value],
  psc: ["--psc <sizes>", "paging-structure caches, or none", presetPsc.join(",")],
  policy: ["--policy <name>", `replacement policy: ${POLICIES.join(", ")}`, RUN_DEFAULTS.policy],
  pageSize: ["--page-size <size>", `page size: ${PAGE_SIZES.join(", ")}`, RUN_DEFAULTS.pageSize],
} as const satisfies ConfigOptions;

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
  policies: ["--policies <list>", `replacement policies: ${POLICIES.join(", ")}`, SWEEP_DEFAULTS.policies],
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

const ALL_OPTIONS: ConfigOptions = { ...RUN_OPTIONS, ...SWEEP_OPTIONS };

/** The options that every command with a result has. */
export interface OutputOptions {
  format?: string;
  json?: boolean;
  csv?: boolean;
  output?: string;
  quiet?: boolean;
  ascii?: boolean;
}

/** Declares options of a configuration on `command`. */
export function addConfigOptions(command: Command, table: ConfigOptions): void {
  for (const [flags, description, fallback] of Object.values(table)) {
    command.addOption(new Option(flags, `${description} (default: ${fallback})`));
  }
}

/** The configuration that `options`, as commander parsed them, spell out: those given, and no others. */
export function configFrom(options: Record<string, unknown>, table: typeof RUN_OPTIONS): Config;
export function configFrom(options: Record<string, unknown>, table: typeof SWEEP_OPTIONS): SweepConfig;
export function configFrom(options: Record<string, unknown>, table: ConfigOptions): object {
  const given = Object.entries(table).map(
    ([name, [flags]]) => [name, options[new Option(flags).attributeName()]] as const,
  );
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Flags of options that no configuration of a trace has, where they are not `--` and the name. */
const OTHER_FLAGS: Readonly<Record<string, string>> = {
  address: "address",
  maxPhyAddr: "--maxphyaddr",
  memoryFormat: "--memory-format",
  pages1G: "--no-1g",
};

/** Flags that give one item of a list each, where errors name the item. */
const ITEM_FLAGS: Readonly<Record<string, string>> = { entries: "--entry" };

/** The flag of an option path in a ConfigError, and what of it: `geometries[1].ways` is `--geometry: item 2: ways`. */
export function flagOf(optionPath: string): string {
  const [, name = "", item, field] = /^(\w+)(?:\[(\d+)\])?(?:\.(.+))?$/.exec(optionPath) ?? [];
  if (Object.hasOwn(OTHER_FLAGS, name)) return OTHER_FLAGS[name] ?? name;
  const known = Object.hasOwn(ALL_OPTIONS, name) ? ALL_OPTIONS[name]?.[0] : undefined;
  if (known === undefined) return `--${optionPath}`;
  const flag = known.slice(0, known.indexOf(" "));
  const parts = [item === undefined ? flag : (ITEM_FLAGS[name] ?? flag), item && `item ${Number(item) + 1}`, field];
  return parts.filter((part) => part !== undefined).join(": ");
}

export function addOutputOptions(command: Command): void {
  const formats = FORMATS.map(({ name }) => name).join(", ");
  command
    .addOption(new Option("--json", "print the result as JSON").conflicts("csv"))
    .option("--csv", "print the result as CSV")
    .option("-o, --output <file>", "write the result to a file, which is there whole or not at all")
    .option("--format <name>", `format of the traces: ${formats} (default: by content)`)
    .option("-q, --quiet", "no progress on standard error");
}

/** A file for the picture of a sweep. Standard output has the result. */
export function svgOption(): Option {
  return new Option("--svg <file>", "also draw the sweep as an SVG picture, with a panel for each trace").argParser(
    (path) => {
      if (path === "" || path === "-") throw new InvalidArgumentError("Expected a file name.");
      return path;
    },
  );
}

/** Workers that are started unasked: each takes about 30 MB. */
const MAX_DEFAULT_JOBS = 6;

/** A whole number of threads that do `what`. @default the machine's cores, at most MAX_DEFAULT_JOBS */
export function jobsOption(what: string): Option {
  return new Option("-j, --jobs <n>", `threads: ${what}`)
    .default(Math.min(availableParallelism(), MAX_DEFAULT_JOBS), `one for each core, at most ${MAX_DEFAULT_JOBS}`)
    .argParser((text) => {
      const jobs = /^\d+$/.test(text) ? Number(text) : 0;
      if (!Number.isInteger(jobs) || jobs < 1 || jobs > 1024) throw new InvalidArgumentError("Expected 1 to 1024.");
      return jobs;
    });
}
