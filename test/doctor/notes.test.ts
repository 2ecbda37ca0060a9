import { describe, expect, it } from "vitest";
import { info } from "../../src/info.ts";
import type { TraceNote } from "../../src/report/results.ts";
import { openTrace, type Trace } from "../../src/trace/trace.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { bundled } from "../helpers/traces.ts";

/** A trace of lines, made by a function of their index. */
function trace(lines: number, line: (index: number) => string, isVirtual = true) {
  const text = Array.from({ length: lines }, (_, index) => line(index)).join("\n");
  const made = chunkedTrace(new TextEncoder().encode(`${text}\n`), 1 << 16);
  return { ...made, format: { ...made.format, isVirtual } };
}

async function notes(made: Trace): Promise<TraceNote[]> {
  return (await info(made)).notes;
}

const hex = (address: number) => address.toString(16);
const code = (index: number) => `I  ${hex(0x555555554000 + (index % 1000) * 3)},3`;

describe("a trace is told to look", () => {
  it("filtered, if no line comes back; not if there are stack and loops", async () => {
    const random = randomNumbers(1);
    expect(await notes(trace(20_000, () => ` L ${hex(0x7fff00000000 + (random() % 2 ** 28) * 64)},8`))).toContain(
      "filtered",
    );
    expect(await notes(trace(20_000, (index) => ` L ${hex(0x7fff00000000 + index * 8)},8`))).not.toContain("filtered");
    expect(await notes(trace(20_000, code))).toEqual([]);
  });

  it("physical, if all addresses are low and it could be; not as lackey's, nor with a stack", async () => {
    const low = (index: number) => ` ${"LS"[index % 2]} ${hex(0x1000000 + (index % 5000) * 0x9000)},8`;
    expect(await notes(trace(5000, low, false))).toContain("physical");
    expect(await notes(trace(5000, low, true))).not.toContain("physical");
    const withStack = (index: number) => (index % 2 ? low(index) : ` S ${hex(0x7ffffffde000 + (index % 64))},8`);
    expect(await notes(trace(5000, withStack, false))).not.toContain("physical");
    const of32Bits = (index: number) => (index % 2 ? ` L ${hex(0x8048000 + index)},4` : ` S ${hex(0xffffd000)},4`);
    expect(await notes(trace(5000, of32Bits, false))).not.toContain("physical");
  });

  it("of another architecture, if addresses or instructions are not those of x86-64", async () => {
    const words = (index: number) => `I  ${hex(0xaaaaaaaa0000 + (index % 4096) * 4)},4`;
    const arm = await info(trace(5000, words));
    expect(arm.architecture.guess).toBe("aarch64");
    expect(arm.notes).toContain("other-architecture");
    const fixed = (index: number) => `I  ${hex(0x400000 + (index % 4096) * 4)},4`;
    const sizes = (index: number) => (index % 5 === 0 ? ` L 7ffff000,${1 + (index % 8)}` : fixed(index));
    expect((await info(trace(5000, sizes))).architecture.guess).toBe("fixed-4");
    // As in Dinero's format, which tells no sizes.
    expect((await info(trace(5000, fixed))).architecture.guess).not.toBe("fixed-4");
    const tagged = await info(trace(10, () => " L b400007fff001000,8"));
    expect(tagged.notes).toEqual(["other-architecture", "tagged-addresses", "no-fetches"]);
    expect((await info(trace(10, () => " L 00ff000000001000,8"))).notes).toContain("wide-addresses");
    expect((await info(trace(5000, code))).architecture).toMatchObject({ guess: "x86-64", kernelHalf: false });
    expect((await info(trace(5000, (index) => ` L ${hex(0x8048000 + index)},4`))).architecture.guess).toBe("32-bit");
  });

  it("as if zeros, carriage returns or other lines were in it", async () => {
    const text = `${code(0)}\n`.repeat(100);
    const ofText = (content: string) => notes(chunkedTrace(new TextEncoder().encode(content), 99));
    expect(await ofText(`${text}${"\0".repeat(16)}`)).toEqual(["trailing-zeros"]);
    expect(await ofText(`${text}${"\0".repeat(15)}`)).toEqual([]);
    expect(await ofText(text.replaceAll("\n", "\r\n"))).toEqual(["carriage-returns"]);
    expect(await ofText(text + "hello\n".repeat(200))).toEqual(["much-skipped"]);
  });

  it("like nothing of this, if it is a good one", async () => {
    for (const name of ["sort400.native.lk.gz", "bfs2k.lk.gz", "ptrchase.lk.gz"]) {
      expect((await info(await openTrace(bundled(name)))).notes).toEqual([]);
    }
  });
});
