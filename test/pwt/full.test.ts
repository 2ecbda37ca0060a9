/** The full form of `.pwt`: what is written is read again, by the kernel and by a plain reader made from docs/pwt.md. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { createPwtEncoder, pwtOutput } from "../../src/convert/pwt.ts";
import type { Kernel } from "../../src/kernel/kernel.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { simulate } from "../../src/simulate.ts";
import { sweep } from "../../src/sweep.ts";
import { converted } from "../convert/converted.ts";
import { encodeGiven, type GivenEntry, givenLists } from "../convert/given-entries.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { plainBytes } from "../helpers/plain-bytes.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { bundled } from "../helpers/traces.ts";
import { readEntries } from "./files.ts";
import { decodePlainly } from "./plain-decoder.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const isRecord = ({ kind }: GivenEntry) => kind !== "thread" && kind !== "unmap" && kind !== "instruction";

/** A program that loops over a few functions: sequences come back, and operands move on. */
function programText(instructions: number): string {
  let text = "";
  let state = 1;
  let pc = 0x401000n;
  for (let count = 0; count < instructions; count++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const length = 1 + ((Number(pc) >> 2) % 7);
    text += `I  ${pc.toString(16).padStart(8, "0")},${length}\n`;
    const shape = Number(pc) % 5;
    if (shape < 2) text += ` L 1ffeff${(0x1000 + ((count * 8) & 0xfff)).toString(16)},8\n`;
    if (shape === 1) text += ` S 04${(0x200000 + (state >>> 14)).toString(16)},${1 << (state >>> 30)}\n`;
    pc += BigInt(length);
    if ((state >>> 16) % 9 === 0) pc = 0x401000n + BigInt(((state >>> 20) % 40) * 128);
  }
  return text;
}

describe.each(BUILDS)(".pwt with the kernel ($name)", ({ module }) => {
  beforeAll(() => provideKernelModule(module));

  it("keeps entries of every kind", async () => {
    await fc.assert(
      fc.asyncProperty(givenLists, fc.integer({ min: 1, max: 64 }), async (lists, chunkBytes) => {
        const entries = lists.flat();
        fc.pre(entries.some(isRecord));
        const { bytes } = await encodeGiven(module, pwtOutput, lists);
        expect(decodePlainly(bytes).entries).toEqual(entries);
        expect(await readEntries(bytes, chunkBytes)).toEqual(entries);
      }),
      { seed: 700, numRuns: 40 },
    );
  });

  it("is the same file whatever chunks the text comes in", async () => {
    const text = bytesOf(programText(100));
    const { bytes } = await converted(chunkedTrace(text, 1 << 20), { to: "pwt" });
    for (let chunkBytes = 1; chunkBytes <= 64; chunkBytes++) {
      const again = await converted(chunkedTrace(text, chunkBytes), { to: "pwt" });
      expect(again.bytes).toEqual(bytes);
      expect(await readEntries(bytes, chunkBytes)).toHaveLength(decodePlainly(bytes).entries.length);
    }
  });

  it("counts what its text counts, in runs, profiles and sweeps", async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.constantFrom("all", "data", "fetch"), async (records, stream) => {
        await expectSameCounts(bytesOf(lackeyText(records)), stream as "all");
      }),
      { seed: 701, numRuns: 8 },
    );
    await expectSameCounts(bytesOf(programText(6_000)), "all");
  });

  it("counts what a real trace counts", async () => {
    const text = await bundledText();
    await expectSameCounts(text, "data");
  });
});

const bundledText = () => plainBytes(bundled("lua_bt7.lk.zst"));

async function expectSameCounts(text: Uint8Array, stream: "all" | "data" | "fetch"): Promise<void> {
  const lackey = chunkedTrace(text, 1 << 20);
  const { bytes } = await converted(lackey, { to: "pwt" });
  const pwt = chunkedTrace(bytes, 1 << 20, "pwt");
  const small = { l1i: { entries: 4, ways: 2 }, l1d: { entries: 8, ways: 4 }, stlb: { entries: 16, ways: 4 } };
  for (const profile of [false, true]) {
    for (const config of [{}, small]) {
      const [ours, theirs] = [await simulate(pwt, config, { profile }), await simulate(lackey, config, { profile })];
      const counts = ({ time, trace, ...result }: typeof ours) => ({ ...result, records: trace.records });
      expect(counts(ours)).toEqual(counts(theirs));
      expect(ours.trace.instructions).toBe(theirs.trace.instructions);
    }
  }
  const swept = async (trace: typeof pwt) => {
    const { time, trace: summary, ...result } = await sweep(trace, { stream, flushEvery: 1000 });
    return result;
  };
  if (text.length < 1 << 20) expect(await swept(pwt)).toEqual(await swept(lackey));
}

describe("docs/pwt.md", () => {
  it("shows what is written for its example", async () => {
    const document = readFileSync(new URL("../../docs/pwt.md", import.meta.url), "utf8");
    const example = document.slice(document.indexOf("## An example"));
    const hex = [...example.matchAll(/^\| `([\da-f ]+)` \|/gm)].flatMap(([, bytes = ""]) => bytes.split(" "));
    const stored = {
      ...pwtOutput,
      start: (kernel: Kernel) => createPwtEncoder(kernel, { source: "lackey", compression: "none" }),
    };
    const entries: GivenEntry[] = [
      { kind: "fetch", va: 0x401000n, size: 3, pc: null },
      { kind: "fetch", va: 0x401003n, size: 4, pc: null },
      { kind: "load", va: 0x1ffefff86fn, size: 8, pc: null },
    ];
    const [{ module }] = BUILDS as [(typeof BUILDS)[number]];
    const { bytes } = await encodeGiven(module, stored, [entries]);
    expect([...bytes].map((byte) => byte.toString(16).padStart(2, "0"))).toEqual(hex);
  });
});
