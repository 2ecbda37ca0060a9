/** The options that several commands share, and how they become configurations. Defaults are told, never set, here. */
import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError, Option } from "commander";
import { PRESETS } from "../config/presets.ts";
import { RUN_DEFAULTS, SWEEP_DEFAULTS } from "../config/resolve.ts";
import { type Config, PAGE_SIZES, POLICIES, STREAMS, type SweepConfig } from "../config/types.ts";
import { FORMATS } from "../trace/formats/index.ts";

const preset = PRESETS[RUN_DEFAULTS.cpu];
const presetPsc = Object.entries(preset.psc.value).map(([name, entries]) => `${name}=${entries}`);

/** Every option of a configuration, by the name it has there. */
const OPTIONS = {
  cpu: ["--cpu <name>", `CPU that gives the defaults: ${Object.keys(PRESETS).join(", ")}`, RUN_DEFAULTS.cpu],
  l1i: ["--l1i <entries:ways>", "instruction TLB", preset.l1i.value],
  l1d: ["--l1d <entries:ways>", "data TLB, as 64:4 or 32:full", preset.l1d.value],
  stlb: ["--stlb <entries:ways>", "second-level TLB", preset.stlb.value],
  psc: ["--psc <sizes>", "paging-structure caches, or none", presetPsc.join(",")],
  policy: ["--policy <name>", `replacement policy: ${POLICIES.join(", ")}`, RUN_DEFAULTS.policy],
  pageSize: ["--page-size <size>", `page size: ${PAGE_SIZES.join(", ")}`, RUN_DEFAULTS.pageSize],
  entries: ["--entries <list>", "sizes: numbers, and ranges that double, as 16..4096", SWEEP_DEFAULTS.entries],
  ways: ["--ways <list>", "ways; those that do not divide the entries are left out", SWEEP_DEFAULTS.ways],
  geometries: ["--geometry <list>", "exact points instead, as 64:4,48:3,1536:12", "none"],
  pageSizes: ["--page-sizes <list>", `page sizes: ${PAGE_SIZES.join(", ")}`, SWEEP_DEFAULTS.pageSizes],
  policies: ["--policies <list>", `replacement policies: ${POLICIES.join(", ")}`, SWEEP_DEFAULTS.policies],
  stream: ["--stream <name>", `references to look at: ${STREAMS.join(", ")}`, SWEEP_DEFAULTS.stream],
} as const satisfies Record<string, readonly [flags: string, description: string, fallback: string]>;

export const RUN_OPTIONS = ["cpu", "l1i", "l1d", "stlb", "psc", "policy", "pageSize"] as const;
export const SWEEP_OPTIONS = ["entries", "ways", "geometries", "pageSizes", "policies", "stream"] as const;

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
export function addConfigOptions(command: Command, names: readonly (keyof typeof OPTIONS)[]): void {
  for (const name of names) {
    const [flags, description, fallback] = OPTIONS[name];
    command.addOption(new Option(flags, `${description} (default: ${fallback})`));
  }
}

/** The configuration that `options`, as commander parsed them, spell out: those given, and no others. */
export function configFrom(options: Record<string, unknown>, names: typeof RUN_OPTIONS): Config;
export function configFrom(options: Record<string, unknown>, names: typeof SWEEP_OPTIONS): SweepConfig;
export function configFrom(options: Record<string, unknown>, names: readonly (keyof typeof OPTIONS)[]): object {
  const given = names.map((name) => [name, options[new Option(OPTIONS[name][0]).attributeName()]] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}

/** Flags of options that no configuration of a trace has, where they are not `--` and the name. */
const OTHER_FLAGS: Readonly<Record<string, string>> = {
  address: "address",
  maxPhyAddr: "--maxphyaddr",
  memoryFormat: "--memory-format",
  pages1G: "--no-1g",
};

/** The flag of an option path in a ConfigError, and what of it: `geometries[1].ways` is `--geometry: item 2: ways`. */
export function flagOf(optionPath: string): string {
  const [, name = "", item, field] = /^(\w+)(?:\[(\d+)\])?(?:\.(.+))?$/.exec(optionPath) ?? [];
  if (Object.hasOwn(OTHER_FLAGS, name)) return OTHER_FLAGS[name] ?? name;
  if (!Object.hasOwn(OPTIONS, name)) return `--${optionPath}`;
  const flags = OPTIONS[name as keyof typeof OPTIONS][0];
  const parts = [flags.slice(0, flags.indexOf(" ")), item && `item ${Number(item) + 1}`, field];
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

/** Workers that are started unasked: each takes about 30 MB. */
const MAX_DEFAULT_JOBS = 6;

/** A whole number of workers. @default the machine's cores, at most MAX_DEFAULT_JOBS */
export function jobsOption(): Option {
  return new Option("-j, --jobs <n>", "worker threads")
    .default(Math.min(availableParallelism(), MAX_DEFAULT_JOBS), `one for each core, at most ${MAX_DEFAULT_JOBS}`)
    .argParser((text) => {
      const jobs = /^\d+$/.test(text) ? Number(text) : 0;
      if (!Number.isInteger(jobs) || jobs < 1 || jobs > 1024) throw new InvalidArgumentError("Expected 1 to 1024.");
      return jobs;
    });
}
