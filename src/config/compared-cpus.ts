/** Which CPUs are compared. */
import { ConfigError } from "../errors.ts";
import type { CpuDescription } from "./cpus/description.ts";
import { hasOpt } from "./cpus/opt.ts";
import { checkNames, listOf } from "./lists.ts";
import { RUN_PAGE_SIZES, type RunPageSize } from "./os-config.ts";
import { ALL_CPU_NAMES, resolve } from "./resolve.ts";
import type { ResolvedConfig } from "./types.ts";

export interface CpusConfig {
  /** Names of CPUs and descriptions, 128 at most, each once; or `"all"` that have names. @default "all" */
  cpus?: readonly (string | CpuDescription)[] | string;
  /** Page size of every mapping, which each of the CPUs must have. @default of each CPU its smallest */
  pageSize?: Exclude<RunPageSize, "thp">;
}

/** Each is a machine with memory of its own. */
const MAX_CPUS = 128;

/** The machines of `config`, in the order in which they were named. Throws ConfigError. */
export function resolveCpus(config: CpusConfig = {}): ResolvedConfig[] {
  checkNames(config, ["cpus", "pageSize"]);
  const { pageSize } = config;
  if ((pageSize as string | undefined) === "thp") {
    const sizes = RUN_PAGE_SIZES.filter((size) => size !== "thp");
    throw new ConfigError("pageSize", pageSize, `${sizes.join(", ")} where CPUs are compared`);
  }
  const given = listOf<string | CpuDescription>(config.cpus ?? "all", "cpus");
  const named = (cpu: string | CpuDescription) => (cpu === "all" ? ALL_CPU_NAMES : [cpu]);
  const cpus = [...new Set(given.flatMap<string | CpuDescription>(named))];
  if (cpus.length > MAX_CPUS) throw new ConfigError("cpus", `${cpus.length} CPUs`, `${MAX_CPUS} at most`);
  return cpus.map((cpu) => {
    const machine = resolved(cpu, pageSize);
    if (!hasOpt(machine.hierarchy)) return machine;
    throw new ConfigError("cpus", machine.cpu, "CPUs without policy opt, for which the trace is read more than once");
  });
}

/** Whether a machine counts the same from words that another kernel decoded, which are read once. */
export function canShareReading({ os, cost, nested, hierarchy }: ResolvedConfig): boolean {
  if (os !== undefined || cost !== undefined || nested !== undefined) return false;
  return !hasOpt(hierarchy) && hierarchy?.prefetch?.policy !== "stride";
}

/** The machine of one of them; whose a page size is not, is told. */
function resolved(cpu: string | CpuDescription, pageSize: CpusConfig["pageSize"]): ResolvedConfig {
  try {
    return resolve({ cpu, ...(pageSize === undefined ? {} : { pageSize }) });
  } catch (error) {
    if (!(error instanceof ConfigError) || error.option !== "pageSize") throw error;
    const name = typeof cpu === "string" ? cpu : cpu.title;
    const allowed = error.allowed.split(", ").filter((size) => size !== "thp");
    throw new ConfigError("pageSize", error.got, `${allowed.join(", ")} on ${name}`);
  }
}
