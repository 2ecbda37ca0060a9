/** Experiments in workers that the tests play. */
import { describe, expect, it, vi } from "vitest";
import { KernelError, TraceError, WorkerError } from "../../../src/errors.ts";
import { type RunJob, Runner, type RunProgress, type SweepJob } from "../../../src/page/experiment/runner.ts";
import { FakeWorkers, settled } from "./fake-worker.ts";

const fileOf = (name: string, sizeBytes = 100) => new File([new Uint8Array(sizeBytes)], name);
const A = fileOf("a");
const B = fileOf("b");
const run = (trace: File, l1d = "64:4"): RunJob => ({ kind: "run", trace, config: { l1d } });
const sweep = (trace: File, entries = "1..8"): SweepJob => ({ kind: "sweep", trace, config: { entries } });
const never = () => new AbortController().signal;

function setUp(threads = 1) {
  const workers = new FakeWorkers();
  return { workers, runner: new Runner(workers.start, threads) };
}

describe("the runner", () => {
  it("runs jobs in their order, one after the other in one worker, runs with their profile", async () => {
    const { workers, runner } = setUp();
    const done = runner.run([sweep(A), run(A), run(B)], {}, never());
    expect(await workers.seen()).toEqual(["sweep a"]);
    workers.calls[0]?.succeed();
    expect(await workers.seen()).toEqual(["sweep a", "run a"]);
    workers.calls[1]?.succeed();
    await settled();
    workers.calls[2]?.succeed();
    await done;
    expect(workers.started).toBe(1);
    expect(workers.calls.map(({ options }) => options.profile)).toEqual([undefined, true, true]);
    expect(runner.resultOf(run(A))).toEqual({ kind: "run", config: { l1d: "64:4" } });
    expect(runner.resultOf(run(A, "32:4"))).toBeUndefined();
  });

  it("runs as many at once as it has workers", async () => {
    const { workers, runner } = setUp(2);
    void runner.run([sweep(A), run(A), run(B)], {}, never());
    expect(await workers.seen()).toEqual(["sweep a", "run a"]);
    workers.calls[1]?.succeed();
    expect(await workers.seen()).toEqual(["sweep a", "run a", "run b"]);
  });

  it("does not run again what it has: the same trace and the same machine, however it is written", async () => {
    const { workers, runner } = setUp();
    const first = runner.run([sweep(A), run(A)], {}, never());
    await settled();
    workers.calls[0]?.succeed();
    await settled();
    workers.calls[1]?.succeed();
    await first;
    expect(runner.hasAll([sweep(A), run(A)])).toBe(true);
    const other = fileOf("a");
    expect(runner.hasAll([run(other)])).toBe(false);

    const same: RunJob = { kind: "run", trace: A, config: { cpu: "generic", l1d: { entries: 64, ways: 4 } } };
    const second = runner.run([sweep(A), same, run(A, "16:4"), run(other)], {}, never());
    expect(await workers.seen()).toEqual(["sweep a", "run a", "run a"]);
    expect(workers.calls[2]?.config).toEqual({ l1d: "16:4" });
    workers.calls[2]?.succeed();
    await settled();
    expect(workers.calls[3]?.trace).toBe(other);
    workers.calls[3]?.succeed();
    await second;
  });

  it("forgets the results that were not used for longest", async () => {
    const { workers, runner } = setUp();
    const runAll = async (jobs: RunJob[]) => {
      const done = runner.run(jobs, {}, never());
      for (const _ of jobs) {
        await settled();
        workers.calls.at(-1)?.succeed();
      }
      await done;
    };
    await runAll([run(A, "1"), run(A, "2")]);
    await runAll(Array.from({ length: 30 }, (_, index) => run(A, String(index + 3))));
    expect(workers.calls).toHaveLength(32);
    await runAll([run(A, "1"), run(A, "33")]);
    expect(workers.calls).toHaveLength(33);
    expect(runner.hasAll([run(A, "1"), run(A, "3"), run(A, "33")])).toBe(true);
    expect(runner.hasAll([run(A, "2")])).toBe(false);
  });

  it("runs once what is asked for twice", async () => {
    const { workers, runner } = setUp(2);
    const done = runner.run([run(A), run(A)], {}, never());
    expect(await workers.seen()).toEqual(["run a"]);
    workers.calls[0]?.succeed();
    await done;
  });

  it("stops when it is cancelled, keeps what was done, and can run again", async () => {
    const { workers, runner } = setUp();
    const cancel = new AbortController();
    const done = runner.run([sweep(A), run(A), run(B)], {}, cancel.signal);
    await settled();
    workers.calls[0]?.succeed();
    await settled();
    cancel.abort();
    await expect(done).rejects.toMatchObject({ name: "AbortError" });
    expect(await workers.seen()).toHaveLength(2);
    expect(runner.resultOf(sweep(A))).toBeDefined();
    expect(runner.resultOf(run(A))).toBeUndefined();
    expect(runner.errorOf(run(A))).toBeUndefined();

    void runner.run([sweep(A), run(A)], {}, never());
    expect(await workers.seen()).toEqual(["sweep a", "run a", "run a"]);
  });

  it("is cancelled at once while a worker is still being loaded, and runs when it has come", async () => {
    const { workers } = setUp();
    let load: () => void = () => undefined;
    const loading = new Promise<void>((resolve) => {
      load = resolve;
    });
    const runner = new Runner(() => loading.then(workers.start), 1);
    const cancel = new AbortController();
    const done = runner.run([run(A)], {}, cancel.signal);
    await settled();
    cancel.abort();
    await expect(done).rejects.toMatchObject({ name: "AbortError" });
    const again = runner.run([run(B)], {}, never());
    load();
    await settled();
    workers.calls.find(({ trace }) => trace === B)?.succeed();
    await again;
    expect(workers.started).toBe(1);
    expect(runner.hasAll([run(B)])).toBe(true);
  });

  it("loses only the job of a worker that dies, and starts another one for the next", async () => {
    const { workers, runner } = setUp();
    const onSettled = vi.fn();
    const done = runner.run([run(A), run(B)], { onSettled }, never());
    await settled();
    workers.calls[0]?.fail(new WorkerError("the worker failed"));
    await settled();
    expect(workers.started).toBe(2);
    expect(workers.terminated).toBe(1);
    workers.calls[1]?.succeed();
    await done;
    expect(runner.errorOf(run(A))).toBeInstanceOf(WorkerError);
    expect(runner.errorOf(run(B))).toBeUndefined();
    expect(onSettled).toHaveBeenCalledTimes(2);

    const again = runner.run([run(A), run(B)], {}, never());
    await settled();
    expect(runner.errorOf(run(A))).toBeUndefined();
    workers.calls[2]?.succeed();
    await again;
    expect(runner.hasAll([run(A), run(B)])).toBe(true);
  });

  it("tells of each job that no worker can be started", async () => {
    let attempts = 0;
    const runner = new Runner(async () => {
      attempts++;
      throw new WorkerError("it could not be loaded");
    }, 1);
    await runner.run([run(A), run(B)], {}, never());
    expect(attempts).toBe(2);
    expect(runner.errorOf(run(A))?.message).toBe("it could not be loaded");
    expect(runner.errorOf(run(B))?.message).toBe("it could not be loaded");
  });

  it("does not read a bad trace again for its other jobs, but goes on with other traces", async () => {
    const { workers, runner } = setUp();
    const seen: RunProgress[] = [];
    const done = runner.run([sweep(A), run(A), run(B)], { onProgress: (progress) => seen.push(progress) }, never());
    await settled();
    workers.calls[0]?.fail(new TraceError("it is torn", { path: "a" }));
    expect(await workers.seen()).toEqual(["sweep a", "run b"]);
    workers.calls[1]?.fail(new KernelError("out-of-memory", "no more memory"));
    await done;
    expect(seen.at(-1)).toMatchObject({ jobs: 3, jobsDone: 3, jobsFailed: 3 });
    expect(runner.errorOf(run(A))?.message).toBe("a: it is torn");
    expect(runner.errorOf(run(B))?.message).toBe("no more memory");
    expect(workers.started).toBe(1);
  });

  it("tells how far all jobs together have come", async () => {
    const { workers, runner } = setUp();
    const seen: RunProgress[] = [];
    const done = runner.run([run(A), run(B)], { onProgress: (progress) => seen.push(progress) }, never());
    await settled();
    workers.calls[0]?.options.onProgress?.({ consumedBytes: 50, storedBytes: 100, records: 7 });
    expect(seen.at(-1)).toEqual({
      consumedBytes: 50,
      storedBytes: 200,
      records: 7,
      jobs: 2,
      jobsDone: 0,
      jobsFailed: 0,
    });
    workers.calls[0]?.succeed();
    await settled();
    expect(seen.at(-1)).toEqual({
      consumedBytes: 100,
      storedBytes: 200,
      records: 7,
      jobs: 2,
      jobsDone: 1,
      jobsFailed: 0,
    });
    workers.calls[1]?.options.onProgress?.({ consumedBytes: 10, storedBytes: 100, records: 3 });
    workers.calls[1]?.succeed();
    await done;
    expect(seen.at(-1)).toEqual({
      consumedBytes: 200,
      storedBytes: 200,
      records: 10,
      jobs: 2,
      jobsDone: 2,
      jobsFailed: 0,
    });
  });
});
