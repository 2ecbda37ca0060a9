/** pagewalk in a real browser: the same counts as in Node, in the page and in its worker. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "vitest/browser";
import {
  ConfigError,
  info,
  openTrace,
  type PagewalkWorker,
  type Progress,
  simulate,
  startWorker,
  sweep,
  TraceError,
  WorkerError,
} from "../../src/index.ts";
import { GOLDEN_TRACES, goldenCounts, goldenFile } from "../golden/golden.ts";

const SMALL = "sort400.lk.gz";

let worker: PagewalkWorker;
/** The traces as they lie on the disk. */
const bytesOf = new Map<string, Uint8Array<ArrayBuffer>>();

beforeAll(async () => {
  await Promise.all(GOLDEN_TRACES.map(async (name) => bytesOf.set(name, await storedBytes(name))));
  worker = await startWorker();
});

afterAll(() => worker.terminate());

afterEach(() => void vi.unstubAllGlobals());

it("runs in a page that may share memory", () => {
  expect(globalThis.crossOriginIsolated).toBe(true);
});

describe.each(GOLDEN_TRACES)("%s", (name) => {
  it("gives the golden counts in the page", async () => {
    const trace = await openTrace(file(name));
    expect(goldenCounts(await simulate(trace), await sweep(trace))).toEqual(await golden(name));
  });

  it("gives the golden counts in a worker", async () => {
    const [run, swept] = await Promise.all([worker.simulate(file(name)), worker.sweep(file(name))]);
    expect(goldenCounts(run, swept)).toEqual(await golden(name));
    expect(run.trace.path).toBe(name);
  });
});

describe("a trace", () => {
  it.each([
    { input: "a Blob", open: () => new Blob([bytes(SMALL)]), path: "blob" },
    { input: "bytes", open: () => bytes(SMALL), path: "bytes" },
    { input: "a part of a buffer", open: () => padded(bytes(SMALL)).subarray(9, -9), path: "bytes" },
    { input: "a URL", open: () => url(SMALL), path: url(SMALL).href },
    { input: "the text of a URL", open: () => url(SMALL).href, path: url(SMALL).href },
  ])("can be $input, in the page and in a worker", async ({ open, path }) => {
    const expected = counted(await info(await openTrace(file(SMALL))));
    const here = await info(await openTrace(open()));
    const there = await worker.info(open());
    expect([counted(here), counted(there)]).toEqual([expected, expected]);
    expect([here.trace.path, there.trace.path]).toEqual([path, path]);
  });

  it("can be a relative URL, which is relative to the page also in a worker", async () => {
    const relative = relativeToPage(url(SMALL));
    const here = await info(await openTrace(relative));
    const there = await worker.info(relative);
    expect(counted(there)).toEqual(counted(here));
    expect([here.trace.path, there.trace.path]).toEqual([relative, url(SMALL).href]);
  });

  it("can be a stream in the page, which is read once", async () => {
    const trace = await openTrace(new Blob([bytes(SMALL)]).stream());
    const run = await simulate(trace);
    expect(run.trace.path).toBe("stream");
    expect(run).toMatchObject((await golden(SMALL)).run);
    await expect(simulate(trace)).rejects.toThrow(new TraceError("a stream can be read only once", { path: "stream" }));
  });

  it("cannot be a stream in a worker", async () => {
    const stream = new Blob([bytes(SMALL)]).stream();
    await expect(worker.info(stream as unknown as Blob)).rejects.toThrow(TypeError);
  });
});

