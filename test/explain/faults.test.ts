import { describe, expect, it } from "vitest";
import type { ExplainOptions } from "../../src/explain.ts";
import type { ExplainedFault } from "../../src/report/explanation.ts";
import { dumpOf, explainOne } from "./tables.ts";

const SUPERVISOR = { privilege: "supervisor" } as const;
const MAPERR = { signal: "SIGSEGV", code: "SEGV_MAPERR" } as const;
const ACCERR = { signal: "SIGSEGV", code: "SEGV_ACCERR" } as const;
const NO_SIGNAL = { signal: null, code: null, resolved: false } as const;
const RESOLVED = { signal: null, code: null, resolved: true } as const;
const AC = { ...SUPERVISOR, rflags: "AC" } as const;

/** What the kernel's log says of its own fault, and whether it goes on. */
describe("faults of the kernel", () => {
  const bug = (address: string) => `"BUG: unable to handle page fault for address: ${address.padStart(16, "0")}"`;
  const NULL = '"BUG: kernel NULL pointer dereference, address: 0000000000000';
  const NX = '"kernel tried to execute NX-protected page", then "BUG';
  const cases: [string, string, ExplainOptions, string, string][] = [
    ["null", "0x10", SUPERVISOR, "oops", `${NULL}010"`],
    ["null with AC", "0x10", AC, "EFAULT, or an oops", `${NULL}010"`],
    ["a jump to null", "0x0", { ...SUPERVISOR, access: "fetch" }, "oops", `${NULL}000"`],
    ["a page that is not there", "0x1c43000", SUPERVISOR, "oops", "With CR4.SMAP on and RFLAGS.AC 0"],
    ["a page that is there", "0x404000", SUPERVISOR, "oops", bug("404000")],
    ["a page that is not there, with AC", "0x1c43000", AC, "brings the page", "brings the page"],
    ["the same without SMAP", "0x1c43000", { ...SUPERVISOR, cr4: "PGE" }, "brings the page", "brings the page"],
    ["a page to be copied", "0x7f1234220000", { ...AC, access: "write" }, "copies the page", "copies the page"],
    ["code", "0x400000", { ...AC, access: "write" }, "EFAULT, or an oops", "copy_from_user()"],
    ["a key", "0x7f1234300000", AC, "EFAULT, or an oops", "The key holds for the kernel too"],
    ["a reserved bit", "0x7f1234400000", SUPERVISOR, "oops", '"Corrupted page table at address 7f1234400000"'],
    ["code of a program", "0x400000", { ...SUPERVISOR, access: "fetch" }, "oops", '"unable to execute userspace code'],
    ["data of a program", "0x404000", { ...SUPERVISOR, access: "fetch" }, "oops", NX],
    ["the same without SMEP", "0x404000", { ...SUPERVISOR, access: "fetch", cr4: "PGE" }, "oops", NX],
    ["its own data", "0xffff888000000000", { ...SUPERVISOR, access: "fetch" }, "oops", NX],
    ["its own code", "0xffffffff81000000", { ...SUPERVISOR, access: "write" }, "oops", bug("ffffffff81000000")],
    ["nothing", "0xffff900000000000", SUPERVISOR, "oops", bug("ffff900000000000")],
  ];
  it.each(cases)("%s", async (_, address, options, outcome, linux) => {
    const { fault } = await explainOne(address, options);
    expect(fault).toMatchObject({ signal: null, code: null, resolved: /^(brings|copies)/.test(outcome) });
    expect(fault?.outcome).toMatch(new RegExp(`^(an )?${outcome}.*; no signal$`));
    expect(fault?.linux).toContain(linux);
  });
});

/** Of an address that a dump's tables do not map, whether the process has a mapping is not known. */
describe("faults by the tables of a dump", () => {
  const DUMPED = {
    memory: dumpOf({ 4096: 0x2007n, 8192: 0x3007n, 12288: 0x4007n, 16384: 0x5005n, 16392: 0xffffffffff160n }),
    cr3: 0x1000n,
  };
  it.each([
    [{}, "0x3000", "SIGSEGV (SEGV_MAPERR), unless the page is only not there yet"],
    [{ access: "write" }, "0x10", "SIGSEGV (SEGV_ACCERR), unless the page is only to be copied"],
    [{}, "0x1000", "SIGSEGV (SEGV_ACCERR), unless NUMA balancing marked the page"],
    [AC, "0x3000", "brings the page, or EFAULT, or an oops; no signal"],
    [{ ...AC, access: "write" }, "0x0", "copies the page, or EFAULT, or an oops; no signal"],
  ] as const)("with %j, at %s: %s", async (options, address, outcome) => {
    expect((await explainOne(address, { ...DUMPED, ...options })).fault).toMatchObject({ resolved: false, outcome });
  });
});

