/** The writer of lackey's text against a plain one, and its text read again. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lackeyOutput } from "../../src/convert/lackey.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { parseLackey } from "../reference/lackey.ts";
import { converted } from "./converted.ts";
import { countIn, encodeGiven, type GivenEntry, givenLists, longLists, threadSwitches } from "./given-entries.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

/** The text of `entries`, and how many records are not of the instruction before them. */
function plainText(entries: readonly GivenEntry[]): { text: string; pcs: number } {
  let text = "";
  let calls = 0;
  let pcs = 0;
  let pc = 0n;
  for (const entry of entries) {
    if (entry.kind === "unmap") {
      const bytes = entry.last - entry.first + 1n;
      text += `SYSCALL[1,1](${++calls}) sys_munmap ( 0x${entry.first.toString(16)}, ${bytes} )[sync] --> Success(0x0)\n`;
    } else if (entry.kind === "protect") {
      const range = `0x${entry.first.toString(16)}, ${entry.last - entry.first + 1n}`;
      text += `SYSCALL[1,1](${++calls}) sys_mprotect ( ${range}, ${entry.rights} )[sync] --> Success(0x0)\n`;
    } else if (entry.kind === "instruction") {
      pc = entry.va;
    } else if (entry.kind !== "thread") {
      const { kind, va, size } = entry;
      if (kind === "fetch") pc = va;
      else if (entry.pc !== null && entry.pc !== pc) pcs++;
      text += lackeyText([{ kind, va, size }]);
    }
  }
  return { text, pcs };
}

const isRecord = ({ kind }: GivenEntry) => !["thread", "unmap", "protect", "instruction"].includes(kind);

describe.each(BUILDS)("lackey's text with the kernel ($name)", ({ module }) => {
  it("is what the plain writer writes, and what it has no place for is told", async () => {
    await fc.assert(
      fc.asyncProperty(givenLists, async (lists) => {
        const entries = lists.flat();
        const { text, pcs } = plainText(entries);
        const { bytes, losses } = await encodeGiven(module, lackeyOutput, lists);
        expect(textOf(bytes)).toBe(text);
        expect(losses.leftOut).toEqual([]);
        expect(countIn(losses.notes, /not fetched/)).toBe(entries.filter(({ kind }) => kind === "instruction").length);
        expect(countIn(losses.notes, /switch/)).toBe(threadSwitches(entries, isRecord));
        expect(countIn(losses.notes, /latest fetch/)).toBe(pcs);
        const { records } = parseLackey(bytes);
        expect(records).toEqual(entries.filter(isRecord).map((entry) => ({ ...entry, pc: undefined })));
      }),
      { seed: 601, numRuns: 200 },
    );
  });

  it("is the same of long lists", async () => {
    const lists = longLists(605);
    const { bytes } = await encodeGiven(module, lackeyOutput, lists);
    expect(bytes.length).toBeGreaterThan(2 * 256 * 1024);
    expect(textOf(bytes) === plainText(lists.flat()).text).toBe(true);
  });

  it("of lackey's own is the same text, in chunks of any length", async () => {
    provideKernelModule(module);
    await fc.assert(
      fc.asyncProperty(randomRecords, fc.integer({ min: 1, max: 64 }), async (records, chunkBytes) => {
        const text = lackeyText(records);
        const { bytes, result } = await converted(chunkedTrace(bytesOf(text), chunkBytes), { to: "lackey" });
        expect(textOf(bytes)).toBe(text);
        expect(result.trace.records).toBe(records.length);
        expect(result.output.bytes).toBe(text.length);
        expect(result.notes).toEqual([]);
      }),
      { seed: 602, numRuns: 60 },
    );
  });

  it("has no other lines, and every address in lower case and at least eight digits", async () => {
    provideKernelModule(module);
    const text = "==12== Lackey\nI  ABCDEF,3\r\nthe program's own\n S 000000000001FFEFFF86F,0016\n\n L 0,1\n";
    const { bytes, result } = await converted(chunkedTrace(bytesOf(text), 7), { to: "lackey" });
    expect(textOf(bytes)).toBe("I  00abcdef,3\n S 1ffefff86f,16\n L 00000000,1\n");
    expect(result.trace.skippedLines).toBe(3);
  });

  it("keeps whose rights were changed, where that succeeded", async () => {
    provideKernelModule(module);
    const protect = "SYSCALL[1,1](1) sys_mprotect ( 0x4a17000, 16384, 1 )[sync] --> Success(0x0)\n";
    const failed = "SYSCALL[1,1](10) sys_mprotect ( 0x4a17000, 16384, 1 )[sync] --> Failure(0xc)\n";
    const none = "SYSCALL[1,1](10) sys_mprotect ( 0x4a17010, 16384, 1 )[sync] --> Success(0x0)\n";
    const text = `I  04000000,1\n${protect}${failed}${none}`;
    const { bytes } = await converted(chunkedTrace(bytesOf(text), 9), { to: "lackey" });
    expect(textOf(bytes)).toBe(`I  04000000,1\n${protect}`);
  });

  it("keeps what was unmapped", async () => {
    provideKernelModule(module);
    const unmapped = "SYSCALL[1,1](1) sys_munmap ( 0x483c000, 8192 )[sync] --> Success(0x0)\n";
    const moved =
      "SYSCALL[5202,1](25) sys_mremap ( 0x4a2d000, 8192, 4096, 0x1 ) --> [pre-success] Success(0x4a2d000)\n";
    const { bytes } = await converted(chunkedTrace(bytesOf(`I  04000000,1\n${unmapped}${moved}`), 9), { to: "lackey" });
    const second = "SYSCALL[1,1](2) sys_munmap ( 0x4a2e000, 4096 )[sync] --> Success(0x0)\n";
    expect(textOf(bytes)).toBe(`I  04000000,1\n${unmapped}${second}`);
    const again = await converted(chunkedTrace(bytes, 11), { to: "lackey" });
    expect(textOf(again.bytes)).toBe(textOf(bytes));
  });
});