describe("a job in a worker", () => {
  it("reports progress that grows and has come to the end when the job resolves", async () => {
    const heard: Progress[] = [];
    const trace = long(10);
    const run = await worker.simulate(trace, {}, { onProgress: (progress) => void heard.push(progress) });
    const last = { consumedBytes: trace.size, storedBytes: trace.size, records: run.trace.records };
    expect(heard.at(-1)).toEqual(last);
    for (const key of ["consumedBytes", "records"] as const) {
      const values = heard.map((progress) => progress[key]);
      expect(values).toEqual([...values].sort((one, other) => one - other));
    }
  });

  it("can be cancelled, and the worker does the next one right", async () => {
    const controller = new AbortController();
    const reason = new Error("changed my mind");
    const heard: Progress[] = [];
    const onProgress = (progress: Progress) => {
      heard.push(progress);
      controller.abort(reason);
    };
    const running = worker.simulate(long(100), {}, { signal: controller.signal, onProgress });
    await expect(running).rejects.toBe(reason);
    expect(await worker.simulate(file(SMALL))).toMatchObject((await golden(SMALL)).run);
    expect(heard).toHaveLength(1);
  });

  it("stops when the progress callback throws", async () => {
    const mine = new RangeError("of the callback");
    const onProgress = () => {
      throw mine;
    };
    await expect(worker.simulate(long(100), {}, { onProgress })).rejects.toBe(mine);
  });

  it.each(GOLDEN_TRACES)("rejects with TraceError if its trace was cut off: %s", async (name) => {
    const cut = new File([bytes(name).subarray(0, 50_000)], name);
    const error = await rejection(worker.simulate(cut));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path: name, reason: expect.stringMatching(/./) });
    expect(error).toEqual(await rejection(openTrace(cut).then((trace) => simulate(trace))));
  });

  it("rejects with TraceError and the position of a bad record", async () => {
    const bad = new File(["I  00400000,4\n L 1ffe,8\n# a comment\n S 1ffe,4097\n"], "bad.lk");
    const error = await rejection(worker.simulate(bad));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path: "bad.lk", line: 4, record: 3, byteOffset: 36 });
  });

  it("rejects with TraceError if its URL is not found", async () => {
    const missing = url("no-such-trace.lk");
    const error = await rejection(worker.simulate(missing));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path: missing.href });
  });

  it("rejects with ConfigError and its fields", async () => {
    const error = await rejection(worker.simulate(file(SMALL), { l1d: "48:5" }));
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toEqual(await rejection(openTrace(file(SMALL)).then((trace) => simulate(trace, { l1d: "48:5" }))));
    expect(error).toMatchObject({ option: expect.stringMatching(/^l1d/), got: expect.stringMatching(/./) });
  });

  it("rejects with WorkerError when the worker is terminated, and a new worker does it right", async () => {
    const doomed = await startWorker();
    let running: Promise<unknown> = Promise.resolve();
    await new Promise<void>((begun) => {
      running = rejection(doomed.simulate(long(100), {}, { onProgress: () => begun() }));
    });
    await doomed.terminate();
    expect(await running).toEqual(new WorkerError("the worker was terminated"));
    await expect(doomed.simulate(file(SMALL))).rejects.toThrow(WorkerError);
    const next = await startWorker();
    expect(await next.simulate(file(SMALL))).toMatchObject((await golden(SMALL)).run);
    await next.terminate();
  });
});

describe("a worker that closes itself", () => {
  const source = new URL("./closing-worker.ts?worker_file&type=module", import.meta.url).href; // as Vite has workers

  it("fails what waits, and every later call, with WorkerError", async () => {
    replaceWorker(source);
    const closing = await startWorker();
    const heard = { progress: 0 };
    const onProgress = () => {
      if (heard.progress++ === 0) closing.info(new Blob()).catch(() => undefined);
    };
    const expected = new WorkerError("the worker ended unexpectedly");
    expect(await rejection(closing.simulate(long(100), {}, { onProgress }))).toEqual(expected);
    expect(heard.progress).toBeGreaterThan(0);
    expect(await rejection(closing.simulate(file(SMALL)))).toEqual(expected);
    await closing.terminate();
    expect(await rejection(closing.simulate(file(SMALL)))).toEqual(expected);
  });
});