describe("faults in the example process", () => {
  const cases: [string, string, ExplainOptions, Partial<ExplainedFault>][] = [
    ["null", "0", {}, { kind: "not-present", errorCode: 4, level: "pde", ...MAPERR }],
    [
      "an untouched page of the heap",
      "0x1c42000",
      { access: "write" },
      { kind: "not-present", errorCode: 6, level: "pte", ...RESOLVED },
    ],
    ["a fetch from an untouched page of the heap", "0x1c43000", { access: "fetch" }, { errorCode: 0x14, ...ACCERR }],
    ["an untouched page of a file", "0x7f1234009000", {}, { kind: "not-present", ...RESOLVED }],
    ["a write to an untouched page of a file", "0x7f1234009000", { access: "write" }, { errorCode: 6, ...ACCERR }],
    ["what the stack grows to", "0x7ffffffdd000", { access: "write" }, { kind: "not-present", ...RESOLVED }],
    ["a fetch from there", "0x7ffffffdd000", { access: "fetch" }, { kind: "not-present", ...ACCERR }],
    ["what the stack may not grow to", "0x7fffff7fefff", {}, { kind: "not-present", ...MAPERR }],
    ["a page to be copied", "0x7f1234221000", { access: "write" }, { kind: "read-only", errorCode: 7, ...RESOLVED }],
    ["a fetch from nowhere", "0x500000000000", { access: "fetch" }, { errorCode: 0x14, level: "pml4e", ...MAPERR }],
    ["PROT_NONE", "0x7f1234200000", {}, { kind: "not-present", errorCode: 4, level: "pte", ...ACCERR }],
    ["a write to code", "0x400000", { access: "write" }, { kind: "read-only", errorCode: 7, level: "pte", ...ACCERR }],
    ["a fetch from data", "0x404000", { access: "fetch" }, { kind: "execute-disable", errorCode: 0x15, ...ACCERR }],
    ["a key that PKRU closes", "0x7f1234300000", {}, { kind: "protection-key", errorCode: 0x25, code: "SEGV_PKUERR" }],
    [
      "a write to code whose key is closed too",
      "0x400000",
      { access: "write", pkru: "0x3" },
      { kind: "read-only", errorCode: 0x27, code: "SEGV_PKUERR" },
    ],
    ["the kernel's code", "0xffffffff81000000", {}, { level: "pml4e" }],
    [
      "a broken entry",
      "0x7f1234400000",
      {},
      { kind: "reserved-bit", errorCode: 0xd, level: "pde", signal: "SIGKILL", code: null },
    ],
    ["the kernel's code", "0xffffffff81000000", {}, { kind: "supervisor-page", errorCode: 5, ...MAPERR }],
    ["a call of vsyscall", "0xffffffffff600400", { access: "fetch" }, { kind: "not-present", ...MAPERR }],
    ["another fetch there", "0xffffffffff600008", { access: "fetch" }, { signal: "SIGSEGV", code: "SI_KERNEL" }],
    ["a read of vsyscall", "0xffffffffff600000", {}, { kind: "not-present", ...MAPERR }],
    ["nothing of the kernel's", "0xffff900000000000", {}, { kind: "not-present", errorCode: 4, ...MAPERR }],
    ["the last page of the lower half", "0x7ffffffff000", {}, { kind: "not-present", ...MAPERR }],
    [
      "not canonical",
      "0xdead000000000000",
      {},
      { vector: 13, errorCode: 0, cr2: null, signal: "SIGSEGV", code: "SI_KERNEL" },
    ],
    [
      "not canonical, through the stack segment",
      "0x800000000000",
      { stack: true },
      { vector: 12, errorCode: 0, cr2: null, signal: "SIGBUS", code: "SI_KERNEL" },
    ],
    [
      "the same by the kernel",
      "0x800000000000",
      { ...SUPERVISOR, stack: true, access: "write" },
      { vector: 12, cr2: null, ...NO_SIGNAL, linux: expect.stringContaining('"stack segment"') },
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
