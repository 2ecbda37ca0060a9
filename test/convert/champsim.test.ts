/** The writer of ChampSim's records against a plain one. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { champsimOutput } from "../../src/convert/champsim.ts";
import { TraceError } from "../../src/errors.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { BUILDS } from "../helpers/builds.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { converted } from "./converted.ts";
import { countIn, encodeGiven, type GivenEntry, givenLists, longLists, threadSwitches } from "./given-entries.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

interface Instruction {
  ip: bigint;
  loads: bigint[];
  stores: bigint[];
}

/** input_instr of ChampSim's inc/trace_instruction.h, read the plain way. */
function parseChampsim(bytes: Uint8Array): Instruction[] {
  expect(bytes.length % 64).toBe(0);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 64 }, (_, index) => {
    const at = 64 * index;
    const operands = (offset: number, count: number) =>
      Array.from({ length: count }, (_, operand) => view.getBigUint64(at + offset + 8 * operand, true)).filter(
        (address) => address !== 0n,
      );
    expect(view.getBigUint64(at + 8, true), "branches and registers").toBe(0n);
    return { ip: view.getBigUint64(at, true), stores: operands(16, 2), loads: operands(32, 4) };
  });
}

/** What is to be written of `entries`, and how many records or fetches there are of each kind of loss. */
function plainRecords(entries: readonly GivenEntry[]) {
  const written: Instruction[] = [];
  const lost = { atZero: 0, withoutFetch: 0, added: 0, pcs: 0, order: 0 };
  const carried: GivenEntry[] = [];
  let now: Instruction | null = null;
  const begin = (ip: bigint): Instruction => {
    const instruction = { ip, loads: [], stores: [] };
    written.push(instruction);
    return instruction;
  };
  for (const entry of entries) {
    if (entry.kind === "thread" || entry.kind === "unmap" || entry.kind === "protect") continue;
    if (entry.kind === "fetch" || entry.kind === "instruction") {
      now = entry.va === 0n ? null : begin(entry.va);
      if (entry.kind === "instruction") lost.added += Number(now !== null);
      else if (now === null) lost.atZero++;
      else carried.push(entry);
      continue;
    }
    if (now === null) {
      lost.withoutFetch++;
      continue;
    }
    if (entry.va === 0n) {
      lost.atZero++;
      continue;
    }
    carried.push(entry);
    if (entry.pc !== null && entry.pc !== now.ip) lost.pcs++;
    const parts = entry.kind === "modify" ? (["loads", "stores"] as const) : ([`${entry.kind}s`] as const);
    for (const part of parts) {
      if (now[part].length === (part === "loads" ? 4 : 2)) {
        now = begin(now.ip);
        lost.added++;
      }
      if (part === "loads" && now.stores.length > 0) lost.order++;
      now[part].push(entry.va);
    }
  }
  return { written, lost, carried };
}

