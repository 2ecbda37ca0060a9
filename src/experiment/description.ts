/** An experiment as people write it: which traces, on which machines, swept how. `schema.ts` checks it. */
import type { Dimension } from "../config/attribution.ts";
import type { CpuDescription } from "../config/cpus/description.ts";
import type { WindowUnit } from "../config/selection.ts";

export const EXPERIMENT_SCHEMA_NAME = "pagewalk/experiment@1";

export interface ExperimentDescription {
  $schema?: string;
  schema: typeof EXPERIMENT_SCHEMA_NAME;
  /** What it is to find out: stands above its results. */
  title?: string;
  /** Files, as globs relative to the experiment's folder, or with more about them. Each file once, in the order of their names. */
  traces: (string | TracesDescription)[];
  /** Parts of each trace, each a result of its own. @default all of it */
  windows?: WindowDescription[];
  /** Names of CPUs, files of descriptions, or machines with the options of `run`. */
  machines?: (string | MachineDescription)[];
  /** Options of `run` and values of each: every machine in all combinations of them. */
  vary?: Record<string, (string | number)[]>;
  /** Beginnings of random choices: each machine that makes any, once with each. */
  seeds?: number[];
  /** TLBs of many geometries, with the options of `sweep`. */
  sweeps?: SweepDescription[];
  /** By what the misses of machines are told apart. @default not */
  by?: Dimension[];
  /** Records of each interval of the machines' series. @default no series */
  interval?: number | string;
  /** Machines that share one reading of a trace, which is then one unit of the plan. @default 8 */
  machinesPerUnit?: number;
  /** What a cluster is asked for. Options of `submit` win. */
  slurm?: SlurmDescription;
}

export interface TracesDescription {
  /** A glob. */
  files: string;
  /** Format to take them for. @default by content */
  format?: string;
  /** Which columns of a CSV are what. @default by its header */
  columns?: string;
  /** Id of the only thread to look at. @default all */
  thread?: string | number;
  /** Files of what parts of memory are called: `*` stands for the trace's name without its endings. @default those recorded in it */
  regions?: string;
  /** Files of mappings with their rights, likewise, or `recorded`. @default every address is mapped */
  maps?: string;
}

export interface WindowDescription {
  /** @default what it says, as `skip 1M, limit 10M` */
  name?: string;
  skip?: number | string;
  warmup?: number | string;
  limit?: number | string;
  unit?: WindowUnit;
}

export interface MachineDescription {
  /** @default its CPU and the options given */
  name?: string;
  /** Name of a CPU, a file that describes one, relative to the experiment's folder, or a description. @default "generic" */
  cpu?: string | CpuDescription;
  /** Options of `run` (Config), as `stlb: "1024:8"`. */
  [option: string]: unknown;
}

export interface SweepDescription {
  /** @default the options given */
  name?: string;
  /** Options of `sweep` (SweepConfig), as `entries: "16..4096"`. */
  [option: string]: unknown;
}

/** What a job of Slurm asks for; what is missing is up to the cluster. */
export interface SlurmDescription {
  account?: string;
  partition?: string;
  /** Of each task: `90` minutes, `HH:MM:SS`, `D-HH`, … as sbatch takes it. */
  time?: string;
  /** Of each task, as `4G`. */
  memory?: string;
  /** Cores of each task. @default 1 */
  cpus?: number;
  /** Tasks of the array. @default so many that each takes about ten minutes */
  shards?: number;
}
