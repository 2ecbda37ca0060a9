/** Traces decoded by built workers in Node. */
import { readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openTrace,
  type PagewalkWorker,
  type Progress,
  simulate,
  startWorker,
  TraceError,
  WorkerError,
} from "../../dist/index.js";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { bundled } from "../helpers/traces.ts";
import { assertCounters } from "../reference/assert-counters.ts";

const TRACE = bundled("sort400.lk.gz");
/** gzip members that follow one another are one file. */
const LONG = new Blob(Array<BlobPart>(60).fill(new Uint8Array(readFileSync(TRACE))));

let workers: PagewalkWorker[];
let folder: string;
/** The text of TRACE in a file. */
let plain: string;

beforeAll(async () => {
  workers = await Promise.all([startWorker(), startWorker(), startWorker()]);
  folder = await mkdtemp(join(tmpdir(), "parts-"));
  plain = join(folder, "sort400.lk");
  writeFileSync(plain, await plainBytes(TRACE));
});

afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
  await rm(folder, { recursive: true });
});

const decoders = () => workers.map(({ partDecoder }) => partDecoder);

describe("results", () => {
  it.each([
    ["a file", () => plain],
    ["a gzip file", () => TRACE],
    ["a zstd file", () => bundled("lua_bt7.lk.zst")],
    ["an xz file", () => bundled("matmul24.native.lk.xz")],
    ["a Blob", () => new Blob([readFileSync(plain)])],
    ["bytes", () => new Uint8Array(readFileSync(plain))],
    ["a stream", () => new Blob([readFileSync(plain)]).stream()],
  ])("are those of this thread alone, for %s", async (_what, input) => {
    const whole = await simulate(await openTrace(input()));
    for (const [count, partBytes] of [
      [1, undefined],
      [2, 100_000],
      [3, 1 << 20],
    ] as const) {
      const options = { decoders: decoders().slice(0, count), partBytes };
      const run = await simulate(await openTrace(input()), {}, options);
      assertCounters(run);
      expect(timeless(run)).toEqual(timeless(whole));
    }
  });

  it("have a profile whoever was to decode", async () => {
    const options = { decoders: decoders(), partBytes: 100_000, profile: true };
    const run = await simulate(await openTrace(plain), {}, options);
    const alone = await simulate(await openTrace(plain), {}, { profile: true });
    expect(timeless(run)).toEqual(timeless(alone));
    expect(run).toHaveProperty("profile");
  });

  it("leave bytes that were given to the caller", async () => {
    const mine = new Uint8Array(readFileSync(plain));
    await simulate(await openTrace(mine), {}, { decoders: decoders() });
    expect(mine.length).toBe(readFileSync(plain).length);
  });
});

describe("failures", () => {
  it("in a record have the numbers of its line in the trace", async () => {
    const text = readFileSync(plain, "latin1");
    const at = text.indexOf("\n", 2_000_000) + 1;
    const bad = new Blob([`${text.slice(0, at)} L 1000,0\n${text.slice(at)}`]);
    const alone = await rejection(openTrace(bad).then((trace) => simulate(trace)));
    expect(alone).toMatchObject({ byteOffset: at, code: "size-out-of-range" });
    const options = { decoders: decoders(), partBytes: 300_000 };
    const inParts = await rejection(openTrace(bad).then((trace) => simulate(trace, {}, options)));
    expect(withoutBytes(inParts)).toEqual(withoutBytes(alone));
    await expectUsable();
  });

  it("of a file that is gone are TraceErrors", async () => {
    const path = join(folder, "gone.lk");
    writeFileSync(path, readFileSync(plain));
    const trace = await openTrace(path);
    await rm(path);
    const error = await rejection(simulate(trace, {}, { decoders: decoders() }));
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ path, reason: "no such file" });
    await expectUsable();
  });

  it("of a worker are WorkerErrors, also when others live on", async () => {
    const doomed = await startWorker();
    const onProgress = () => void doomed.terminate();
    const options = { decoders: [doomed.partDecoder, ...decoders()], partBytes: 1 << 20, onProgress };
    const running = rejection(openTrace(LONG).then((trace) => simulate(trace, {}, options)));
    expect(await running).toEqual(new WorkerError("the worker was terminated"));
    await expectUsable();
  });

  it("of the progress callback are those of the job", async () => {
    const mine = new RangeError("of the callback");
    const onProgress = () => {
      throw mine;
    };
    const trace = await openTrace(LONG);
    expect(await rejection(simulate(trace, {}, { decoders: decoders(), onProgress }))).toBe(mine);
    await expectUsable();
  });
});

it("can be cancelled", async () => {
  const controller = new AbortController();
  const heard: Progress[] = [];
  const onProgress = (progress: Progress) => {
    heard.push(progress);
    controller.abort("changed my mind");
  };
  const options = { decoders: decoders(), signal: controller.signal, onProgress };
  expect(await rejection(openTrace(LONG).then((trace) => simulate(trace, {}, options)))).toBe("changed my mind");
  expect(heard).toHaveLength(1);
  expect(heard[0]?.consumedBytes).toBeLessThan(LONG.size);
  await expectUsable();
});

/** Fails unless the workers still decode right. */
async function expectUsable(): Promise<void> {
  const run = await simulate(await openTrace(plain), {}, { decoders: decoders() });
  expect(timeless(run)).toEqual(timeless(await simulate(await openTrace(plain))));
}

function timeless<Result extends { time: object }>({ time, ...result }: Result) {
  return result;
}

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => "it resolved",
    (error: unknown) => error,
  );
}

/** What an error tells, but for the bytes around the place, which who decodes in parts does not have. */
function withoutBytes(error: unknown): object {
  const { neighbourhood, ...told } = error as TraceError;
  return { ...told, message: (error as TraceError).message };
}
