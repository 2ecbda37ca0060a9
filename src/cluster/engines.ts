/** What engines that run arrays of jobs tell each task of itself, and which share of a plan it is to do. */
import { ConfigError } from "../errors.ts";
import { parseShard, type Shard } from "../experiment/shards.ts";

/** Variables of the environment. Their values are anybody's. */
export type Environment = Readonly<Record<string, string | undefined>>;

interface Engine {
  name: string;
  /** Where the variables are documented. */
  source: string;
  /** The variable that has the number of a task. */
  task: string;
  /** What it has in a job that is of no array. */
  none?: string;
  /** A variable without which it does not count. */
  needs?: string;
  /** Number of the first task: always that, or in a variable. */
  first: number | string;
  /** Variables; missing, or not set: the last task is not told, tasks are numbered one by one, their count follows from the others or is not told. */
  last?: string;
  step?: string;
  count?: string;
  /** Whether some tasks of an array can be submitted again as an array of their own, with the numbers they had. */
  canResubmit?: true;
}

const ENGINES: readonly Engine[] = [
  {
    name: "a Slurm job array",
    source: 'sbatch(1), "OUTPUT ENVIRONMENT VARIABLES"; Slurm "Job Array Support"',
    task: "SLURM_ARRAY_TASK_ID",
    first: "SLURM_ARRAY_TASK_MIN",
    last: "SLURM_ARRAY_TASK_MAX",
    step: "SLURM_ARRAY_TASK_STEP",
    count: "SLURM_ARRAY_TASK_COUNT",
    canResubmit: true,
  },
  {
    // A batch script has SLURM_PROCID as well, and is one process whatever SLURM_NTASKS says: of a step is only what srun starts.
    name: "srun of Slurm",
    source: 'srun(1), "OUTPUT ENVIRONMENT VARIABLES"',
    task: "SLURM_PROCID",
    needs: "SLURM_STEP_NUM_TASKS",
    first: 0,
    count: "SLURM_STEP_NUM_TASKS",
  },
  {
    name: "AWS Batch",
    source: 'AWS Batch User Guide, "AWS Batch job environment variables"',
    task: "AWS_BATCH_JOB_ARRAY_INDEX",
    first: 0,
    count: "AWS_BATCH_JOB_ARRAY_SIZE",
  },
  {
    name: "a Kubernetes Indexed Job",
    source: 'Kubernetes documentation, "Jobs", "Completion mode"',
    task: "JOB_COMPLETION_INDEX",
    first: 0,
  },
  {
    // Tasks are numbered as who submits wants, and the first is not told.
    name: "PBS Professional",
    source: 'PBS Professional User\'s Guide, "Job Arrays", "Environment Variables"',
    task: "PBS_ARRAY_INDEX",
    first: 1,
  },
  {
    name: "Torque",
    source: 'TORQUE Resource Manager Administrator Guide, "Submitting multiple jobs at a time (job arrays)"',
    task: "PBS_ARRAYID",
    first: 1,
  },
  {
    name: "Grid Engine",
    source: 'Grid Engine qsub(1), "ENVIRONMENTAL VARIABLES"',
    task: "SGE_TASK_ID",
    none: "undefined",
    first: "SGE_TASK_FIRST",
    last: "SGE_TASK_LAST",
    step: "SGE_TASK_STEPSIZE",
    canResubmit: true,
  },
  {
    name: "LSF",
    source:
      'IBM Spectrum LSF 10.1.0, "Environment variables set for job execution", "Passing arguments on the command line"',
    task: "LSB_JOBINDEX",
    none: "0",
    first: 1,
    last: "LSB_JOBINDEX_END",
    step: "LSB_JOBINDEX_STEP",
  },
];

/** `i/n`; `auto`: what `environment` says; or `auto/n`, where it says i only. Throws ConfigError. */
export function shardOf(given: string, environment: Environment): Shard {
  const [isAuto, count] = /^auto(?:\/(\d{1,7}))?$/.exec(given) ?? [];
  if (isAuto === undefined) return parseShard(given);
  const engine = engineOf(given, environment);
  const { index, of } = taskOf(engine, given, environment, count === undefined ? null : parseShard(`1/${count}`).of);
  return parseShard(`${index}/${of}`);
}

function engineOf(given: string, environment: Environment): Engine {
  const found = ENGINES.filter(({ task, none = "", needs = task }) => {
    const value = environment[task] ?? "";
    return value !== "" && value !== none && (environment[needs] ?? "") !== "";
  });
  // srun starts the tasks of an array, too: then it is the array that is shared out.
  const isArray = found.some(({ task }) => task === "SLURM_ARRAY_TASK_ID");
  const engines = found.filter(({ task }) => !isArray || task !== "SLURM_PROCID");
  const [engine, other] = engines;
  if (engine === undefined) {
    const known = ENGINES.map(({ name, task }) => `${name} (${task})`).join(", ");
    throw new ConfigError("shard", given, `i/n, as nothing here tells of a task of ${known}`);
  }
  if (other !== undefined) {
    const both = engines.map(({ name, task }) => `${name} (${task})`).join(" and ");
    throw new ConfigError("shard", given, `i/n, as ${both} both tell of a task`);
  }
  return engine;
}

/** Which task of how many `environment` is that of. `asked`: of how many it must be. */
function taskOf(engine: Engine, given: string, environment: Environment, asked: number | null): Shard {
  const told = (variable: string | undefined, least = 0) =>
    variable === undefined ? null : numberIn(environment, variable, least);
  const task = told(engine.task) as number;
  const first = typeof engine.first === "number" ? engine.first : told(engine.first);
  const last = told(engine.last);
  const step = told(engine.step, 1) ?? 1;
  const index = first === null ? Number.NaN : (task - first) / step + 1;
  const following = first === null || last === null ? null : Math.floor((last - first) / step) + 1; // the last may be no task
  const count = told(engine.count, 1) ?? following;

  const hasNoGaps =
    Number.isInteger(index) && index >= 1 && index <= (count ?? index) && (following === null || following === count);
  const isAsked = count === null || asked === null || count === asked;
  const of = asked ?? count;
  if (hasNoGaps && isAsked && of !== null && index <= of) return { index, of };
  if (asked !== null && engine.canResubmit && task >= 1 && task <= asked) return { index: task, of: asked };

  const variables = [engine.task, engine.first, engine.last, engine.step, engine.count].filter(
    (variable) => typeof variable === "string" && (environment[variable] ?? "") !== "",
  ) as string[];
  const says = variables.map((variable) => `${variable}=${environment[variable]}`).join(" ");
  const why =
    asked !== null
      ? `which is none of ${asked} tasks numbered from ${engine.canResubmit || first === null ? 1 : first}`
      : hasNoGaps
        ? "and not how many tasks there are"
        : `which is no array of tasks without gaps${engine.first === 1 ? ", numbered from 1" : ""}`;
  const instead = asked === null ? "i/n or auto/n" : "i/n";
  throw new ConfigError("shard", given, `${instead} here, as ${engine.name} says ${says}, ${why}`);
}

/** The number that `variable` has; `null`: it is not set. Throws ConfigError unless it is one from `least`. */
function numberIn(environment: Environment, variable: string, least: number): number | null {
  const text = environment[variable] ?? "";
  if (text === "") return null;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= least) return value;
  throw new ConfigError(
    "shard",
    `auto, and ${variable}=${text.slice(0, 40)}`,
    `a number from ${least} there, or i/n here`,
  );
}