describe("startWorker()", () => {
  it.each([
    ["there are no locks", undefined],
    [
      "it does not share locks with the page",
      { request: async (...args: unknown[]) => (args.at(-1) as LockGrantedCallback<void>)({} as Lock) },
    ],
    ["locks are refused", { request: () => Promise.reject(new DOMException("opaque origin", "SecurityError")) }],
  ])("gives a worker that works where %s", async (_why, locks) => {
    vi.stubGlobal("navigator", { locks });
    const started = await startWorker();
    expect(await started.simulate(file(SMALL))).toMatchObject((await golden(SMALL)).run);
    await started.terminate();
  });

  it.each([
    ["fails as it loads", script('throw new RangeError("a defect");'), /^the worker failed: .*a defect$/],
    [
      "fails later",
      script('onmessage = () => { throw new RangeError("a defect"); };'),
      /^the worker failed: .*a defect$/,
    ],
    ["is not found", new URL("no-such-worker.js", import.meta.url).href, /^the worker failed: it could not be loaded$/],
    ["is of another origin", "https://example.invalid/worker.js", /^the worker could not be started: ./],
  ])("rejects with WorkerError if the worker's script %s", async (_what, source, message) => {
    const terminated = vi.fn();
    replaceWorker(source, terminated);
    const error = await rejection(startWorker());
    expect(error).toBeInstanceOf(WorkerError);
    expect(error).toHaveProperty("message", expect.stringMatching(message));
    if (!source.startsWith("https:")) expect(terminated).toHaveBeenCalled();
  });
});

it("sweeps with the points in workers as in the page alone", async () => {
  const workers = [worker, await startWorker()];
  const simulators = workers.map(({ sweepSimulator }) => sweepSimulator);
  const trace = await openTrace(file(SMALL));
  const swept = await sweep(trace, {}, { simulators });
  expect(goldenCounts(await simulate(trace), swept)).toEqual(await golden(SMALL));
  await workers[1]?.terminate();
});

it("decodes a trace in workers as in the page alone, compressed or not", async () => {
  const workers = [worker, await startWorker()];
  const options = { decoders: workers.map(({ partDecoder }) => partDecoder), partBytes: 500_000 };
  const stored = await openTrace(file(SMALL));
  const text = new Blob([bytes(SMALL)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const plain = await openTrace(await new Response(text).blob());
  const swept = await sweep(stored);
  for (const opened of [stored, plain]) {
    const run = await simulate(opened, {}, options);
    const trace = { ...run.trace, compression: "gzip" as const };
    expect(goldenCounts({ ...run, trace }, swept)).toEqual(await golden(SMALL));
  }
  await workers[1]?.terminate();
});

/** Has the next workers run `source`, and `onTerminate` called when one is terminated. */
function replaceWorker(source: string, onTerminate = () => undefined): void {
  class Replaced extends Worker {
    constructor() {
      super(source, { type: "module" });
    }
    override terminate() {
      onTerminate();
      super.terminate();
    }
  }
  vi.stubGlobal("Worker", Replaced);
}

function script(text: string): string {
  return `data:text/javascript,${encodeURIComponent(text)}`;
}

function url(name: string): URL {
  return new URL(`../traces/${name}`, import.meta.url);
}

/** By the test runner, not fetched: servers send .gz as an encoding, which the browser undoes. */
async function storedBytes(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const text = atob(await commands.readFile(`test/traces/${name}`, "base64"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function golden(name: string): Promise<ReturnType<typeof goldenCounts>> {
  return (await fetch(new URL(`../golden/${goldenFile(name)}`, import.meta.url))).json();
}

function bytes(name: string): Uint8Array<ArrayBuffer> {
  const stored = bytesOf.get(name);
  if (stored === undefined) throw new Error(`${name} was not read`);
  return stored;
}

function file(name: string): File {
  return new File([bytes(name)], name);
}

/** gzip members that follow one another are one file. */
function long(times: number): Blob {
  return new Blob(Array<BlobPart>(times).fill(bytes(SMALL)));
}

function padded(bytes: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(bytes.length + 18);
  buffer.set(bytes, 9);
  return buffer;
}

/** From the folder of the page up to the root of the server, and down to `url`. */
function relativeToPage(url: URL): string {
  const folders = new URL(document.baseURI).pathname.split("/").length - 2;
  return `${"../".repeat(folders)}.${url.pathname}`;
}

/** What a trace holds, whatever it is called. */
function counted({ accesses, references, footprint, addresses }: Awaited<ReturnType<typeof info>>) {
  return { accesses, references, footprint, addresses };
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
}
