/** Formats that a browser unpacks by other means than Node does: .pwt in both forms, and drmemtrace in a zip archive. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { commands } from "vitest/browser";
import {
  type ConvertOptions,
  convert,
  openTrace,
  type PagewalkWorker,
  type RunResult,
  type SweepResult,
  simulate,
  startWorker,
  sweep,
} from "../../src/index.ts";
import { encodeChunks } from "../formats/zip.ts";
import { goldenCounts, goldenFile } from "../golden/golden.ts";

const LACKEY = "sort400.lk.gz";
const DRMEMTRACE = "python.200k.drmemtrace.gz";

/** What Node counts over DRMEMTRACE. */
const DRMEMTRACE_COUNTS = { records: 200_000, references: { fetch: 153_362, data: 46_759 }, misses: [40, 209, 147] };

let worker: PagewalkWorker;

beforeAll(async () => {
  worker = await startWorker();
});

afterAll(() => worker.terminate());

afterEach(() => void vi.unstubAllGlobals());

describe.each(["pwt", "pwt-pages"] as const)("%s, made here", (to) => {
  let file: Blob;

  beforeAll(async () => {
    file = await converted({ to });
  });

  it("has the golden counts in a worker", async () => {
    expect(countsOf(await worker.simulate(file), await worker.sweep(file))).toEqual(await golden(LACKEY));
  });

  it("has the golden counts in a page, by pako where the browser cannot inflate it", async () => {
    vi.stubGlobal("DecompressionStream", undefined);
    const trace = await openTrace(file);
    expect(trace.format.name).toBe(to);
    expect(countsOf(await simulate(trace), await sweep(trace))).toEqual(await golden(LACKEY));
  });

  it("is deflated, by pako where the browser cannot", async () => {
    vi.stubGlobal("CompressionStream", undefined);
    const deflated = await converted({ to });
    expect(deflated.size).toBeLessThan((await converted({ to, compression: "none" })).size);
    expect(countsOf(await worker.simulate(deflated), await worker.sweep(deflated))).toEqual(await golden(LACKEY));
  });
});

it("a zip archive of a drmemtrace has the counts of Node, in a page and in a worker", async () => {
  const plain = new Response((await stored(DRMEMTRACE)).stream().pipeThrough(new DecompressionStream("gzip")));
  const archive = new Blob([encodeChunks(new Uint8Array(await plain.arrayBuffer()), 300_000)]);
  for (const run of [await simulate(await openTrace(archive)), await worker.simulate(archive)]) {
    expect([run.trace.format, run.trace.compression]).toEqual(["drmemtrace", "zip"]);
    const misses = run.tlbs.map((tlb) => tlb.misses);
    expect({ records: run.trace.records, references: run.references, misses }).toEqual(DRMEMTRACE_COUNTS);
  }
});

async function converted(options: ConvertOptions): Promise<Blob> {
  const pieces: BlobPart[] = [];
  for await (const piece of convert(await openTrace(await stored(LACKEY)), options)) pieces.push(piece);
  return new Blob(pieces);
}

/** Those of a file are of another one than the golden counts, but of the same records. */
function countsOf(run: RunResult, swept: SweepResult) {
  const { trace, ...counts } = goldenCounts(run, swept);
  return { ...counts, records: trace.records, instructions: trace.instructions };
}

async function golden(name: string) {
  const response = await fetch(new URL(`../golden/${goldenFile(name)}`, import.meta.url));
  const { trace, ...counts }: ReturnType<typeof goldenCounts> = await response.json();
  return { ...counts, records: trace.records, instructions: trace.instructions };
}

async function stored(name: string): Promise<Blob> {
  const text = atob(await commands.readFile(`test/traces/${name}`, "base64"));
  return new Blob([Uint8Array.from(text, (character) => character.charCodeAt(0))]);
}
