/** The emulator of the examples, in Node. */
import { AddressSpace } from "pagewalk/memory";
import { describe, expect, it } from "vitest";
import { REGISTERS, Rv32i } from "../../examples/emulator/rv32i.ts";
import { EXPECTED, runEmulator } from "./emulator.ts";

it("runs its program to the null pointer, and pages appear as it touches them", async () => {
  const run = await runEmulator();
  expect(run).toMatchObject(EXPECTED);
  expect(run.error.explanation.fault?.advice[0]).toBe("A null pointer.");
});

describe("RV32I", () => {
  /** Register s3 after `words`, with s1 = 0x80000001 and s2 = 3. */
  async function resultOf(...words: number[]): Promise<number> {
    const memory = await AddressSpace.create();
    const at = memory.mmap(0x1_0000, 4096, "rwx", { fixed: true });
    words.forEach((word, index) => {
      memory.write32(at + 4 * index, word);
    });
    const machine = new Rv32i(memory, at, at + 4096);
    machine.x[REGISTERS.s1] = 0x8000_0001;
    machine.x[REGISTERS.s2] = 3;
    while (machine.pc < at + 4 * words.length) machine.step();
    return machine.x[REGISTERS.s3] ?? Number.NaN;
  }

  // Encoded by hand after the tables of the manual: opcode 0x33, rd s3, rs1 s1, rs2 s2.
  const operation = (function3: number, other = 0) =>
    (other << 30) | (18 << 20) | (9 << 15) | (function3 << 12) | 0x9b3;

  it.each([
    ["add", operation(0), -0x7ffffffc],
    ["sub", operation(0, 1), 0x7ffffffe],
    ["sll", operation(1), 8],
    ["slt", operation(2), 1],
    ["sltu", operation(3), 0],
    ["xor", operation(4), -0x7ffffffe],
    ["srl", operation(5), 0x10000000],
    ["sra", operation(5, 1), -0x10000000],
    ["or", operation(6), -0x7ffffffd],
    ["and", operation(7), 1],
    ["auipc s3, 0x12345", 0x12345997, 0x12355000],
    ["addi s3, s1, -1", 0xfff48993 | 0, -0x80000000],
    ["srai s3, s1, 4", 0x4044d993, -0x08000000],
    ["sltiu s3, s2, -1", 0xfff93993 | 0, 1],
  ])("%s", async (_name, word, expected) => {
    expect(await resultOf(word)).toBe(expected);
  });

  it("loads what it stores, signed and unsigned, and branches both ways", async () => {
    const sw = 0xfe912a23 | 0; // sw s1, -12(sp)
    const loads = [0xff412983, 0xff610983, 0xff614983, 0xff711983, 0xff611983, 0xff615983]; // lw, lb, lbu, lh, lh, lhu
    const results = [];
    for (const load of loads) results.push(await resultOf(sw, load | 0));
    expect(results).toEqual([-0x7fffffff, 0, 0, 0x80, -0x8000, 0x8000]);
    // bne s1, s2, +8 leaves out the addition behind it.
    expect(await resultOf(0x00093993, 0x01249463, operation(0), 0x00000013)).toBe(0);
  });

  it("stops at what is no instruction, without having done anything", async () => {
    await expect(resultOf(0)).rejects.toThrow("0x10000: 0x00000000 is no instruction");
  });
});
