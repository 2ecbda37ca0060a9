/** The writer of oracleGeneral against a plain one. */
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { STREAMS, type Stream } from "../../src/config/types.ts";
import { oracleGeneralOutput } from "../../src/convert/oracle-general.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { touchedPages } from "../reference/access.ts";
import { converted } from "./converted.ts";
import { countIn, encodeGiven, type GivenEntry, givenLists, longLists } from "./given-entries.ts";

interface Request {
  time: number;
  page: number;
  bytes: number;
  next: number;
}

/** oracleGeneral as libCacheSim's oracleGeneralBin.h has it. */
function parseRequests(bytes: Uint8Array): Request[] {
  expect(bytes.length % 24).toBe(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 24 }, (_, index) => ({
    time: view.getUint32(24 * index, true),
    page: Number(view.getBigUint64(24 * index + 4, true)),
    bytes: view.getUint32(24 * index + 12, true),
    next: Number(view.getBigInt64(24 * index + 16, true)),
  }));
}

/** The requests of `entries`, and how many records make none as they are not canonical. */
function plainRequests(entries: readonly GivenEntry[], stream: Stream): { requests: Request[]; nonCanonical: number } {
  const requests: Request[] = [];
  let time = 0;
  let nonCanonical = 0;
  for (const entry of entries) {
    if (entry.kind === "thread" || entry.kind === "unmap" || entry.kind === "protect") continue;
    if (entry.kind === "fetch" || entry.kind === "instruction") time++;
    if (entry.kind === "instruction") continue;
    if (stream !== "all" && (stream === "fetch") !== (entry.kind === "fetch")) continue;
    const pages = touchedPages(entry.va, entry.size);
    if (pages === null) nonCanonical++;
    for (const page of pages ?? []) requests.push({ time, page, bytes: 4096, next: -1 });
  }
  // The number of a request counts from 1, as in libCacheSim's traceConv.
  const numbers = new Map<number, number[]>();
  requests.forEach(({ page }, index) => {
    numbers.get(page)?.push(index + 1) ?? numbers.set(page, [index + 1]);
  });
  for (const ofPage of numbers.values()) {
    ofPage.slice(1).forEach((next, turn) => {
      const request = requests[(ofPage[turn] ?? 0) - 1];
      if (request !== undefined) request.next = next;
    });
  }
  return { requests, nonCanonical };
}

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pagewalk-convert-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(BUILDS)("oracleGeneral with the kernel ($name)", ({ module }) => {
  it("has the requests of the plain writer", async () => {
    await fc.assert(
      fc.asyncProperty(givenLists, fc.constantFrom(...STREAMS), async (lists, stream) => {
        const { requests, nonCanonical } = plainRequests(lists.flat(), stream);
        const options = { stream, scratchFolder: folder };
        const { bytes, losses } = await encodeGiven(module, oracleGeneralOutput, lists, options);
        expect(parseRequests(bytes)).toEqual(requests);
        expect(countIn(losses.leftOut, /not canonical/)).toBe(nonCanonical);
      }),
      { seed: 604, numRuns: 150 },
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it("has the same of long lists", async () => {
    const lists = longLists(607);
    const { bytes } = await encodeGiven(module, oracleGeneralOutput, lists, { scratchFolder: folder });
    expect(bytes.length).toBeGreaterThan(256 * 1024);
    expect(parseRequests(bytes)).toEqual(plainRequests(lists.flat(), "all").requests);
  });

  it("knows the next request across everything that is completed at once, of more pages than a table begins with", async () => {
    provideKernelModule(module);
    const pages = 12_345;
    const rounds = 3;
    const round = Array.from({ length: pages }, (_, page) => ` L ${(page * 4096).toString(16)},1\n`).join("");
    const trace = chunkedTrace(new TextEncoder().encode(round.repeat(rounds)), 1 << 20);
    const { bytes } = await converted(trace, { to: "oraclegeneral", scratchFolder: folder });
    const requests = parseRequests(bytes);
    expect(requests).toHaveLength(pages * rounds);
    const wrong = requests.filter(({ page, next, time, bytes }, index) => {
      const expected = index + pages < requests.length ? index + pages + 1 : -1;
      return page !== index % pages || next !== expected || time !== 0 || bytes !== 4096;
    });
    expect(wrong).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not exist of no request", async () => {
    provideKernelModule(module);
    const trace = chunkedTrace(new TextEncoder().encode(" L 1000,1\n"), 1 << 20);
    const error = converted(trace, { to: "oraclegeneral", stream: "fetch", scratchFolder: folder });
    await expect(error).rejects.toThrow("nothing of it can be written");
    expect(readdirSync(folder)).toEqual([]);
  });
});
