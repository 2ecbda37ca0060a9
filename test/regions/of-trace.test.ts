import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { convert } from "../../src/convert.ts";
import { openRegions, regionsOfTrace } from "../../src/regions/open.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { bundled } from "../helpers/traces.ts";

const REGIONS = bundled("matmul24.native.regions.json");
const { regions: ROWS } = JSON.parse(readFileSync(REGIONS, "utf8"));

/** A trace as a container with `metadata`. */
async function container(metadata: object[]): Promise<Uint8Array> {
  const trace = await openTrace(bundled("matmul24.lk.gz"));
  const pieces: Uint8Array[] = [];
  const options = { to: "pwt", metadata: async () => metadata };
  for await (const piece of convert(trace, options)) pieces.push(piece.slice());
  return new Uint8Array(Buffer.concat(pieces));
}

const inParts = [
  { other: "anything", recording: null },
  { recording: { name: "matmul", regions: ROWS.slice(0, 10) } },
  { recording: { name: "matmul", regions: ROWS.slice(10) } },
];

describe("regionsOfTrace()", () => {
  it("finds those that were recorded with a trace, all parts of them, however it is stored", async () => {
    const wanted = await openRegions(REGIONS);
    const bytes = await container(inParts);
    for (const input of [bytes, gzipSync(bytes), new Blob([new Uint8Array(bytes)])]) {
      const trace = await openTrace(input, { skip: 200_000 });
      expect(await regionsOfTrace(trace)).toEqual(wanted);
      expect(await regionsOfTrace(trace), "and again").toEqual(wanted);
      await trace.close();
    }
  });

  it("is null where there are none", async () => {
    for (const metadata of [[], [{ recording: { name: "ls" } }], [{ regions: ROWS }]]) {
      expect(await regionsOfTrace(await openTrace(await container(metadata)))).toBe(null);
    }
    expect(await regionsOfTrace(await openTrace(bundled("matmul24.lk.gz")))).toBe(null);
  });

  it("tells what is wrong with them, with the trace, and with a stream", async () => {
    const wrong = await openTrace(await container([{ recording: { regions: [{ ...ROWS[0], perm: "x" }] } }]));
    await expect(regionsOfTrace(wrong)).rejects.toThrow('bytes: recording.regions[0].perm: found "x"; expected rights');

    const bytes = await container(inParts);
    const at = Buffer.from(bytes).indexOf('"perm"');
    bytes.set([0x21], at);
    await expect(regionsOfTrace(await openTrace(bytes))).rejects.toThrow("found metadata with CRC-32");

    const stream = await openTrace(new Blob([new Uint8Array(bytes)]).stream());
    await expect(regionsOfTrace(stream)).rejects.toThrow("it can be read only once");
  });
});
