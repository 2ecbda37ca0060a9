/** `.pwt` files of several blocks: windows that pass blocks without inflating them, and what is bounded. */
import { beforeAll, describe, expect, it } from "vitest";
import { pwtOutput } from "../../src/convert/pwt.ts";
import { provideKernelModule } from "../../src/kernel/load.ts";
import { encodeGiven, type GivenEntry } from "../convert/given-entries.ts";
import { BUILDS } from "../helpers/builds.ts";
import { readEntries } from "./files.ts";
import { decodePlainly } from "./plain-decoder.ts";

const [{ module }] = BUILDS as [(typeof BUILDS)[number]];
const RECORDS = 260_000;

/** Entries that nothing can foresee, so that few fill a unit. */
function unforeseen(): GivenEntry[] {
  let state = 88172645463325252n;
  const random = () => {
    state ^= BigInt.asUintN(64, state << 13n);
    state ^= state >> 7n;
    state ^= BigInt.asUintN(64, state << 17n);
    return state;
  };
  return Array.from({ length: RECORDS }, (_, index): GivenEntry => {
    const va = random();
    if (index % 50_000 === 1) return { kind: "thread", pid: 1n, tid: va & 3n };
    if (index % 5 === 0) return { kind: "instruction", va: va & 0xff0n, size: 4 };
    return { kind: index % 2 ? "load" : "store", va, size: 8, pc: null };
  });
}

describe("a .pwt file of several blocks", () => {
  const entries = unforeseen();
  const isRecord = ({ kind }: GivenEntry) => kind === "load" || kind === "store";
  let file: Uint8Array;
  let blocks: number[];

  beforeAll(async () => {
    provideKernelModule(module);
    const lists = Array.from({ length: RECORDS / 6500 }, (_, index) => entries.slice(index * 6500, (index + 1) * 6500));
    file = (await encodeGiven(module, pwtOutput, lists)).bytes;
    const plain = decodePlainly(file);
    expect(plain.entries).toEqual(entries);
    blocks = plain.blocks;
  });

  it("has them, and takes no more than 12 bytes a record, and 10 a layer of pages", async () => {
    expect(blocks.length).toBeGreaterThan(2);
    expect(file.length).toBeLessThan((12 + 2 * 10) * RECORDS);
    expect(await readEntries(file)).toEqual(entries);
  });

  it("is read from any record and any instruction on", async () => {
    const second = blocks[1] ?? 0;
    for (const unit of ["records", "instructions"] as const) {
      const counts = unit === "records" ? isRecord : ({ kind }: GivenEntry) => kind === "instruction";
      const border = entries.slice(0, second).filter(counts).length;
      for (const skip of [1, border - 1, border, border + 1, 2 * border + 5]) {
        const read = await readEntries(file, 1 << 20, { skip, limit: 1000, unit });
        let before = 0;
        const from = entries.findIndex((entry) => counts(entry) && ++before > skip);
        const units = read.filter(counts);
        expect(units).toHaveLength(1000);
        expect(units).toEqual(entries.slice(from).filter(counts).slice(0, 1000));
        // All that belongs to them, whatever was passed before.
        const own = ({ kind }: GivenEntry) => kind !== "thread";
        const first = read.findIndex(counts);
        expect(read.slice(first).filter(own)).toEqual(
          entries.slice(from).filter(own).slice(0, read.slice(first).filter(own).length),
        );
      }
    }
  });

  it("knows the thread of the records that a window begins with", async () => {
    const skip = entries.slice(0, blocks[2]).filter(isRecord).length + 10;
    const read = await readEntries(file, 1 << 20, { skip, limit: 5 });
    const threads = entries.slice(0, blocks[2]).filter(({ kind }) => kind === "thread");
    expect(read.filter(({ kind }) => kind === "thread").at(-1)).toEqual(threads.at(-1));
  });
});
