/** `sweep --cpu`: many CPUs over one reading of each trace. */
import { compareCpus } from "../compare-cpus.ts";
import { type CpusConfig, resolveCpus } from "../config/compared-cpus.ts";
import { type ConfigOptions, optionName } from "../config/options.ts";
import { ConfigError } from "../errors.ts";
import { isCpuFile, readCpu } from "../files/cpu-file.ts";
import type { JobOptions } from "../job.ts";
import { cpusCsv } from "../report/cpus-csv.ts";
import { cpusText } from "../report/cpus-text.ts";
import type { CpusResult } from "../report/results.ts";
import type { Trace } from "../trace/trace.ts";
import type { OutputOptions } from "./options.ts";
import { WORTH_WORKERS_BYTES, type WorkersFor } from "./workers.ts";

/** Results of CPUs as text and CSV. */
export const CPUS_VIEWS = { text: cpusText, csv: cpusCsv };

/** What `sweep --cpu` compares; `null`: CPUs are not asked for. `others`: options that then have no meaning. */
export async function cpusAsked(
  options: OutputOptions & { cpu?: string; pageSize?: string; svg?: string },
  given: object,
  others: ConfigOptions,
): Promise<CpusConfig | null> {
  const { cpu, pageSize } = options;
  if (cpu === undefined) {
    if (pageSize !== undefined)
      throw new ConfigError("pageSize", pageSize, "nothing without --cpu; --page-sizes of points");
    return null;
  }
  const [other] = Object.keys(given);
  if (other !== undefined) {
    const name = optionName(others[other] as ConfigOptions[string]);
    throw new ConfigError("cpus", `--${name} as well`, `CPUs as they are, without options of points`);
  }
  if (options.svg !== undefined) throw new ConfigError("svg", options.svg, "nothing with --cpu");
  const config = {
    cpus: await Promise.all(
      cpu.split(",").map((item) => (isCpuFile(item.trim()) ? readCpu(item.trim()) : item.trim())),
    ),
    ...(pageSize === undefined ? {} : { pageSize: pageSize as NonNullable<CpusConfig["pageSize"]> }),
  };
  resolveCpus(config); // wrong usage is told before any trace is opened
  return config;
}

/** Compares the CPUs of `config` on `trace`, by workers where they are worth it. */
export async function compareOn(
  trace: Trace,
  config: CpusConfig,
  job: JobOptions,
  workersFor: WorkersFor,
): Promise<CpusResult> {
  const simulators = (await workersFor(trace, WORTH_WORKERS_BYTES)).map(({ cpuSimulator }) => cpuSimulator);
  return compareCpus(trace, config, { ...job, simulators });
}
