import { describe, expect, it } from "vitest";
import { explain } from "../../src/explain.ts";
import { dumpOf, explainAll, explainOne, P, PS, RW, US, XD } from "./tables.ts";

/** PML4 at 0x1000, PDPT 0x2000, PD 0x3000, PT 0x4000. */
const DUMP = dumpOf({
  4096: 0x2000n | P | RW | US,
  8192: 0x3000n | P | RW | US,
  12288: 0x4000n | P | RW | US,
  12296: 0x600000n | P | RW | US | PS | XD,
  16392: 0x7000n | P | US,
});
const DUMPED = { memory: DUMP, cr3: 0x1000n };

describe("explain()", () => {
  it("tells the contract's fields", async () => {
    expect(await explainOne("0x1234", DUMPED)).toEqual({
      schema: "pagewalk/explain@1",
      address: "0x0000000000001234",
      access: { kind: "read", privilege: "user" },
      addressBits: 48,
      canonical: true,
      indices: { pml4: 0, pdpt: 0, pd: 0, pt: 1 },
      offset: 0x234,
      cr3: "0x1000",
      place: null,
      steps: [
        {
          level: "pml4e",
          physicalAddress: "0x1000",
          entry: "0x2007",
          changedFrom: null,
          flags: { P: true, RW: true, US: true, PWT: false, PCD: false, A: false, XD: false },
          target: "0x2000",
          reserved: [],
        },
        {
          level: "pdpte",
          physicalAddress: "0x2000",
          entry: "0x3007",
          changedFrom: null,
          flags: { P: true, RW: true, US: true, PWT: false, PCD: false, A: false, PS: false, XD: false },
          target: "0x3000",
          reserved: [],
        },
        {
          level: "pde",
          physicalAddress: "0x3000",
          entry: "0x4007",
          changedFrom: null,
          flags: { P: true, RW: true, US: true, PWT: false, PCD: false, A: false, PS: false, XD: false },
          target: "0x4000",
          reserved: [],
        },
        {
          level: "pte",
          physicalAddress: "0x4008",
          entry: "0x7005",
          changedFrom: null,
          flags: {
            ...{ P: true, RW: false, US: true, PWT: false, PCD: false, A: false },
            ...{ D: false, PAT: false, G: false, PK: 0, XD: false },
          },
          target: "0x7000",
          reserved: [],
        },
      ],
      physicalAddress: "0x7234",
      pageSize: "4K",
      rights: { write: false, user: true, execute: true },
      fault: null,
      error: null,
    });
  });

  it("tells a large page, with its offset", async () => {
    const explanation = await explainOne(0x2abcden, DUMPED);
    expect(explanation).toMatchObject({
      indices: { pd: 1, pt: 0xab },
      offset: 0xabcde,
      physicalAddress: "0x6abcde",
      pageSize: "2M",
      rights: { write: true, user: true, execute: false },
    });
    expect(explanation.steps.map(({ level }) => level)).toEqual(["pml4e", "pdpte", "pde"]);
  });

  it("tells the fault of 0x0000800000001234", async () => {
    const { canonical, steps, physicalAddress, pageSize, cr3, fault } = await explainOne("0x0000800000001234");
    expect({ canonical, steps, physicalAddress, pageSize, cr3 }).toEqual({
      canonical: false,
      steps: [],
      physicalAddress: null,
      pageSize: null,
      cr3: null,
    });
    expect(fault).toMatchObject({
      vector: 13,
      errorCode: 0,
      errorBits: [],
      cr2: null,
      kind: "non-canonical",
      level: null,
      signal: "SIGSEGV",
      code: "SI_KERNEL",
      reason: expect.stringContaining("bit 47 is 1 and bits 63 to 48 are 0"),
    });
  });

  it("takes one string, iterables and asynchronous iterables, and keeps the order", async () => {
    expect((await explainAll("0x1234")).map(({ address }) => address)).toEqual(["0x0000000000001234"]);
    const addresses = Array.from({ length: 70_000 }, (_, index) => BigInt((index * 7919) % 70_000) << 12n);
    const wanted = addresses.map((va) => `0x${va.toString(16).padStart(16, "0")}`);
    expect((await explainAll(new Set(addresses), DUMPED)).map(({ address }) => address)).toEqual(wanted);
    async function* later() {
      for (const address of addresses.slice(0, 10)) yield address;
    }
    expect((await explainAll(later())).map(({ address }) => address)).toEqual(wanted.slice(0, 10));
    expect(await explainAll([])).toEqual([]);
  });

  it("explains each address by the tables as they are: A and D stay, and nothing is remembered", async () => {
    const addresses = [0x1000n, 0x200000n, 0x1000n, 0x2abcden, 0x1000n];
    const explanations = await explainAll(addresses, { ...DUMPED, privilege: "supervisor", access: "read" });
    for (const [index, explanation] of explanations.entries()) {
      expect(explanation).toEqual(await explainOne(addresses[index] as bigint, { ...DUMPED, privilege: "supervisor" }));
      expect(explanation.steps.some(({ flags }) => flags.A || flags.D)).toBe(false);
    }
    const [write, again] = await explainAll([0x200000n, 0x200000n], { ...DUMPED, access: "write" });
    expect(write).toEqual(again);
    expect(write?.steps.at(-1)?.flags.D).toBe(false);
  });

  it("takes A back where one entry serves several levels", async () => {
    // The PML4 is its own PDPT, PD and PT.
    const dump = dumpOf({ 4096: 0x1000n | P | RW | US });
    const explanations = await explainAll([0n, 0n], { memory: dump, cr3: 0x1000n, access: "write" });
    for (const { steps, physicalAddress } of explanations) {
      expect(steps.map(({ entry }) => entry)).toEqual(["0x1007", "0x1007", "0x1007", "0x1007"]);
      expect(physicalAddress).toBe("0x1000");
    }
    expect(explanations[0]).toEqual(explanations[1]);
  });

  it("tells a table that the dump does not hold as an error, at whatever level, and goes on", async () => {
    const memory = dumpOf({
      4096: 0x2000n | P | RW | US,
      4104: 0x99000n | P | RW | US,
      8192: 0x3000n | P | RW | US,
      12288: 0x20000n | P | RW | US,
      12296: 0x600000n | P | PS,
    });
    const [below, above, fine] = await explainAll([0x5000n, 1n << 39n, 0x200000n], { memory, cr3: 0x1000n });
    expect(below?.error).toMatchObject({ level: "pte", physicalAddress: "0x20000" });
    expect(below?.error?.message).toMatch(/physical address 0x20000: the PT that the PDE at physical address 0x3000/);
    expect(below).toMatchObject({ physicalAddress: null, pageSize: null, fault: null, rights: null });
    expect(below?.steps.map(({ level }) => level)).toEqual(["pml4e", "pdpte", "pde"]);
    expect(above?.error).toMatchObject({ level: "pdpte", physicalAddress: "0x99000" });
    expect(fine).toMatchObject({ error: null, fault: { kind: "supervisor-page" } });
    const outside = await explainOne(0n, { memory, cr3: 0x123000n });
    expect(outside).toMatchObject({
      steps: [],
      cr3: "0x123000",
      error: { level: "pml4e", physicalAddress: "0x123000" },
    });
  });

  it("makes accesses to canonical addresses of the upper half as the supervisor, with a dump, unless told otherwise", async () => {
    const upper = "0xffff800000000000";
    const privilege = async (address: string, options = {}) => (await explainOne(address, options)).access.privilege;
    expect(await privilege(upper, DUMPED)).toBe("supervisor");
    expect(await privilege(upper)).toBe("user");
    expect(await privilege("0x7fffffffffff", DUMPED)).toBe("user");
    expect(await privilege("0xfff0800000000000", DUMPED)).toBe("user");
    expect(await privilege("0xfef0800000000000", { ...DUMPED, la57: true })).toBe("user");
    expect(await privilege("0xff00800000000000", { ...DUMPED, la57: true })).toBe("supervisor");
    expect(await privilege(upper, { ...DUMPED, privilege: "user" })).toBe("user");
    expect(await privilege("0", { ...DUMPED, privilege: "supervisor" })).toBe("supervisor");
  });

  it.each([
    ["access", { access: "jump" }, "jump"],
    ["privilege", { privilege: "root" }, "root"],
    ["cr3", { cr3: 0x1000n }, "4096"],
    ["memoryFormat", { memoryFormat: "raw" }, "raw"],
    ["maxPhyAddr", { maxPhyAddr: 31 }, "31"],
    ["cr4", { cr4: "SMEPP" }, "SMEPP"],
    ["access", { access: "fetch", stack: true }, "fetch"],
  ])("rejects %s with ConfigError", async (option, options, got) => {
    await expect(explainAll([0n], options as object)).rejects.toMatchObject({ name: "ConfigError", option, got });
  });

  it("rejects addresses that are none, and closes what it reads when it is left", async () => {
    await expect(explainAll([-1n])).rejects.toMatchObject({ name: "ConfigError", option: "address", got: "-1" });
    await expect(explainAll([1n << 64n])).rejects.toMatchObject({ name: "ConfigError", got: "18446744073709551616" });
    const running = explain([0n, 1n], DUMPED);
    await running.next();
    expect(await running.return()).toEqual({ done: true, value: undefined });
  });
});