describe.each(BUILDS)("ChampSim's records with the kernel ($name)", ({ module }) => {
  it("are what the plain writer writes, and what they have no place for is told", async () => {
    let most = 0;
    await fc.assert(
      fc.asyncProperty(givenLists, async (lists) => {
        const entries = lists.flat();
        const { written, lost, carried } = plainRecords(entries);
        most = Math.max(most, lost.added);
        const { bytes, losses } = await encodeGiven(module, champsimOutput, lists);
        expect(parseChampsim(bytes)).toEqual(written);
        const { notes, leftOut } = losses;
        expect(countIn(leftOut, /to address 0/)).toBe(lost.atZero);
        expect(countIn(leftOut, /before the first instruction/)).toBe(lost.withoutFetch);
        expect(countIn(notes, /added/)).toBe(lost.added);
        expect(countIn(notes, /latest fetch/)).toBe(lost.pcs);
        expect(countIn(notes, /moved in front/)).toBe(lost.order);
        expect(countIn(notes, /became a load and a store/)).toBe(
          carried.filter(({ kind }) => kind === "modify").length,
        );
        expect(countIn(notes, /unmapped/)).toBe(entries.filter(({ kind }) => kind === "unmap").length);
        expect(countIn(notes, /switch/)).toBe(threadSwitches(entries, (entry) => carried.includes(entry)));
        const sizes = carried.map((entry) => ("size" in entry ? entry : { va: 0n, size: 0 }));
        expect(countIn(notes, /^sizes/)).toBe(sizes.filter(({ size }) => size > 1).length);
        const straddling = sizes.filter(({ va, size }) => Number(va % 4096n) + size > 4096);
        expect(countIn(notes, /next page/)).toBe(straddling.length);
      }),
      { seed: 603, numRuns: 300 },
    );
    expect(most).toBeGreaterThan(2);
  });

  it("are the same of long lists", async () => {
    const lists = longLists(606).map((list) => [
      { kind: "fetch", va: 1n, size: 1, pc: null } as const,
      ...list.slice(1),
    ]);
    const { bytes } = await encodeGiven(module, champsimOutput, lists);
    expect(bytes.length).toBeGreaterThan(256 * 1024);
    expect(parseChampsim(bytes)).toEqual(plainRecords(lists.flat()).written);
  });

  it("are read again as what they were made of, but for sizes", async () => {
    provideKernelModule(module);
    const text = "I  00401000,1\n L 00001000,1\n S 00002000,1\nI  00401004,1\nI  00401004,1\n L 00001008,1\n";
    const { bytes } = await converted(chunkedTrace(bytesOf(text), 5), { to: "champsim" });
    const again = await converted(chunkedTrace(bytes, 7, "champsim"), { to: "lackey" });
    const addresses = (lackey: string) => lackey.replace(/,\d+$/gm, "");
    expect(addresses(new TextDecoder().decode(again.bytes))).toBe(addresses(text));
    const third = await converted(chunkedTrace(bytes, 7, "champsim"), { to: "champsim" });
    expect(third.bytes).toEqual(bytes);
  });

  it("cannot be written of a trace that they cannot hold, and the first such record is told", async () => {
    provideKernelModule(module);
    const text = "I  00401000,1\n L 00001000,8\n S 00000000,8\n L 00000000,8\n";
    const trace = () => chunkedTrace(bytesOf(text), 1 << 20);
    const error = await converted(trace(), { to: "champsim" }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TraceError);
    expect(error).toMatchObject({ code: "not-carried", record: 3 });
    expect((error as Error).message).toBe(
      "chunked: record 3: cannot be written as ChampSim: 2 accesses to address 0, which means none in ChampSim; " +
        "with --lossy (lossy: true) such records are left out",
    );
    const { bytes, result } = await converted(trace(), { to: "champsim", lossy: true });
    expect(parseChampsim(bytes)).toEqual([{ ip: 0x401000n, loads: [0x1000n], stores: [] }]);
    expect(result.leftOut).toEqual(["2 accesses to address 0, which means none in ChampSim"]);
  });

  it("tells the first such record in a later list of entries", async () => {
    provideKernelModule(module);
    const records = 20_000;
    const text = `${"I  00401000,1\n".repeat(records)} L 00000000,8\n`;
    const error = await converted(chunkedTrace(bytesOf(text), 1 << 20), { to: "champsim" }).catch((reason) => reason);
    expect(error).toMatchObject({ code: "not-carried", record: records + 1 });
  });

  it("cannot be written of a trace without fetches, whatever may be left out", async () => {
    provideKernelModule(module);
    const trace = () => chunkedTrace(bytesOf(" L 00001000,8\n"), 1 << 20);
    await expect(converted(trace(), { to: "champsim" })).rejects.toThrow("1 access before the first instruction");
    await expect(converted(trace(), { to: "champsim", lossy: true })).rejects.toMatchObject({ code: "not-carried" });
  });
});
