import { describe, expect, it } from "vitest";
import type { ConfigError } from "../../src/errors.ts";
import type { EntryChange } from "../../src/explain.ts";
import { Processor } from "../../src/kernel/processor.ts";
import { levelNumber } from "../../src/tables.ts";
import { dumpOf, explainAll, explainOne, P, PS, RW, US } from "./tables.ts";

const ADDRESS = "0x401000";
const PTE_INDEX = 3;

/** What explain() says of ADDRESS with its PTE changed by `change`. */
async function withPte(change: (entry: bigint) => bigint, options = {}) {
  const { steps } = await explainOne(ADDRESS);
  const { physicalAddress = "", entry = "" } = steps[PTE_INDEX] ?? {};
  const changed = change(BigInt(entry));
  return explainOne(ADDRESS, { ...options, entries: [{ physicalAddress, entry: changed }] });
}

describe("explain() with entries changed", () => {
  it("explains by the changed entry, and tells what was there", async () => {
    const before = (await explainOne(ADDRESS)).steps;
    expect(before.map(({ changedFrom }) => changedFrom)).toEqual([null, null, null, null]);
    const { fault, steps } = await withPte((entry) => entry & ~P);
    expect(fault).toMatchObject({ kind: "not-present", level: "pte", errorCode: 4 });
    expect(steps[PTE_INDEX]).toMatchObject({ changedFrom: before[PTE_INDEX]?.entry, flags: { P: false } });
    expect(steps.slice(0, PTE_INDEX)).toEqual(before.slice(0, PTE_INDEX));
  });

  it("follows every flag", async () => {
    expect((await withPte((entry) => entry & ~US)).fault?.kind).toBe("supervisor-page");
    expect((await withPte((entry) => entry | (1n << 63n), { access: "fetch" })).fault?.kind).toBe("execute-disable");
    expect((await withPte((entry) => entry | (1n << 51n))).fault).toMatchObject({
      kind: "reserved-bit",
      errorCode: 13,
    });
    expect((await withPte((entry) => entry | (1n << 59n))).fault).toMatchObject({ kind: "protection-key" });
    expect((await withPte((entry) => entry | RW, { access: "write" })).fault).toBeNull();
    expect((await withPte((entry) => entry + 0x5000n)).physicalAddress).toBe("0x1a2b9000");
  });

  it("takes an entry with one flag changed, as EntryFormat makes it", async () => {
    const { entries } = await Processor.create();
    const { steps } = await explainOne(ADDRESS);
    for (const { level, physicalAddress, entry, flags } of steps) {
      const changed = entries.withFlag(BigInt(entry), levelNumber(level), "US", false);
      const { fault, steps } = await explainOne(ADDRESS, { entries: [{ physicalAddress, entry: changed }] });
      expect(fault).toMatchObject({ kind: "supervisor-page", level });
      expect(steps.find((step) => step.level === level)?.flags).toEqual({ ...flags, US: false });
    }
  });

  it("takes a step of another explanation as it is, which then is no change", async () => {
    const explanation = await explainOne(ADDRESS);
    expect(await explainOne(ADDRESS, { entries: explanation.steps })).toEqual(explanation);
  });

  it("changes several, for every address", async () => {
    const { steps } = await explainOne(ADDRESS);
    const entries = steps
      .slice(1, 3)
      .map(({ physicalAddress, entry }) => ({ physicalAddress, entry: BigInt(entry) & ~RW }));
    const explained = await explainAll([ADDRESS, "0x404000"], { entries, access: "write" });
    for (const { steps, fault } of explained) {
      expect(steps.map(({ changedFrom }) => changedFrom !== null)).toEqual([false, true, true, false]);
      expect(fault).toMatchObject({ kind: "read-only", level: "pdpte" });
    }
  });

  it("tells that a changed entry leads to no table", async () => {
    const { steps } = await explainOne(ADDRESS);
    const { physicalAddress = "" } = steps[2] ?? {};
    const { error } = await explainOne(ADDRESS, { entries: [{ physicalAddress, entry: 0x1234_5067n }] });
    expect(error).toMatchObject({ level: "pte", physicalAddress: "0x12345000" });
    expect(error?.message).toMatch(/the PT that the PDE .* lies outside the memory: there are no tables there$/);
  });

  it("changes entries of a dump, in tables that no walk has read yet", async () => {
    const dump = dumpOf({ 4096: 0x2000n | P | RW | US, 8192: 0x4000_0000n | P | RW | US | PS });
    const options = { memory: dump, cr3: 0x1000n };
    expect(await explainOne(0x123n, options)).toMatchObject({ physicalAddress: "0x40000123" });
    const entries = [{ physicalAddress: "0x2000", entry: "0x80000087" }];
    expect(await explainOne(0x123n, { ...options, entries })).toMatchObject({
      physicalAddress: "0x80000123",
      steps: [{ changedFrom: null }, { changedFrom: "0x40000087", entry: "0x80000087" }],
    });
  });

  it.each<[string, EntryChange[], Partial<ConfigError>]>([
    [
      "an address between entries",
      [{ physicalAddress: "0x2a6a004", entry: 0n }],
      { option: "entries[0].physicalAddress" },
    ],
    ["one beyond 52 bits", [{ physicalAddress: 1n << 52n, entry: 0n }], { option: "entries[0].physicalAddress" }],
    ["one below 0", [{ physicalAddress: -8n, entry: 0n }], { option: "entries[0].physicalAddress" }],
    ["one that is no number", [{ physicalAddress: "there", entry: 0n }], { got: "there" }],
    ["a value of 65 bits", [{ physicalAddress: "0x2a6a000", entry: 1n << 64n }], { option: "entries[0].entry" }],
    ["no value", [{ physicalAddress: "0x2a6a000", entry: "" }], { option: "entries[0].entry", got: "" }],
    [
      "an entry twice",
      [
        { physicalAddress: "0x2a6a000", entry: 0n },
        { physicalAddress: 0x2a6a000n, entry: 1n },
      ],
      { option: "entries[1].physicalAddress", allowed: "each entry once" },
    ],
    ["an entry outside the tables", [{ physicalAddress: "0x100000", entry: 0n }], { got: "0x100000" }],
  ])("refuses %s", async (_, entries, expected) => {
    await expect(explainOne(ADDRESS, { entries })).rejects.toThrow(
      expect.objectContaining({ name: "ConfigError", ...expected }),
    );
  });

  it("says which memory there is, where an entry lies outside of it", async () => {
    const outside = { entries: [{ physicalAddress: 0x10000n, entry: 0n }] };
    const memory = dumpOf({});
    await expect(explainOne(ADDRESS, outside)).rejects.toThrow("the tables of the example process are at 0x2a6a000 to");
    await expect(explainOne(ADDRESS, { ...outside, memory, cr3: 0x1000n })).rejects.toThrow(
      "entries[0].physicalAddress: got 0x10000; allowed: an entry in memory that is there: the dump holds 0x0 to 0xffff",
    );
  });
});
