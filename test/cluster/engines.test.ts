/** Which share of a plan is a task's, by what engines tell it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Environment, shardOf } from "../../src/cluster/engines.ts";
import { ConfigError } from "../../src/errors.ts";

/** The environments of the tasks of an array, each engine's as its documents say: `from`, and `step` where it has them. */
const ARRAYS: Record<string, (tasks: number, from: number, step: number) => Environment[]> = {
  Slurm: (tasks, from, step) =>
    numbered(tasks, (task) => ({
      SLURM_JOB_ID: "7",
      SLURM_PROCID: "0",
      SLURM_NTASKS: "4",
      SLURM_ARRAY_TASK_ID: `${from + task * step}`,
      SLURM_ARRAY_TASK_MIN: `${from}`,
      SLURM_ARRAY_TASK_MAX: `${from + (tasks - 1) * step}`,
      SLURM_ARRAY_TASK_STEP: `${step}`,
      SLURM_ARRAY_TASK_COUNT: `${tasks}`,
    })),
  srun: (tasks) =>
    numbered(tasks, (task) => ({
      SLURM_NTASKS: `${tasks}`,
      SLURM_STEP_NUM_TASKS: `${tasks}`,
      SLURM_PROCID: `${task}`,
    })),
  "AWS Batch": (tasks) =>
    numbered(tasks, (task) => ({ AWS_BATCH_JOB_ARRAY_INDEX: `${task}`, AWS_BATCH_JOB_ARRAY_SIZE: `${tasks}` })),
  "Grid Engine": (tasks, from, step) =>
    numbered(tasks, (task) => ({
      SGE_TASK_ID: `${from + 1 + task * step}`,
      SGE_TASK_FIRST: `${from + 1}`,
      SGE_TASK_LAST: `${from + 1 + (tasks - 1) * step}`,
      SGE_TASK_STEPSIZE: `${step}`,
    })),
  LSF: (tasks, _, step) =>
    numbered(tasks, (task) => ({
      LSB_JOBINDEX: `${1 + task * step}`,
      LSB_JOBINDEX_END: `${1 + (tasks - 1) * step}`,
      LSB_JOBINDEX_STEP: `${step}`,
    })),
};

/** Of which the count is not told. */
const UNCOUNTED: Record<string, (tasks: number) => Environment[]> = {
  Kubernetes: (tasks) => numbered(tasks, (task) => ({ JOB_COMPLETION_INDEX: `${task}` })),
  "PBS Professional": (tasks) => numbered(tasks, (task) => ({ PBS_ARRAY_INDEX: `${task + 1}` })),
  Torque: (tasks) => numbered(tasks, (task) => ({ PBS_ARRAYID: `${task + 1}` })),
};

function numbered(tasks: number, one: (task: number) => Environment): Environment[] {
  return Array.from({ length: tasks }, (_, task) => one(task));
}

const tasks = fc.integer({ min: 1, max: 300 });
const from = fc.integer({ min: 0, max: 1000 });
const step = fc.integer({ min: 1, max: 9 });

