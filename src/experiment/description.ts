/** An experiment as people write it: which traces, on which machines, swept how. `schema.ts` checks it. */
import type { Dimension } from "../config/attribution.ts";
import type { CpuDescription } from "../config/cpus/description.ts";
import type { WindowUnit } from "../config/selection.ts";

export const EXPERIMENT_SCHEMA_NAME = "pagewalk/experiment@1";

export interface ExperimentDescription {
  /** Where the JSON Schema of experiments is, for editors that complete and check. Not read. */
  $schema?: string;
  /** The form that this is in: `pagewalk/experiment@1`. */
  schema: typeof EXPERIMENT_SCHEMA_NAME;
  /** What it is to find out: stands above its results. */
  title?: string;
  /**
   * Files, as globs relative to the experiment's folder, or with more about them; what begins with `!` leaves files out. Each file once: in the
   * order of the globs, of each by name.
   */
  traces: (string | TracesDescription)[];
  /** Parts of each trace, each a result of its own. @default all of it */
  windows?: WindowDescription[];
  /** Names of CPUs, files that describe one, or machines with the options of `run`. */
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
  /** A glob, as `traces/*.lk.gz`. */
  files: string;
  /** Format to take them for. @default by content */
  format?: string;
  /** Which columns of a CSV are what, as `address=2,kind=1`. @default by its header */
  columns?: string;
  /** Id of the only thread to look at. @default all */
  thread?: string | number;
  /**
   * Files of what parts of memory are called, as `traces/*.regions.json`: `*` stands for the trace's name without one or more of its endings.
   * Without a folder it is beside the trace. @default those recorded in it
   */
  regions?: string;
  /** Files of mappings with their rights, likewise, or `recorded`: those in a `.pwt`. @default every address is mapped */
  maps?: string;
}

export interface WindowDescription {
  /** What results call it; each has another. @default what it says, as `skip=1M limit=10M` */
  name?: string;
  /** Records or instructions to pass over first, as 500000 or `1.5M`. @default 0 */
  skip?: number | string;
  /** Of these to simulate then, but not to count. @default 0 */
  warmup?: number | string;
  /** Of these to count after that; the rest is not read. @default no limit */
  limit?: number | string;
  /** What these count: `records` or `instructions`. @default "records" */
  unit?: WindowUnit;
}

export interface MachineDescription {
  /** What results call it; what varies is put behind it. Each has another. @default its CPU and the options given */
  name?: string;
  /** Name of a CPU, a file that describes one, relative to the experiment's folder, or a description. @default "generic" */
  cpu?: string | CpuDescription;
  /** Options of `run` (Config), as `stlb: "1024:8"`. */
  [option: string]: unknown;
}

export interface SweepDescription {
  /** What results call it; each has another. @default the options given */
  name?: string;
  /** Options of `sweep` (SweepConfig), as `entries: "16..4096"`. */
  [option: string]: unknown;
}

/** What a job of Slurm asks for; what is missing is up to the cluster. */
export interface SlurmDescription {
  /** Who pays, as `sbatch --account` takes it. */
  account?: string;
  /** Where it runs, as `sbatch --partition` takes it. */
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
