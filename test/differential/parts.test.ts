/** Traces decoded in parts, against the same traces decoded from beginning to end. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { LocalPartDecoder } from "../../src/part-decoder.ts";
import type { Progress } from "../../src/report/progress.ts";
import { plainTlbs } from "../../src/report/tlb-levels.ts";
import { type SimulateOptions, simulate } from "../../src/simulate.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "parts-"));
});

afterAll(() => rmSync(folder, { recursive: true }));

/** Every reference to another page than the latest of its set misses, so that none is left out unnoticed. */
const MACHINE = { l1d: "2:1", l1i: "2:1", stlb: "24:6" };

/** What simulate() counts of a trace, or what it says is wrong with it. */
async function outcome(trace: Trace, options: SimulateOptions = {}): Promise<unknown> {
  try {
    const { time, ...result } = await simulate(trace, MACHINE, options);
    return result;
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    const { code, path, line, record, byteOffset, reason } = error;
    return { code, path, line, record, byteOffset, reason };
  }
}

/** Few pages of one set, each of them some times: records that are left out if nothing comes in between. */
const fewPages = fc
  .array(
    fc.tuple(fc.constantFrom("I  ", " L ", " S ", " M "), fc.constantFrom(2, 4, 6), fc.integer({ min: 1, max: 5 })),
    {
      minLength: 1,
      maxLength: 60,
      size: "max",
    },
  )
  .map((runs) => runs.map(([head, page, times]) => `${head}0400${page}ab8,8\n`.repeat(times)).join(""));
const otherLines = fc.constantFrom(
  "==1== noise\n",
  "\n",
  "\n\n\n",
  `${"x".repeat(5000)}\n`,
  `I  ${"0".repeat(4090)}1,3\n`,
  ` L 1ffefff86f,8${"x".repeat(5000)}\n`,
  " L 1ffefff86f,8 L 04025a10\n",
  " L 1000,8\r\n",
);
const badLine = fc.constantFrom(" L 1000,0\n", "I  1000,4097\n", " S 10000000000000000,8\n");
const end = fc.constantFrom("", "", " L 10", "==1==", "I", "x".repeat(5000));

const text = fc
  .tuple(
    fc.array(
      fc.oneof(
        { weight: 6, arbitrary: randomRecords.map((records) => lackeyText(records.slice(0, 40))) },
        { weight: 3, arbitrary: fewPages },
        { weight: 3, arbitrary: otherLines },
      ),
      { minLength: 0, maxLength: 25, size: "max" },
    ),
    fc.option(fc.tuple(badLine, fc.nat(24)), { freq: 3 }),
    end,
  )
  .map(([pieces, bad, end]) => {
    const lines = [...pieces];
    if (bad !== null) lines.splice(bad[1], 0, bad[0]);
    return new TextEncoder().encode(lines.join("") + end);
  })
  .filter((bytes) => bytes.length > 0);

const partBytes = fc.oneof(
  fc.integer({ min: 1, max: 40 }),
  fc.integer({ min: 40, max: 400 }),
  fc.integer({ min: 400, max: 6000 }),
  fc.constant(1 << 20),
);

describe.each(BUILDS)("a trace decoded in parts ($name)", ({ module }) => {
  const decoders = [new LocalPartDecoder(), new LocalPartDecoder(), new LocalPartDecoder()];

  it("counts what it counts in one, or is wrong in the same place, whatever the parts and decoders", async () => {
    provideKernelModule(module);
    const path = join(folder, "trace.lk");
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 3 }), partBytes, async (text, count, partBytes) => {
        const options = { decoders: decoders.slice(0, count), partBytes };
        const whole = await outcome(chunkedTrace(text, 1 << 20));
        expect(await outcome(chunkedTrace(text, 1000), options), "bytes").toEqual(whole);
        const format = { format: "lackey" };
        const named = (path: string) => ({ ...(whole as object), ...renamed(whole, path) });
        expect(await outcome(await openTrace(new Blob([text]), format), options), "Blob").toEqual(named("blob"));
        writeFileSync(path, text);
        expect(await outcome(await openTrace(path, format), options), "file").toEqual(named(path));
      }),
      { seed: 12, numRuns: 150 },
    );
  });

  it.each(["sort400.native.lk.gz", "matmul24.native.lk.xz", "lua_bt7.lk.zst"])("is the same from %s", async (name) => {
    provideKernelModule(module);
    const trace = await openTrace(bundled(name));
    const whole = await outcome(trace);
    for (const partBytes of [100_003, 4 << 20]) expect(await outcome(trace, { decoders, partBytes })).toEqual(whole);
  });
});

