/** What is kept of a bad trace: the records before the error, whole, and all of them. */
import { readFileSync } from "node:fs";
import { constants, gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { examine } from "../src/info.ts";
import { repair } from "../src/repair.ts";
import { simulate } from "../src/simulate.ts";
import { openTrace } from "../src/trace/trace.ts";
import { lackeyText, randomRecords } from "./helpers/random-records.ts";
import { bundled } from "./helpers/traces.ts";

const RECORD = /^(?:I {2}| [LSM] )[\da-f]+,\d+$/;

/** The text up to its last newline: the records that are whole. */
function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf("\n") + 1);
}

function countRecords(text: string): number {
  return text.split("\n").filter((line) => RECORD.test(line)).length;
}

/** The repaired text of `stored`; `null` if it is good, or nothing of it is. */
async function repaired(stored: Uint8Array): Promise<{ text: string; droppedBytes: number | null } | null> {
  const trace = await openTrace(stored);
  const { result, error } = await examine(trace);
  expect(result.complete).toBe(error === null);
  if (error === null) return null;
  const found = await repair(trace, error);
  if (found === null) return null;
  const pieces: Buffer[] = [];
  for await (const piece of found.pieces?.() ?? []) pieces.push(Buffer.from(piece));
  const text = Buffer.concat(pieces).toString("latin1");
  expect(found.result).toMatchObject({ records: countRecords(text), bytes: text.length, droppedFrom: text.length });
  expect(result.trace.records).toBe(found.result.records);
  const run = await simulate(await openTrace(Buffer.from(text, "latin1")));
  expect(run.trace.records).toBe(found.result.records);
  return { text, droppedBytes: found.result.droppedBytes };
}

/** What of cut-off gzip data zlib can give back. */
function inflatedBeginning(cut: Uint8Array): string {
  return gunzipSync(cut, { finishFlush: constants.Z_SYNC_FLUSH }).toString("latin1");
}

describe("the repair of a trace that was cut off anywhere has exactly the records that are whole,", () => {
  it("of plain text", async () => {
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.double({ min: 0, max: 1, noNaN: true }), async (records, share) => {
        const text = lackeyText(records);
        const whole = text.slice(0, Math.max(1, Math.floor(share * text.length)));
        const kept = wholeLines(whole);
        if (kept === "") return;
        const found = await repaired(Buffer.from(whole));
        expect(found?.text ?? whole).toBe(kept);
        expect(found?.droppedBytes ?? 0).toBe(whole.length - kept.length);
      }),
      { numRuns: 60, seed: 11 },
    );
  });

  it("of gzip, of one member and of several", async () => {
    await fc.assert(
      fc.asyncProperty(
        randomRecords,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.boolean(),
        async (records, share, two) => {
          const text = lackeyText(records).repeat(20);
          const middle = text.length >> 1;
          const stored = two
            ? Buffer.concat([gzipSync(text.slice(0, middle)), gzipSync(text.slice(middle))])
            : gzipSync(text);
          const cut = stored.subarray(0, 30 + Math.floor(share * (stored.length - 31)));
          const kept = wholeLines(inflatedBeginning(cut));
          if (kept === "") return;
          const found = await repaired(cut);
          // Where the first member ends there is nothing that tells of another.
          if (found === null) expect(gunzipSync(cut).toString("latin1")).toBe(text.slice(0, middle));
          else expect(found.text).toBe(kept);
        },
      ),
      { numRuns: 40, seed: 12 },
    );
  });

  it.each(["python.200k.lk.gz", "matmul24.native.lk.xz", "lua_bt7.lk.zst"])(
    "of %s",
    async (name) => {
      const stored = readFileSync(bundled(name));
      const trace = await openTrace(bundled(name));
      const reader = await trace.open();
      const plain = Buffer.alloc(64 << 20);
      let filled = 0;
      for (let got = -1; got !== 0; filled += got) got = await reader.read(plain.subarray(filled));
      let before = 0;
      for (const share of [0.3, 0.7, 0.99]) {
        const cut = stored.subarray(0, Math.floor(stored.length * share));
        const found = await repaired(cut);
        const text = found?.text ?? "";
        // Blocks of xz and zstd are decoded whole or, in part, not at all: how much comes out is theirs to say.
        expect(text).toBe(wholeLines(plain.subarray(0, text.length).toString("latin1")));
        if (name.endsWith(".gz")) expect(text).toBe(wholeLines(inflatedBeginning(cut)));
        expect(text.length).toBeGreaterThan(before);
        expect(text.length).toBeGreaterThan(filled * share * 0.25);
        expect(found?.droppedBytes).toBe(null);
        before = text.length;
      }
    },
    60_000,
  );
});

describe("the repair of a trace with a bad record", () => {
  it("has what stands before it, and tells how much comes after", async () => {
    const good = "I  04001000,3\nno record\n L 1ffefff860,8\n";
    const bad = ` S 1000,0\n${good}`;
    for (const stored of [Buffer.from(good + bad), gzipSync(good + bad)]) {
      expect(await repaired(stored)).toEqual({ text: good, droppedBytes: bad.length });
    }
  });

  it("is none where nothing is good before it, and where nothing is bad", async () => {
    expect(await repaired(Buffer.from(" S 1000,0\n L 1000,8\n"))).toBe(null);
    expect(await repaired(Buffer.from("no record\n S 1000,0\n L 1000,8\n"))).toBe(null);
    expect(await repaired(Buffer.from(" L 1000,8\n"))).toBe(null);
  });
});
