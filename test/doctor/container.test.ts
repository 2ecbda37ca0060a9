/** What is said of `.pwt` files that were cut off or damaged, and what is kept of them: the whole blocks before. */
import { beforeAll, describe, expect, it } from "vitest";
import { convert } from "../../src/convert.ts";
import { examine, info } from "../../src/info.ts";
import { repair } from "../../src/repair.ts";
import { infoText } from "../../src/report/info-text.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { bundled } from "../helpers/traces.ts";

const TIMEOUT_MS = 120_000;

async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece.slice());
  return Buffer.concat(all);
}

describe("a .pwt file of several blocks", { timeout: TIMEOUT_MS }, () => {
  let text: Buffer;
  let whole: Buffer;
  beforeAll(async () => {
    text = Buffer.concat(Array<Uint8Array>(2).fill(await plainBytes(bundled("lua_bt7.lk.zst"))));
    whole = await bytesOf(convert(await openTrace(text), { to: "pwt" }));
  }, TIMEOUT_MS);

  it.each([
    ["cut off", "truncated", "container-cut-off", /the file is truncated: found \d+ of the \d+ bytes of block (\d)/],
    ["damaged", "corrupt", "damaged-block", /found data .* in block (\d); expected/],
  ] as const)("that was %s is told of by its block, and repaired up to it", async (what, code, name, found) => {
    const at = Math.floor(whole.length * 0.8);
    const bad = Buffer.from(what === "cut off" ? whole.subarray(0, at) : whole);
    if (what === "damaged") bad[at] = (bad[at] ?? 0) ^ 16;
    const trace = await openTrace(bad);
    const { result, error } = await examine(trace);
    if (error === null) throw new Error("the trace is good");
    const block = Number(found.exec(error.reason)?.[1]);
    expect(block).toBeGreaterThan(1);
    expect(result.error).toMatchObject({ code, likelyCause: { name } });
    expect(result.error?.record).toBe(result.trace.records + 1);
    expect(error.byteOffset).toBeLessThanOrEqual(at); // in the file, where the block is
    expect(error.byteOffset).toBeGreaterThan(at / 2);
    expect(infoText(result).replace(/\s+/g, " ")).toContain("keep the whole blocks before");

    const kept = await repair(trace, error);
    if (kept === null) throw new Error("nothing was kept");
    expect(kept.result.records).toBe(result.trace.records);
    const good = await info(await openTrace(await bytesOf(convert(kept.good, { to: "pwt" }))));
    const { records } = kept.result;
    const before = await info(await openTrace(text, { limit: records, format: "lackey" }));
    for (const field of ["accesses", "references", "footprint", "regions", "reuse", "sizes"] as const) {
      expect(good[field]).toEqual(before[field]);
    }
  });
});
