/** The built worker in Node, through its client. Its golden counts are in test/golden; browsers are in test/browser. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import type { Worker } from "node:worker_threads";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  ConfigError,
  info,
  KernelError,
  openTrace,
  type PagewalkWorker,
  type Progress,
  simulate,
  startWorker,
  sweep,
  TraceError,
  WorkerError,
} from "../../dist/index.js";
import { bundled } from "../helpers/traces.ts";
import { assertCounters, assertSweepCounters } from "../reference/assert-counters.ts";

const DIST = new URL("../../dist/index.js", import.meta.url).href;
const TRACE = bundled("sort400.lk.gz");
const OTHER = bundled("matmul24.native.lk.xz");

/** gzip members that follow one another are one file: a trace that takes seconds, in which a job can be stopped. */
const LONG = new Blob(Array<BlobPart>(100).fill(new Uint8Array(readFileSync(TRACE))));

const CONFIG = {
  cpu: "generic",
  l1d: "16:4",
  stlb: "96:6",
  psc: "pde=4,pdpte=1,pml4e=1",
  policy: "fifo",
  pageSize: "4K",
} as const;
const SWEEP = { entries: "16..64", ways: "1,4,full", policies: "lru,fifo", pageSizes: "4K,2M", stream: "all" } as const;

let worker: PagewalkWorker;

beforeAll(async () => {
  worker = await startWorker();
});

afterAll(() => worker.terminate());

describe("results", () => {
  it("are those of simulate(), sweep() and info() in this thread", async () => {
    const trace = await openTrace(TRACE);
    const run = await worker.simulate(TRACE, CONFIG);
    assertCounters(run);
    expect(timeless(run)).toEqual(timeless(await simulate(trace, CONFIG)));
    const swept = await worker.sweep(TRACE, SWEEP);
    assertSweepCounters(swept);
    expect(timeless(swept)).toEqual(timeless(await sweep(trace, SWEEP)));
    expect(timeless(await worker.info(TRACE))).toEqual(timeless(await info(trace)));
  });

  it("have the profile of simulate() in this thread if it is asked for", async () => {
    const run = await worker.simulate(TRACE, CONFIG, { profile: true });
    assertCounters(run);
    expect(timeless(run)).toEqual(timeless(await simulate(await openTrace(TRACE), CONFIG, { profile: true })));
    expect(run.profile?.intervals.length).toBeGreaterThan(100);
    expect(await worker.simulate(TRACE, CONFIG)).not.toHaveProperty("profile");
  });

  const bytes = readFileSync(TRACE);
  const framed = Buffer.concat([Buffer.from("not a trace"), bytes, Buffer.from("not a trace either")]);
  it.each([
    { input: "a path", trace: TRACE, path: TRACE },
    { input: "a file: URL", trace: pathToFileURL(TRACE), path: TRACE },
    { input: "a Blob", trace: new Blob([bytes]), path: "blob" },
    { input: "a File, which keeps its name", trace: new File([bytes], "sort.gz"), path: "sort.gz" },
    { input: "bytes", trace: new Uint8Array(bytes), path: "bytes" },
    { input: "a part of a buffer", trace: framed.subarray(11, 11 + bytes.length), path: "bytes" },
    { input: "shared bytes", trace: shared(bytes), path: "bytes" },
  ])("are the same for $input", async ({ trace, path }) => {
    const expected = timeless(await info(await openTrace(TRACE)));
    expect(timeless(await worker.info(trace))).toEqual({ ...expected, trace: { ...expected.trace, path } });
  });

  it("leave bytes that were given to the caller", async () => {
    const mine = new Uint8Array(bytes);
    await worker.info(mine);
    expect(mine.length).toBe(bytes.length);
  });

  it("are right for jobs that run at once in one worker", async () => {
    const [run, swept, other, same] = await Promise.all([
      worker.simulate(TRACE),
      worker.sweep(TRACE),
      worker.simulate(OTHER),
      worker.simulate(TRACE),
    ]);
    const [trace, otherTrace] = [await openTrace(TRACE), await openTrace(OTHER)];
    expect(timeless(run)).toEqual(timeless(await simulate(trace)));
    expect(timeless(same)).toEqual(timeless(run));
    expect(timeless(swept)).toEqual(timeless(await sweep(trace)));
    expect(timeless(other)).toEqual(timeless(await simulate(otherTrace)));
  });
});

