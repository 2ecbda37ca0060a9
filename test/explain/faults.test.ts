import { describe, expect, it } from "vitest";
import type { ExplainOptions } from "../../src/explain.ts";
import type { ExplainedFault } from "../../src/report/explanation.ts";
import { explainOne } from "./tables.ts";

const SUPERVISOR = { privilege: "supervisor" } as const;
const MAPERR = { signal: "SIGSEGV", code: "SEGV_MAPERR" } as const;
const ACCERR = { signal: "SIGSEGV", code: "SEGV_ACCERR" } as const;
const NO_SIGNAL = { signal: null, code: null } as const;

describe("faults in the example process", () => {
  const cases: [string, string, ExplainOptions, Partial<ExplainedFault>][] = [
    ["null", "0", {}, { kind: "not-present", errorCode: 4, level: "pde", ...MAPERR }],
    [
      "an untouched page of the heap",
      "0x1c42000",
      { access: "write" },
      { kind: "not-present", errorCode: 6, level: "pte" },
    ],
    ["a fetch from nowhere", "0x500000000000", { access: "fetch" }, { errorCode: 0x14, level: "pml4e", ...MAPERR }],
    ["PROT_NONE", "0x7f1234200000", {}, { kind: "not-present", errorCode: 4, level: "pte", ...ACCERR }],
    ["a write to code", "0x400000", { access: "write" }, { kind: "read-only", errorCode: 7, level: "pte", ...ACCERR }],
    ["a fetch from data", "0x404000", { access: "fetch" }, { kind: "execute-disable", errorCode: 0x15, ...ACCERR }],
    ["a key that PKRU closes", "0x7f1234300000", {}, { kind: "protection-key", errorCode: 0x25, code: "SEGV_PKUERR" }],
    [
      "a broken entry",
      "0x7f1234400000",
      {},
      { kind: "reserved-bit", errorCode: 0xd, level: "pde", signal: "SIGKILL", code: null },
    ],
    ["the kernel's code", "0xffffffff81000000", {}, { kind: "supervisor-page", errorCode: 5, ...MAPERR }],
    ["nothing of the kernel's", "0xffff900000000000", {}, { kind: "not-present", errorCode: 4, ...MAPERR }],
    ["the last page of the lower half", "0x7ffffffff000", {}, { kind: "not-present", ...MAPERR }],
    [
      "not canonical",
      "0xdead000000000000",
      {},
      { vector: 13, errorCode: 0, cr2: null, signal: "SIGSEGV", code: "SI_KERNEL" },
    ],
    ["not canonical, by the kernel", "0xdead000000000000", SUPERVISOR, { vector: 13, cr2: null, ...NO_SIGNAL }],
    ["SMEP", "0x400000", { ...SUPERVISOR, access: "fetch" }, { kind: "smep", errorCode: 0x11, ...NO_SIGNAL }],
    ["SMAP", "0x404000", SUPERVISOR, { kind: "smap", errorCode: 1, ...NO_SIGNAL }],
    [
      "a write to the kernel's code",
      "0xffffffff81000000",
      { ...SUPERVISOR, access: "write" },
      { kind: "read-only", errorCode: 3 },
    ],
    [
      "a fetch from the kernel's data",
      "0xffff888000000000",
      { ...SUPERVISOR, access: "fetch" },
      { kind: "execute-disable", errorCode: 0x11 },
    ],
    ["NXE off", "0x404000", { efer: 0n }, { kind: "reserved-bit", errorCode: 0xd, level: "pte" }],
    ["no 1 GiB pages", "0xffff888000000000", { pages1G: false }, { kind: "supervisor-page" }],
  ];
  it.each(cases)("%s", async (_, address, options, expected) => {
    const { fault, physicalAddress } = await explainOne(address, options);
    const cr2 = `0x${BigInt(address).toString(16).padStart(16, "0")}`;
    expect(fault).toMatchObject({ vector: 14, cr2, ...expected });
    expect(physicalAddress).toBeNull();
    expect(fault?.reason).toMatch(/^[A-Z].*\.$/);
    expect(fault?.linux.length).toBeGreaterThan(20);
    expect(fault?.advice.length).toBeGreaterThan(0);
  });

  it("do not happen where registers allow the access", async () => {
    const allowed: [string, ExplainOptions][] = [
      ["0x404000", { ...SUPERVISOR, rflags: "AC" }],
      ["0x404000", { ...SUPERVISOR, cr4: "PGE,SMEP" }],
      ["0x400000", { ...SUPERVISOR, access: "fetch", cr4: "PGE" }],
      ["0x400000", { ...SUPERVISOR, access: "write", cr0: 0n, rflags: "AC" }],
      ["0x7f1234300000", { pkru: 0n }],
      ["0xffffffff81000000", { ...SUPERVISOR, access: "fetch" }],
      ["0xff11000012345678", { ...SUPERVISOR, la57: true }],
    ];
    for (const [address, options] of allowed) expect((await explainOne(address, options)).fault, address).toBeNull();
  });

  it("name every bit of the error code", async () => {
    const bits = async (address: string, options: ExplainOptions) =>
      (await explainOne(address, options)).fault?.errorBits.map(
        ({ name, bit, set }) => `${bit} ${name} ${set ? 1 : 0}`,
      );
    expect(await bits("0x7f1234300000", { access: "write" })).toEqual([
      ...["0 P 1", "1 W/R 1", "2 U/S 1", "3 RSVD 0", "4 I/D 0", "5 PK 1"],
    ]);
    const fetch = await explainOne("0", { access: "fetch", efer: 0n, cr4: 0n });
    expect(fetch.fault?.errorBits[4]).toMatchObject({ set: false, meaning: expect.stringContaining("not told") });
  });

  it("tell the level to blame, and keep the rights of the page that was found", async () => {
    const { rights, pageSize, fault } = await explainOne("0xffff888000000000");
    expect(fault?.reason).toBe("The page is the supervisor's: U/S is 0 in the PML4E and PDPTE.");
    expect({ rights, pageSize }).toEqual({ rights: { write: true, user: false, execute: false }, pageSize: "1G" });
    const broken = await explainOne("0x7f1234400000");
    expect(broken.steps.at(-1)?.reserved).toEqual(["bit 13"]);
    expect(broken).toMatchObject({ rights: null, pageSize: null });
    const nx = await explainOne("0x404000", { efer: 0n });
    expect(nx.steps.at(-1)?.reserved).toEqual(["bit 63 (XD)"]);
  });
});
