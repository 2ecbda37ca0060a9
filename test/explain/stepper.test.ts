import { describe, expect, it } from "vitest";
import { Stepper, type StepperOptions } from "../../src/explain/stepper.ts";
import { explainText } from "../../src/report/explain-text.ts";
import type { StepAccess } from "../../src/report/stepping.ts";
import { explainOne } from "./tables.ts";

const VARIABLES = "0x404000";
const KERNEL_DATA = "0xffffffff82000000";

const filledIn = (stepper: Stepper) =>
  stepper.contents().flatMap(({ name, sets }) => (sets.flat().some((entry) => entry !== null) ? [name] : []));

describe("Stepper", () => {
  it("explains the first access as explain() does, walk, place and fault", async () => {
    const stepper = await Stepper.create();
    for (const address of [VARIABLES, "0x401000", "0x1c5e000", "0x7f1200001234", "0x7f1234300000", "0x800000001234"]) {
      stepper.reset();
      const { explanation } = stepper.step({ address, kind: "write" });
      expect(explanation).toEqual(await explainOne(address, { access: "write" }));
    }
  });

  it("explains a hit by what the TLB holds: rights and page, and no walk", async () => {
    const stepper = await Stepper.create();
    const { explanation: miss } = stepper.step({ address: VARIABLES, kind: "read" });
    const { explanation: hit } = stepper.step({ address: VARIABLES, kind: "read" });
    expect(hit).toEqual({ ...miss, steps: [], cr3: null });
    expect(explainText(hit, "the example process")).toContain("There was none: a TLB had the page.");
  });

  it("explains a walk that starts below a cached entry", async () => {
    const stepper = await Stepper.create();
    stepper.step({ address: VARIABLES, kind: "read" });
    const { explanation } = stepper.step({ address: "0x405000", kind: "read" });
    expect(explanation).toMatchObject({ cr3: null, rights: { write: true, user: true, execute: false } });
    expect(explainText(explanation, "the example process")).toContain("From what is cached: where the PT lies");
  });

  it("has the reason of a fault in what is cached, where the tables were not read", async () => {
    const { steps } = await explainOne(VARIABLES);
    const pml4e = steps[0] ?? { physicalAddress: "", entry: "" };
    const readOnly = { physicalAddress: pml4e.physicalAddress, entry: BigInt(pml4e.entry) & ~2n };
    const stepper = await Stepper.create({ entries: [readOnly] });
    stepper.step({ address: VARIABLES, kind: "read" });
    const below = stepper.step({ address: "0x405000", kind: "write" }).explanation;
    expect(below).toMatchObject({ rights: { write: false }, steps: [{ level: "pte" }], fault: { kind: "read-only" } });
    expect(below.fault?.reason).toContain("R/W is 0 in the cached translation");
    const hit = stepper.step({ address: VARIABLES, kind: "write" }).explanation;
    expect(hit).toMatchObject({ pageSize: "4K", rights: { write: false }, steps: [], fault: { level: "pte" } });
  });

  it("knows the protection key of a page that a TLB has", async () => {
    const address = "0x7f1234300000";
    const { physicalAddress = "", entry = "" } = (await explainOne(address)).steps.at(-1) ?? {};
    const executable = { physicalAddress, entry: BigInt.asUintN(63, BigInt(entry)) };
    const stepper = await Stepper.create({ entries: [executable] });
    // Fetches are not subject to keys: this one fills the STLB.
    stepper.step({ address, kind: "fetch" });
    const { explanation, lookups } = stepper.step({ address, kind: "read" });
    expect(lookups.at(-1)).toMatchObject({ cache: "STLB", place: { cache: "STLB" } });
    expect(explanation.fault?.reason).toBe(
      "The page has protection key 1, and PKRU forbids this access with that key.",
    );
  });

  it("keeps global pages when CR3 is loaded, and drops them by INVLPG", async () => {
    const stepper = await Stepper.create();
    stepper.step({ address: KERNEL_DATA, kind: "read", privilege: "supervisor" });
    stepper.step({ address: VARIABLES, kind: "read" });
    const flushed = stepper.flush();
    expect(new Set(flushed.map(({ cache }) => cache))).toEqual(new Set(["L1D", "STLB", "PDE", "PDPTE", "PML4E"]));
    expect(filledIn(stepper)).toEqual(["L1D", "STLB"]);
    expect(stepper.contents().flatMap(({ sets }) => sets.flat().map((entry) => entry?.global ?? true))).not.toContain(
      false,
    );
    expect(stepper.invlpg(KERNEL_DATA).map(({ cache }) => cache)).toEqual(["L1D", "STLB"]);
    expect(filledIn(stepper)).toEqual([]);
  });

  it("counts what the TLBs were asked, walks, their reads, and faults", async () => {
    const stepper = await Stepper.create();
    for (const address of [VARIABLES, VARIABLES, "0x405000"]) stepper.step({ address, kind: "read" });
    stepper.step({ address: "0x400000", kind: "fetch" });
    stepper.step({ address: "0x0", kind: "read" });
    stepper.step({ address: "0x0000800000001234", kind: "read" });
    expect(stepper.counts()).toEqual({
      accesses: 6,
      tlbs: [
        { name: "L1I", lookups: 1, hits: 0, misses: 1, missRatio: 1 },
        { name: "L1D", lookups: 3, hits: 1, misses: 2, missRatio: 2 / 3 },
        { name: "STLB", lookups: 3, hits: 0, misses: 3, missRatio: 1 },
      ],
      walks: 3,
      walkReferences: 6,
      faults: 2,
    });
  });

  it("begins anew with reset(): caches, A and D, counts", async () => {
    const stepper = await Stepper.create();
    const accesses: StepAccess[] = [
      { address: "0x7f1234218000", kind: "write" },
      { address: "0x7f1200000000", kind: "read" },
    ];
    const run = () => [accesses.map((access) => stepper.step(access)), stepper.contents(), stepper.counts()];
    const first = run();
    stepper.reset();
    expect(filledIn(stepper)).toEqual([]);
    expect(stepper.counts()).toMatchObject({ accesses: 0, walks: 0, faults: 0 });
    expect(run()).toEqual(first);
  });

  it("walks changed entries, also after reset(), and tells what was there", async () => {
    const { steps } = await explainOne(VARIABLES);
    const { physicalAddress = "", entry = "" } = steps[3] ?? {};
    const stepper = await Stepper.create({ entries: [{ physicalAddress, entry: "0x0" }] });
    for (let turn = 0; turn < 2; turn++, stepper.reset()) {
      const { explanation } = stepper.step({ address: VARIABLES, kind: "read" });
      expect(explanation.steps.at(-1)).toMatchObject({ entry: "0x0", changedFrom: entry });
      expect(explanation.fault?.kind).toBe("not-present");
    }
  });

  it.each<[string, string, StepAccess["kind"]]>([
    ["the heap, read", "0x1c50000", "read"],
    ["the heap, written", "0x1c50000", "write"],
    ["a file that is mapped", "0x7f123400c000", "read"],
    ["the stack where it grows", "0x7fffffe00000", "write"],
    ["a page shared since fork", "0x7f1234220000", "write"],
  ])("has Linux bring %s, so that the access goes through when it is repeated", async (_, address, kind) => {
    const stepper = await Stepper.create();
    const fault = stepper.step({ address, kind });
    expect(fault).toMatchObject({ outcome: "fault", marked: [], explanation: { fault: { resolved: true } } });
    const again = stepper.step({ address, kind });
    expect(again).toMatchObject({ outcome: "walk", marked: [], resolvedBy: [], explanation: { fault: null } });
    const { physicalAddress, after } = fault.resolvedBy.at(-1) ?? {};
    expect(again.explanation.steps.at(-1)).toMatchObject({ physicalAddress, entry: after, changedFrom: null });
    expect(again.explanation.rights?.write).toBe(kind === "write");
  });

  it("copies a page that is shared since fork into a frame of its own", async () => {
    const stepper = await Stepper.create();
    const [first, second] = ["0x7f1234220000", "0x7f1234221000"].map((address) => {
      const { physicalAddress: before } = stepper.step({ address, kind: "read" }).explanation;
      stepper.step({ address, kind: "write" });
      const { physicalAddress: after } = stepper.step({ address, kind: "write" }).explanation;
      expect(after).not.toBe(before);
      return after;
    });
    expect(first).not.toBe(second);
  });

  it("makes the tables that a page lacks, and forgets that entries there were changed", async () => {
    const { steps } = await explainOne(VARIABLES);
    const { physicalAddress = "" } = steps[2] ?? {};
    const stepper = await Stepper.create({ entries: [{ physicalAddress, entry: 0n }] });
    const { resolvedBy } = stepper.step({ address: VARIABLES, kind: "write" });
    expect(resolvedBy).toHaveLength(2);
    const { explanation } = stepper.step({ address: VARIABLES, kind: "write" });
    expect(explanation).toMatchObject({ fault: null, physicalAddress: "0x1a2b7000" });
    expect(explanation.steps.map(({ changedFrom }) => changedFrom)).toEqual([null, null, null, null]);
    stepper.reset();
    const fault = stepper.step({ address: VARIABLES, kind: "write" }).explanation;
    expect(fault.steps.at(-1)).toMatchObject({ level: "pde", entry: "0x0", changedFrom: steps[2]?.entry });
  });

  it("leaves faults unresolved without demand paging, and those that Linux answers with a signal", async () => {
    const without = await Stepper.create({ demandPaging: false });
    const address = "0x1c50000";
    for (let turn = 0; turn < 2; turn++) {
      expect(without.step({ address, kind: "read" })).toMatchObject({ outcome: "fault", resolvedBy: [] });
    }
    const stepper = await Stepper.create();
    for (const [address, kind] of [
      ["0x0", "read"],
      ["0x401000", "write"],
      ["0x7f1234200000", "read"],
      ["0x7f1234300000", "read"],
    ] as const) {
      expect(stepper.step({ address, kind })).toMatchObject({ outcome: "fault", resolvedBy: [] });
    }
  });

  it("tells that a changed entry leads to no table", async () => {
    const { steps } = await explainOne(VARIABLES);
    const { physicalAddress = "" } = steps[2] ?? {};
    const stepper = await Stepper.create({ entries: [{ physicalAddress, entry: 0x1234_5067n }] });
    const step = stepper.step({ address: VARIABLES, kind: "read" });
    expect(step).toMatchObject({ outcome: "missing-table", fills: [], explanation: { error: { level: "pte" } } });
  });

  it("has five levels with la57", async () => {
    const stepper = await Stepper.create({ la57: true });
    const { explanation, fills } = stepper.step({ address: VARIABLES, kind: "read" });
    expect(explanation.steps.map(({ level }) => level)).toEqual(["pml5e", "pml4e", "pdpte", "pde", "pte"]);
    expect(fills.map(({ place }) => place.cache)).toEqual(["PML5E", "PML4E", "PDPTE", "PDE", "STLB", "L1D"]);
  });

  it.each<[string, StepperOptions]>([
    ["caches.l1d.ways: got 2; allowed:", { caches: { l1d: "5:2" } }],
    ["caches.stlb: got 8192; allowed: at most 4096 entries", { caches: { stlb: "8192:8" } }],
    ["caches.psc.pde: got 5000", { caches: { psc: "pde=5000" } }],
    ["entries[0].physicalAddress: got 1; allowed:", { entries: [{ physicalAddress: 1n, entry: 0n }] }],
  ])("refuses what cannot be: %s", async (message, options) => {
    await expect(Stepper.create(options)).rejects.toThrow(message);
  });

  it("refuses accesses that are none", async () => {
    const stepper = await Stepper.create();
    expect(() => stepper.step({ address: "there", kind: "read" })).toThrow("address: got there");
    expect(() => stepper.step({ address: 0n, kind: "jump" as "read" })).toThrow("kind: got jump; allowed: read, write");
    expect(() => stepper.step({ address: 0n, kind: "read", privilege: "root" as "user" })).toThrow(
      "privilege: got root",
    );
    expect(stepper.counts().accesses).toBe(0);
  });
});