describe("progress", () => {
  it("grows, and has come to the end when the job resolves", async () => {
    const trace = new Blob(Array<BlobPart>(10).fill(new Uint8Array(readFileSync(TRACE))));
    const heard: Progress[] = [];
    const run = await worker.sweep(trace, {}, { onProgress: (progress) => void heard.push(progress) });
    const last = { consumedBytes: trace.size, storedBytes: trace.size, records: run.trace.records };
    expect(heard.at(-1)).toEqual(last);
    heard.slice(1).forEach((now, index) => {
      const before = heard[index] ?? now;
      expect(now.consumedBytes).toBeGreaterThanOrEqual(before.consumedBytes);
      expect(now.records).toBeGreaterThanOrEqual(before.records);
    });
    const count = heard.length;
    await worker.info(OTHER);
    expect(heard, "nothing comes after the end").toHaveLength(count);
  });

  it("of jobs that run at once goes to the job's own callback", async () => {
    const records = async (path: string) => {
      let last = 0;
      const onProgress = (progress: Progress) => {
        last = progress.records;
      };
      const { trace } = await worker.info(path, { onProgress });
      expect(last).toBe(trace.records);
    };
    await Promise.all([records(TRACE), records(OTHER)]);
  });

  it("stops the job when its callback throws, which rejects with what was thrown", async () => {
    const mine = new RangeError("of the callback");
    const fails = () => {
      throw mine;
    };
    await expect(worker.simulate(LONG, {}, { onProgress: fails })).rejects.toBe(mine);
    await expect(simulate(await openTrace(TRACE), {}, { onProgress: fails })).rejects.toBe(mine);
    await expectUsable(worker);
  });
});

describe("cancelling", () => {
  const JOBS = {
    simulate: (options: JobOptions) => worker.simulate(LONG, {}, options),
    sweep: (options: JobOptions) => worker.sweep(LONG, {}, options),
    info: (options: JobOptions) => worker.info(LONG, options),
  };
  type JobOptions = { signal: AbortSignal; onProgress?: (progress: Progress) => void };

  it.each(Object.entries(JOBS))("ends %s() before its end, with the signal's reason", async (_name, start) => {
    const controller = new AbortController();
    const reason = { not: "even an error" };
    const heard: Progress[] = [];
    const onProgress = (progress: Progress) => {
      heard.push(progress);
      controller.abort(reason);
    };
    await expect(start({ signal: controller.signal, onProgress })).rejects.toBe(reason);
    await expectUsable(worker);
    expect(heard, "nothing comes after the cancellation").toHaveLength(1);
    expect(heard[0]?.consumedBytes).toBeLessThan(LONG.size);
  });

  it("rejects with an AbortError if no reason was given", async () => {
    const controller = new AbortController();
    const running = worker.simulate(LONG, {}, { signal: controller.signal });
    controller.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    await expectUsable(worker);
  });

  it("leaves the other jobs alone", async () => {
    const controller = new AbortController();
    const cancelled = worker.simulate(LONG, {}, { signal: controller.signal, onProgress: () => controller.abort() });
    const other = worker.simulate(OTHER);
    await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
    expect(timeless(await other)).toEqual(timeless(await simulate(await openTrace(OTHER))));
  });

  it("starts nothing if the signal has fired before", async () => {
    const reason = new Error("too late");
    const options = { signal: AbortSignal.abort(reason), onProgress: vi.fn() };
    await expect(worker.simulate("no such file", {}, options)).rejects.toBe(reason);
    await expect(worker.sweep("no such file", {}, options)).rejects.toBe(reason);
    await expect(worker.info("no such file", options)).rejects.toBe(reason);
    expect(options.onProgress).not.toHaveBeenCalled();
  });

  it("does nothing after the end", async () => {
    const controller = new AbortController();
    const run = await worker.simulate(OTHER, {}, { signal: controller.signal });
    controller.abort();
    assertCounters(run);
    await expectUsable(worker);
  });
});

