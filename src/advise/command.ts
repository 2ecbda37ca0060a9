/** The commands that print what plans were counted to have. */
import { RUN_OPTIONS, SELECTION_OPTIONS } from "../config/options.ts";
import { OS_OPTIONS } from "../config/os-options.ts";
import type { Config } from "../config/types.ts";
import type { AdvisedPlan, RegionSource } from "../report/advising.ts";
import { commandLine } from "../report/command-line.ts";
import type { Trace } from "../trace/trace.ts";

/** Options of `run` that tell how files are opened. */
export interface Opening {
  /** A file of mappings. */
  maps?: string | undefined;
  format?: string | undefined;
  columns?: string | undefined;
  /** A file with the description of the CPU. */
  cpu?: string | undefined;
}

const OPTIONS = {
  ...RUN_OPTIONS,
  maps: ["--maps <file>", "", ""],
  ...OS_OPTIONS,
  ...SELECTION_OPTIONS,
  format: ["--format <name>", "", ""],
  columns: ["--columns <list>", "", ""],
} as const;

/** What makes the command of a plan for `trace` out of its options. */
export function commandOf(
  { path, selection }: Trace,
  config: Config,
  source: RegionSource,
  { maps = "MAPS", ...opening }: Opening = {},
): (options: AdvisedPlan["options"]) => string {
  const { skip, warmup, limit, unit, thread } = selection;
  const window = {
    ...(skip > 0 ? { skip } : {}),
    ...(warmup > 0 ? { warmup } : {}),
    ...(limit !== Infinity ? { limit } : {}),
    ...(unit === "records" ? {} : { unit }),
    ...(thread === null ? {} : { thread }),
  };
  const mappings = source === "inferred" ? {} : { maps: source === "recorded" ? "recorded" : maps };
  const common = { ...textsOf(config), ...mappings, ...window, ...opening };
  return (options) => commandLine("run", [path], { ...common, ...options }, OPTIONS);
}

/** Geometries, sizes and a CPU as the command line has them. */
function textsOf({ cpu, l1i, l1d, stlb, psc, ...config }: Config): Config {
  const geometry = (given: Config["l1d"]) => (typeof given === "object" ? `${given.entries}:${given.ways}` : given);
  const sizes =
    typeof psc === "object"
      ? Object.entries(psc)
          .map(([name, entries]) => `${name}=${entries}`)
          .join()
      : psc;
  const texts = {
    cpu: typeof cpu === "object" ? "CPU.json" : cpu,
    l1i: geometry(l1i),
    l1d: geometry(l1d),
    stlb: geometry(stlb),
    psc: sizes,
  };
  return { ...config, ...Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== undefined)) };
}