describe("a trace decoded in parts", () => {
  const decoders = [new LocalPartDecoder(), new LocalPartDecoder()];
  const good = "I  04001000,3\n==1== noise\n";

  it("tells the first of several errors", async () => {
    const text = `${good.repeat(3000)} L 1000,0\n${good.repeat(3000)} L 1000,4097\n`;
    const trace = await openTrace(new Blob([text]));
    for (const partBytes of [30, 1000, 90_000, 1 << 20]) {
      expect(await outcome(trace, { decoders, partBytes })).toMatchObject({
        code: "size-out-of-range",
        line: 6001,
        record: 3001,
        byteOffset: good.length * 3000,
      });
    }
  });

  it("leaves nothing out because of a part that did not come right before", async () => {
    const [one, other, noise] = [" L 04002ab8,8\n", " L 04004ab8,8\n", `${"x".repeat(200)}\n`];
    // The first line of a part, to another page, is not the decoder's. What ends with a long line ends unlike a piece.
    const part = `${other}${one.repeat(20)}${noise}`;
    const trace = await openTrace(new Blob([part.repeat(5)]));
    const run = await simulate(trace, MACHINE, { decoders: decoders.slice(0, 1), partBytes: part.length });
    const [, l1d] = plainTlbs(run);
    expect(l1d.misses).toBe(10);
  });

  it("tells of damage to a compressed trace rather than of the nonsense that it makes", async () => {
    const stored = Buffer.from(await (await openBlob("sort400.lk.gz")).arrayBuffer());
    stored.fill(0x55, 300_000, 300_100);
    const trace = await openTrace(stored);
    const { code } = (await outcome(trace)) as { code: string };
    expect(await outcome(trace, { decoders, partBytes: 50_000 })).toMatchObject({ code });
  });

  it("tells of a file that was cut off while it was read", async () => {
    const path = join(folder, "shrinking.lk");
    writeFileSync(path, good.repeat(1000));
    const trace = await openTrace(path);
    writeFileSync(path, good.repeat(500));
    expect(await outcome(trace, { decoders, partBytes: 1000 })).toMatchObject({
      code: "unreadable",
      reason: `changed while it was read: ${14_000} bytes expected`,
    });
  });

  it("reports progress that grows and comes to the end", async () => {
    const trace = await openTrace(new Blob([good.repeat(10_000)]));
    const heard: Progress[] = [];
    await simulate(trace, {}, { decoders, partBytes: 5000, onProgress: (progress) => void heard.push(progress) });
    const { storedBytes } = trace;
    expect(heard.at(-1)).toEqual({ consumedBytes: storedBytes, storedBytes, records: 10_000 });
  });

  it("holds no more than a few parts for each decoder", async () => {
    let [given, answered, most] = [0, 0, 0];
    class Counting extends LocalPartDecoder {
      override async decode(part: Parameters<LocalPartDecoder["decode"]>[0]) {
        most = Math.max(most, ++given - answered);
        const decoded = await super.decode(part);
        answered++;
        return decoded;
      }
    }
    const trace = await openTrace(new Blob([good.repeat(10_000)]));
    await simulate(trace, {}, { decoders: [new Counting(), new Counting()], partBytes: 1000 });
    expect(given).toBe(260);
    expect(most).toBeLessThanOrEqual(6);
  });
});

/** The path in what outcome() told of another trace with the same bytes. */
function renamed(whole: unknown, path: string): object {
  const { trace } = whole as { trace?: object };
  return trace === undefined ? { path } : { trace: { ...trace, path } };
}

async function openBlob(name: string): Promise<Blob> {
  const { openAsBlob } = await import("node:fs");
  return openAsBlob(bundled(name));
}