describe("errors", () => {
  it("of a bad trace are TraceErrors with all their fields", async () => {
    const bytes = Buffer.from("I  00400000,4\n L 1ffe,8\n# a comment\n S 1ffe,4097\n");
    const error = await settled(worker.simulate(new File([bytes], "bad.lk")));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path: "bad.lk", line: 4, record: 3, byteOffset: 36 });
    await expectTheSame(error, () => openTrace(new File([bytes], "bad.lk")).then((trace) => simulate(trace)));
  });

  it("of a missing file are TraceErrors that name it", async () => {
    const error = await settled(worker.info("no/such/file"));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path: "no/such/file", line: null, record: null, byteOffset: null });
    await expectTheSame(error, () => openTrace("no/such/file"));
  });

  it("of a corrupt file are TraceErrors", async () => {
    const bytes = new Uint8Array(readFileSync(TRACE));
    bytes.fill(0x55, 100_000, 100_100);
    const error = await settled(worker.simulate(bytes));
    expect(error).toBeInstanceOf(TraceError);
    await expectTheSame(error, () => openTrace(bytes).then((trace) => simulate(trace)));
  });

  it.each([
    [
      "simulate()",
      () => worker.simulate(TRACE, { l1d: "48:5" }),
      async () => simulate(await openTrace(TRACE), { l1d: "48:5" }),
    ],
    [
      "sweep()",
      () => worker.sweep(TRACE, { entries: "0" }),
      async () => sweep(await openTrace(TRACE), { entries: "0" }),
    ],
    ["a format", () => worker.info(TRACE, { format: "dino" }), () => openTrace(TRACE, { format: "dino" })],
    [
      "what cannot be sent",
      () => worker.simulate(TRACE, { l1d: (() => 1) as never }, { onProgress: () => undefined }),
      async () => simulate(await openTrace(TRACE), { l1d: (() => 1) as never }),
    ],
  ])("of the configuration of %s are ConfigErrors with all their fields", async (_of, there, here) => {
    const error = await settled(there());
    expect(error).toBeInstanceOf(ConfigError);
    await expectTheSame(error, here);
    expect(error).toMatchObject({ option: expect.stringMatching(/./), got: expect.stringMatching(/./) });
    expect(error).toMatchObject({ allowed: expect.stringMatching(/./) });
  });

  it("of the kernel are KernelErrors with their status", async () => {
    // A point that no configuration resolves to.
    const task = {
      ...({ pageSize: "4K", policy: "lru", index: "modulo" } as const),
      ...{ entries: 1 << 30, ways: 1, sets: 1 << 30, engine: "direct" as const },
    };
    const error = await settled(
      worker.sweepSimulator.start({ tasks: [task], curves: [], front: null, checkedPages: 0 }),
    );
    expect(error).toBeInstanceOf(KernelError);
    expect(error).toMatchObject({ status: "out-of-memory", message: expect.stringContaining("memory") });
    await expectUsable(worker);
  });

  it("say what a worker takes when it is given something else", async () => {
    const given = (await openTrace(TRACE)) as unknown as string;
    const running = worker.simulate(given, {}, { onProgress: () => undefined });
    await expect(running).rejects.toThrow(
      new TypeError("a worker takes a path, a URL, a File, another Blob, or a Uint8Array"),
    );
  });
});

describe("terminate()", () => {
  it("rejects what waits, and every later call, with WorkerError", async () => {
    const doomed = await startWorker();
    const running = [
      doomed.simulate(LONG),
      doomed.sweep(LONG),
      doomed.sweepSimulator.start({ tasks: [], curves: [], front: null, checkedPages: 0 }),
    ].map(settled);
    await doomed.terminate();
    const later = [doomed.simulate(TRACE), doomed.info(TRACE), doomed.sweepSimulator.finish()].map(settled);
    for (const error of await Promise.all([...running, ...later])) {
      expect(error).toBeInstanceOf(WorkerError);
      expect(error).toMatchObject({ message: "the worker was terminated" });
    }
    await doomed.terminate();
  });
});

describe("a worker that dies", () => {
  afterEach(() => void vi.restoreAllMocks());

  it.each([
    ["exit", "the worker exited with code 7"],
    ["error", "the worker failed: a defect"],
    ["null", "the worker failed: null"],
  ])("rejects what waits, and every later call, with WorkerError (%s)", async (way, message) => {
    replaceWorkerFile(new URL("./dying-worker.mjs", import.meta.url));
    const dying = await startWorker();
    const waiting = settled(dying.simulate(LONG));
    const later = async () => [
      await settled(dying.simulate(TRACE)),
      await settled(dying.sweepSimulator.start({ tasks: [], curves: [], front: null, checkedPages: 0 })),
    ];
    for (const error of [await settled(dying.info(way)), await waiting, ...(await later())]) {
      expect(error).toBeInstanceOf(WorkerError);
      expect(error).toMatchObject({ message });
    }
    await dying.terminate();
  });

  it("fails a sweep that it simulates points of", async () => {
    replaceWorkerFile(new URL("./dying-worker.mjs", import.meta.url));
    const dying = await startWorker();
    const simulators = [worker.sweepSimulator, dying.sweepSimulator];
    const onProgress = () => void settled(dying.info("exit"));
    const swept = sweep(await openTrace(LONG), {}, { simulators, onProgress });
    await expect(swept).rejects.toThrow(new WorkerError("the worker exited with code 7"));
    await expectUsable(worker);
  });

  it("at its start makes startWorker() reject with WorkerError", async () => {
    replaceWorkerFile(new URL("./no-such-worker.mjs", import.meta.url));
    await expect(startWorker()).rejects.toThrow(WorkerError);
    vi.restoreAllMocks();
    replaceWorkerFile("not even a path" as unknown as URL);
    await expect(startWorker()).rejects.toThrow(/^the worker could not be started: /);
  });
});