function messageOf(given: string, environment: Environment): string {
  try {
    return `${JSON.stringify(shardOf(given, environment))} instead of an error`;
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
}

describe("auto", () => {
  it.each(Object.keys(ARRAYS))("gives each task of %s another share, in order", (engine) => {
    fc.assert(
      fc.property(tasks, from, step, (n, first, by) => {
        const shards = (ARRAYS[engine] as (typeof ARRAYS)[string])(n, first, by).map((task) => shardOf("auto", task));
        expect(shards).toEqual(numbered(n, () => ({})).map((_, index) => ({ index: index + 1, of: n })));
      }),
      { seed: 9, numRuns: 60 },
    );
  });

  it.each(Object.keys(UNCOUNTED))("with the count does so of %s, and asks for it without", (engine) => {
    fc.assert(
      fc.property(tasks, (n) => {
        const environments = (UNCOUNTED[engine] as (typeof UNCOUNTED)[string])(n);
        expect(environments.map((task) => shardOf(`auto/${n}`, task).index)).toEqual(
          Array.from({ length: n }, (_, index) => index + 1),
        );
        expect(messageOf("auto", environments[0] as Environment)).toMatch(/auto\/n.*not how many tasks there are/);
      }),
      { seed: 9, numRuns: 20 },
    );
  });

  it("of a count that the engine knows better is refused", () => {
    const task: Environment = { AWS_BATCH_JOB_ARRAY_INDEX: "0", AWS_BATCH_JOB_ARRAY_SIZE: "5" };
    expect(shardOf("auto/5", task)).toEqual({ index: 1, of: 5 });
    expect(messageOf("auto/6", task)).toContain(
      "AWS_BATCH_JOB_ARRAY_INDEX=0 AWS_BATCH_JOB_ARRAY_SIZE=5, which is none of 6 tasks",
    );
  });

  it("of tasks that were submitted again is refused, and done with their count", () => {
    const again = {
      ...ARRAYS.Slurm?.(8, 1, 1)[4],
      SLURM_ARRAY_TASK_MIN: "3",
      SLURM_ARRAY_TASK_MAX: "5",
      SLURM_ARRAY_TASK_COUNT: "2",
    };
    expect(messageOf("auto", again)).toMatch(
      /i\/n or auto\/n.*SLURM_ARRAY_TASK_COUNT=2, which is no array of tasks without gaps/,
    );
    expect(shardOf("auto/8", again)).toEqual({ index: 5, of: 8 });
    expect(messageOf("auto/4", again)).toContain("none of 4 tasks numbered from 1");
  });

  it("takes PBS's task 0 for a mistake: whether 1 is the first or the second is not told", () => {
    expect(messageOf("auto/4", { PBS_ARRAY_INDEX: "0" })).toContain("none of 4 tasks numbered from 1");
    expect(messageOf("auto/4", { PBS_ARRAY_INDEX: "5" })).toContain("none of 4 tasks numbered from 1");
  });

  it("takes the array where srun starts its tasks", () => {
    const task = { ...ARRAYS.Slurm?.(3, 0, 1)[2], ...ARRAYS.srun?.(1, 0, 1)[0] };
    expect(shardOf("auto", task)).toEqual({ index: 3, of: 3 });
  });

  it.each([
    ["nothing", {}],
    ["a batch script of Slurm without srun", { SLURM_PROCID: "0", SLURM_NTASKS: "8" }],
    ["a job of Grid Engine that is no array", { SGE_TASK_ID: "undefined", SGE_TASK_FIRST: "undefined" }],
    ["a job of LSF that is no array", { LSB_JOBINDEX: "0" }],
  ])("names what it understands where there is %s", (_, environment) => {
    const message = messageOf("auto", environment);
    for (const known of ["Slurm", "AWS Batch", "Kubernetes", "PBS Professional", "Torque", "Grid Engine", "LSF"])
      expect(message).toContain(known);
  });

  it("names both engines where two speak", () => {
    expect(messageOf("auto/9", { JOB_COMPLETION_INDEX: "1", PBS_ARRAYID: "2" })).toMatch(
      /Kubernetes Indexed Job \(JOB_COMPLETION_INDEX\) and Torque \(PBS_ARRAYID\) both tell/,
    );
  });

  it("never gives a share that is none, whatever variables hold", () => {
    const names = [
      ...new Set(
        [...Object.values(ARRAYS), ...Object.values(UNCOUNTED)].flatMap((of) =>
          Object.keys(of(1, 1, 1)[0] as Environment),
        ),
      ),
    ];
    const value = fc.oneof(
      fc.integer({ min: -2, max: 12 }).map(String),
      fc.string({ maxLength: 12 }),
      fc.constantFrom("1e3", "99999999999", " 3", "0x2", "undefined"),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 6 }),
        fc.constantFrom("auto", "auto/1", "auto/7", "auto/12"),
        (environment, given) => {
          try {
            const { index, of } = shardOf(given, environment);
            expect(index).toBeGreaterThanOrEqual(1);
            expect(of).toBeGreaterThanOrEqual(index);
            if (given !== "auto") expect(of).toBe(Number(given.slice(5)));
          } catch (error) {
            expect(error).toBeInstanceOf(ConfigError);
          }
        },
      ),
      { seed: 9, numRuns: 3000 },
    );
  });
});

describe("i/n", () => {
  it.each(["0/4", "5/4", "1/0", "1", "1/", "/1", "1/2/3", "-1/2", "1/1000001", "auto/0", "auto/", "Auto", " 1/2"])(
    "is not %s",
    (given) => {
      expect(messageOf(given, { JOB_COMPLETION_INDEX: "0" })).toContain("i/n");
    },
  );

  it("says what is done whatever engines say", () => {
    expect(shardOf("3/8", { JOB_COMPLETION_INDEX: "1", PBS_ARRAYID: "2" })).toEqual({ index: 3, of: 8 });
  });
});
