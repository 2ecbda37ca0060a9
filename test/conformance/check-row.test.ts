import { describe, expect, it } from "vitest";
import { checkRow, printCase } from "./check-row.ts";
import { KernelMachine, ModelMachine } from "./machine.ts";
import { pageFault, parse, row } from "./rows.ts";
import type { TruthCase } from "./truth-rows.ts";

describe("checkRow()", () => {
  /** The model, whose outcomes are changed. */
  class LyingMachine extends ModelMachine {
    override access(...args: Parameters<ModelMachine["access"]>) {
      const seen = super.access(...args);
      return { ...seen, ...this.lie(seen) };
    }
    lie: (seen: ReturnType<ModelMachine["access"]>) => Partial<typeof seen> = () => ({});
  }

  it("tells of a fault, a CR2, an address, an entry that is not as expected", () => {
    const machine = new LyingMachine();
    const through = parse(row());
    const faulting = parse(pageFault("0x4", { entries: ["0x403007", "0x402007", "0x401007", "0x800006"] }));
    expect(checkRow(machine, through)).toEqual([]);
    expect(checkRow(machine, faulting)).toEqual([]);
    expect(checkRow(machine, parse(row({ after: ["0x403027", "0x402027", "0x401027", "0x800067"] })))).toEqual([
      "expected went through",
      "got      the same, but other entries",
      "PTE afterwards:",
      "  was      0x800007  P RW US",
      "  expected 0x800067  P RW US A D",
      "  got      0x800027  P RW US A",
    ]);
    expect(checkRow(machine, parse(pageFault("0x5")))).toEqual([
      "expected #PF(0x5: P U) CR2 0x5a8480800ffc",
      "got      went through to 0x800ffc to 0x801000",
    ]);
    machine.lie = () => ({ cr2: 1n });
    expect(checkRow(machine, through)[1]).toBe("got      the same, but CR2 0x1");
    expect(checkRow(machine, faulting)[1]).toBe("got      the same, but CR2 0x1");
    machine.lie = ({ physicalAddresses }) => ({ physicalAddresses: physicalAddresses.map((pa) => pa + 1n) });
    expect(checkRow(machine, through)).toEqual([
      "expected went through to 0x800ffc to 0x801000",
      "got      went through to 0x800ffd to 0x801001",
    ]);
    machine.lie = ({ fault }) => ({ fault: fault && { ...fault, errorCode: fault.errorCode ^ 2 } });
    expect(checkRow(machine, faulting)[1]).toBe("got      #PF(0x6: W U) CR2 0x5a8480800ffc");
  });

  it("takes any page of the access for CR2 where the row has none, and no other address", () => {
    const machine = new LyingMachine();
    const nextAbsent = { second_pte: "0x801006", cr2: null };
    expect(checkRow(machine, parse(pageFault("0x4", nextAbsent)))).toEqual([]);
    expect(checkRow(machine, parse(pageFault("0x4", { ...nextAbsent, cr2: undefined })))).toEqual([]);
    machine.lie = ({ fault }) => ({ fault: fault && { ...fault, cr2: 0x5a8480802000n }, cr2: 0x5a8480802000n });
    expect(checkRow(machine, parse(pageFault("0x4", nextAbsent)))).toHaveLength(2);
  });

  it("places entries that name one frame, and those that no walk comes to where they take no word", () => {
    const self = { va: "0x8040201008", entries: Array(4).fill("0x5007"), after: Array(4).fill("0x5027") };
    const aliased = parse(row({ ...self, second_pte: undefined, access: "read1" }));
    expect(aliased.leftOut).toBeNull();
    expect(checkRow(new ModelMachine(), aliased)).toEqual([]);
    const large = { va: "0x8040201008", entries: ["0x5007", "0x2087", "0x0", "0x5007"] };
    const below = parse(row({ ...large, access: "read1", second_pte: undefined, after: large.entries }));
    expect(below.leftOut).toBeNull();
  });

  const wrong = (fields: Record<string, unknown>) => parse(row(fields));
  const told = async (on: TruthCase) => {
    const machine = await KernelMachine.create();
    return [...printCase(on), ...checkRow(machine, on)];
  };

  it("tells all of a disagreement in a hundred columns", async () => {
    const entries = ["0xfff7ffffff407fff", "0xfff7ffffff407fff", "0x6000ffffff407fff", "0xfff0ffffff407fff"];
    const all = { cfg: ["WP", "NXE", "SMEP", "SMAP", "PKE", "PKS", "AC"], pkru_ad_wd: 3, pkrs_ad_wd: 3 };
    const faulting = { entries, after: entries, va: "0xffffffffffffffff", access: "implicit supervisor read (LDT)" };
    for (const fields of [
      {},
      { ...all, ...faulting, second_pte: undefined, vector: 14, error: "0x3f" },
      { ...all, ...faulting, levels: 5, entries: [...entries, entries[3]], after: [...entries, entries[3]] },
      { ...all, after: Array(4).fill("0xffffffffffffffff") },
    ]) {
      for (const line of await told(wrong(fields))) expect(line.length).toBeLessThanOrEqual(98);
    }
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["not present", { entries: ["0x403007", "0x0", "0x0", "0x0"] }, "P is 0 in the PDPTE"],
    ["reserved", { entries: ["0x403007", "0x402007", "0x8000030000401007", "0x0"], cfg: [] }, "bits 41:40, 63 (XD)"],
    ["one reserved bit", { entries: ["0x403087", "0x0", "0x0", "0x0"] }, "reserved in the PML4E: bit 7 (PS)"],
    ["supervisor", { entries: ["0x403003", "0x402007", "0x401003", "0x800007"] }, "U/S is 0 in the PML4E, PDE"],
    ["read-only", { access: "write1", entries: ["0x403007", "0x402005", "0x401007", "0x800007"] }, "in the PDPTE"],
    ["XD", { access: "fetch", entries: ["0x403007", "0x402007", "0x401007", "0x8000000000800007"] }, "in the PTE"],
    ["SMEP", { access: "fetch", cpl: 0, cfg: ["SMEP"] }, "CR4.SMEP is 1"],
    ["SMAP", { cpl: 0, cfg: ["SMAP"] }, "EFLAGS.AC is 0"],
    [
      "key",
      { entries: ["0x403007", "0x402007", "0x401007", "0x2800000000800007"], cfg: ["PKE"], pkru_ad_wd: 1 },
      "key 5",
    ],
    ["not canonical", { va: "0x800000000000" }, "not canonical"],
  ])("says why the kernel's walk stopped: %s", async (_, fields, reason) => {
    const lines = await told(wrong({ after: ["0x0", "0x0", "0x0", "0x0"], ...fields }));
    expect(lines.at(-1)).toMatch(/^ {2}stops: /);
    expect(lines.at(-1)).toContain(reason);
  });
});