describe("point simulators", () => {
  it("give the sweep of one thread, whatever their number", async () => {
    const trace = await openTrace(TRACE);
    const [defaults, all] = [timeless(await sweep(trace)), timeless(await sweep(trace, SWEEP))];
    const workers = [worker, await startWorker(), await startWorker()];
    try {
      for (const count of [1, 2, 3]) {
        const simulators = workers.slice(0, count).map(({ sweepSimulator }) => sweepSimulator);
        expect(timeless(await sweep(trace, {}, { simulators })), `${count} workers`).toEqual(defaults);
        expect(timeless(await sweep(trace, SWEEP, { simulators })), `${count} workers again`).toEqual(all);
      }
    } finally {
      await Promise.all(workers.slice(1).map((extra) => extra.terminate()));
    }
  });

  it("need not have a point each", async () => {
    const trace = await openTrace(OTHER);
    const other = await startWorker();
    const simulators = [worker.sweepSimulator, other.sweepSimulator];
    const swept = await sweep(trace, { geometries: "64:4" }, { simulators });
    expect(timeless(swept)).toEqual(timeless(await sweep(trace, { geometries: "64:4" })));
    await other.terminate();
  });

  it("can be used again after a sweep that was cancelled", async () => {
    const controller = new AbortController();
    const simulators = [worker.sweepSimulator];
    const options = { simulators, signal: controller.signal, onProgress: () => controller.abort() };
    await expect(sweep(await openTrace(LONG), {}, options)).rejects.toMatchObject({ name: "AbortError" });
    const trace = await openTrace(OTHER);
    expect(timeless(await sweep(trace, {}, { simulators }))).toEqual(timeless(await sweep(trace)));
  });
});

describe("a process", () => {
  it.concurrent.each([
    ["a job with progress", "await worker.simulate(trace, {}, { onProgress: () => undefined });"],
    [
      "a job that is cancelled",
      `const controller = new AbortController();
       const options = { signal: controller.signal, onProgress: () => controller.abort() };
       await worker.simulate(trace, {}, options).catch(() => undefined);`,
    ],
    ["a job that fails", "await worker.info('no such file', { onProgress: () => undefined }).catch(() => undefined);"],
    [
      "a job that is cut off, and one that comes too late",
      `const job = () => worker.simulate(trace, {}, { onProgress: () => undefined }).catch(() => undefined);
       const running = job();
       await worker.terminate();
       await Promise.all([running, job()]);`,
    ],
  ])("ends by itself when its worker is terminated after %s", async (_after, job) => {
    const script = `import { startWorker } from ${JSON.stringify(DIST)};
      const trace = ${JSON.stringify(TRACE)};
      const worker = await startWorker();
      ${job}
      await worker.terminate();
      console.log("terminated");`;
    const running = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], {
      timeout: 30_000,
    });
    expect(await running).toEqual({ stdout: "terminated\n", stderr: "" });
  });
});

/** A result without what a clock says. */
function timeless<Result extends { time: unknown }>(result: Result): Omit<Result, "time"> {
  const { time, ...rest } = result;
  expect(time).toBeDefined();
  return rest;
}

/** What `promise` rejects with. */
async function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
}

async function expectUsable(worker: PagewalkWorker): Promise<void> {
  expect(timeless(await worker.info(OTHER))).toEqual(timeless(await info(await openTrace(OTHER))));
}

/** Fails unless `job` rejects with an error like `error`, the same message and fields included. */
async function expectTheSame(error: unknown, job: () => Promise<unknown>): Promise<void> {
  const expected = await settled(job());
  const { cause, ...fields } = expected as Error; // a cause is not sent
  expect(error).toBeInstanceOf((expected as Error).constructor);
  expect({ ...(error as Error) }).toEqual(fields);
  expect(error).toHaveProperty("message", (expected as Error).message);
}

function shared(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

/** Lets workers that are started from now on run `file`, until the mocks are restored. */
function replaceWorkerFile(file: URL): void {
  const original = process.getBuiltinModule.bind(process) as (id: string) => unknown;
  const threads = original("node:worker_threads") as { Worker: typeof Worker };
  class Replaced extends threads.Worker {
    constructor(_file: string | URL, options?: ConstructorParameters<typeof Worker>[1]) {
      super(file, options);
    }
  }
  vi.spyOn(process, "getBuiltinModule").mockImplementation(((id: string) =>
    id === "node:worker_threads" ? { ...threads, Worker: Replaced } : original(id)) as typeof process.getBuiltinModule);
}
