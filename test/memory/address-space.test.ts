/** AddressSpace: what its calls do, what they refuse, and what a violation tells. */
import { describe, expect, it } from "vitest";
import {
  type AccessKind,
  type Address,
  AddressSpace,
  ConfigError,
  KernelError,
  SegmentationFault,
  SystemCallError,
} from "../../src/memory.ts";

const AT = 0x5000_0000;
const PAGE = 4096;
const TIB = 2 ** 40;
const USER_END = 0x7fff_ffff_f000;

/** A process with pages of these rights from AT on; `null` is a hole. */
async function withPages(...rights: (string | null)[]): Promise<AddressSpace> {
  const space = await AddressSpace.create();
  rights.forEach((letters, index) => {
    if (letters !== null) space.mmap(AT + index * PAGE, PAGE, letters, { fixed: true, name: `page ${index}` });
  });
  return space;
}

function faultOf(access: () => unknown): SegmentationFault {
  try {
    access();
  } catch (error) {
    if (error instanceof SegmentationFault) return error;
    throw error;
  }
  throw new Error("there was no fault");
}

describe("values", () => {
  it("are little-endian, whichever way they are written", async () => {
    const space = await withPages("rw");
    space.write(AT, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 0x88));
    expect(space.read8(AT)).toBe(1);
    expect(space.read16(AT + 1)).toBe(0x0302);
    expect(space.read32(AT + 2)).toBe(0x06050403);
    expect(space.read64(AT)).toBe(0x8807060504030201n);
    expect(space.readInt64(AT)).toBe(0x8807060504030201n - 2n ** 64n);
    expect(space.readInt8(AT + 7)).toBe(0x88 - 256);
    expect(space.readInt16(AT + 6)).toBe(0x8807 - 65536);
    expect(space.readInt32(AT + 4)).toBe(0x88070605 - 2 ** 32);
    expect(space.read32(AT + 4)).toBe(0x88070605);
  });

  it.each([0, 1, 4090, 4093, 4095])(
    "come back from offset %i of a page, also where they lie on two",
    async (offset) => {
      const space = await withPages("rw", "rw");
      const at = AT + offset;
      // Twice each: the second time the page was used last.
      for (let times = 0; times < 2; times++) {
        space.write8(at, -1);
        expect(space.read8(at)).toBe(255);
        space.write16(at, 0x1_fffe);
        expect(space.read16(at)).toBe(0xfffe);
        space.write32(at, -2);
        expect(space.read32(at)).toBe(0xffff_fffe);
        space.write64(at, -3n);
        expect(space.read64(at)).toBe(2n ** 64n - 3n);
        space.writeFloat32(at, 1.5);
        expect(space.readFloat32(at)).toBe(1.5);
        space.writeFloat64(at, -Math.PI);
        expect(space.readFloat64(at)).toBe(-Math.PI);
      }
    },
  );

  it("are the same by number and by bigint", async () => {
    const space = await withPages("rw");
    space.write32(BigInt(AT), 7);
    for (let times = 0; times < 2; times++) expect(space.read32(BigInt(AT))).toBe(space.read32(AT));
  });

  it("text ends at its byte 0, and nothing behind it is touched", async () => {
    const space = await withPages("rw", null);
    expect(space.writeString(AT, "grüße")).toBe(8);
    expect(space.readString(AT)).toBe("grüße");
    expect(space.writeString(AT, "grüße", { encoding: "latin1" })).toBe(6);
    expect(space.readString(AT, { encoding: "latin1" })).toBe("grüße");
    expect(space.readString(AT, { encoding: "latin1", maxBytes: 2 })).toBe("gr");
    space.writeString(AT + PAGE - 4, "end");
    expect(space.readString(AT + PAGE - 4)).toBe("end");
    space.write8(AT + PAGE - 1, 33);
    expect(faultOf(() => space.readString(AT + PAGE - 4)).address).toBe(BigInt(AT + PAGE));
    expect(() => space.writeString(AT, "€", { encoding: "latin1" })).toThrow(ConfigError);
  });

  it("as instructions go through the L1 ITLB and need the right to execute", async () => {
    const space = await withPages("rwx", "rw");
    space.write32(AT, 0x13);
    const before = space.counters().tlbs;
    expect([space.fetch32(AT), space.fetch32(AT), space.fetch16(AT)]).toEqual([0x13, 0x13, 0x13]);
    expect(space.fetch(AT, 3)).toEqual(Uint8Array.of(0x13, 0, 0));
    expect(space.counters().tlbs.l1i.lookups - before.l1i.lookups).toBe(4);
    expect(space.counters().tlbs.l1d).toEqual(before.l1d);
    expect(faultOf(() => space.fetch32(AT + PAGE))).toMatchObject({ access: "fetch", code: "SEGV_ACCERR" });
  });
});

describe("violations", () => {
  const cases: { what: string; rights: (string | null)[]; access: (space: AddressSpace) => unknown; fault: object }[] =
    [
      {
        what: "a null pointer",
        rights: [],
        access: (space) => space.write32(0, 1),
        fault: { address: 0n, access: "write", code: "SEGV_MAPERR", errorCode: 6 },
      },
      {
        what: "a read of what is not mapped",
        rights: [],
        access: (space) => space.read8(AT),
        fault: { address: BigInt(AT), access: "read", code: "SEGV_MAPERR", errorCode: 4 },
      },
      {
        what: "a write to a read-only page that is not there yet",
        rights: ["r"],
        access: (space) => space.write8(AT, 1),
        fault: { address: BigInt(AT), access: "write", code: "SEGV_ACCERR", errorCode: 6 },
      },
      {
        what: "a write to a read-only page that is there",
        rights: ["r"],
        access: (space) => [space.read8(AT), space.write8(AT, 1)],
        fault: { address: BigInt(AT), access: "write", code: "SEGV_ACCERR", errorCode: 7 },
      },
      {
        what: "an instruction in a page that is not executable",
        rights: ["rw"],
        access: (space) => [space.read8(AT), space.fetch(AT, 15)],
        fault: { address: BigInt(AT), access: "fetch", code: "SEGV_ACCERR", errorCode: 0x15 },
      },
      {
        what: "a page without rights that was in use",
        rights: ["rw"],
        access: (space) => {
          space.write8(AT, 1);
          space.mprotect(AT, PAGE, "---");
          space.read8(AT);
        },
        fault: { address: BigInt(AT), access: "read", code: "SEGV_ACCERR", errorCode: 4 },
      },
      {
        what: "an address that is not canonical",
        rights: [],
        access: (space) => space.read64(0x8000_0000_0000),
        fault: { address: 1n << 47n, access: "read", code: "SI_KERNEL", errorCode: null },
      },
      {
        what: "a value that reaches what is not canonical",
        rights: [],
        access: (space) => space.read64(0x7fff_ffff_fffc),
        fault: { address: 1n << 47n, start: 0x7fff_ffff_fffcn, bytes: 8, code: "SI_KERNEL", errorCode: null },
      },
      {
        what: "an address of the kernel's",
        rights: [],
        access: (space) => space.read8(0xffff_8000_0000_0000n),
        fault: { address: 0xffff_8000_0000_0000n, code: "SEGV_MAPERR", errorCode: 4 },
      },
      {
        what: "a value whose second half lies in another page",
        rights: ["rw", "r"],
        access: (space) => space.write64(AT + PAGE - 4, -1n),
        fault: {
          address: BigInt(AT + PAGE),
          start: BigInt(AT + PAGE - 4),
          bytes: 8,
          code: "SEGV_ACCERR",
          errorCode: 6,
        },
      },
      {
        what: "a long read into a hole",
        rights: ["rw", "rw", null, "rw"],
        access: (space) => space.read(AT + 5, 3 * PAGE),
        fault: { address: BigInt(AT + 2 * PAGE), start: BigInt(AT + 5), bytes: 3 * PAGE, code: "SEGV_MAPERR" },
      },
    ];

  it.each(cases)("$what", async ({ rights, access, fault }) => {
    const space = await withPages(...rights);
    const thrown = faultOf(() => access(space));
    expect(thrown).toMatchObject({ name: "SegmentationFault", signal: "SIGSEGV", ...fault });
    expect(thrown.message).toContain(`0x${thrown.address.toString(16)}`);
    const { explanation, address, access: kind, code, errorCode } = thrown;
    expect(explanation).toEqual(space.explain(address, kind));
    expect(explanation.fault).toMatchObject({ signal: "SIGSEGV", code, errorCode: errorCode ?? 0, resolved: false });
    expect(explanation.fault?.vector).toBe(errorCode === null ? 13 : 14);
    expect(BigInt(explanation.address)).toBe(address);
  });

  it("write nothing where not all may be written", async () => {
    const space = await withPages("rw", "rw", "rw", "r");
    const ones = new Uint8Array(3 * PAGE).fill(1);
    expect(faultOf(() => space.write(AT + 100, ones)).address).toBe(BigInt(AT + 3 * PAGE));
    expect(faultOf(() => space.write64(AT + 3 * PAGE - 4, -1n)).address).toBe(BigInt(AT + 3 * PAGE));
    expect(space.read(AT, 3 * PAGE)).toEqual(new Uint8Array(3 * PAGE));
  });

  it("are counted, and leave the page as it was for who may use it", async () => {
    const space = await withPages("r");
    expect(space.read8(AT)).toBe(0);
    faultOf(() => space.write8(AT, 1));
    faultOf(() => space.read8(2n ** 63n));
    expect(space.read8(AT)).toBe(0);
    const { faults, accesses, tlbs } = space.counters();
    expect(faults).toMatchObject({ minor: 1, protection: 1, generalProtection: 1 });
    expect(accesses).toEqual({ reads: 3, writes: 1, fetches: 0 });
    // The page fault has invalidated the page's translation: SDM Vol. 3A, "Operations that Invalidate TLBs".
    expect(tlbs.l1d).toEqual({ lookups: 2, hits: 0, misses: 2 });
  });
});

describe("explain() and translate()", () => {
  it("touch nothing", async () => {
    const space = await withPages("rw", "rw");
    space.write8(AT, 1);
    const before = space.counters();
    for (const kind of ["read", "write", "fetch"] satisfies AccessKind[]) space.explain(AT, kind);
    space.explain(AT + PAGE, "write");
    space.translate(AT);
    expect(space.counters()).toEqual(before);
  });

  it("tell the whole walk, where the bytes lie, and what is mapped there", async () => {
    const space = await withPages("rw", "rw");
    space.write8(AT + 5, 1);
    const told = space.explain(AT + 5);
    expect(told).toMatchObject({ place: "page 0", pageSize: "4K", fault: null, error: null });
    expect(told.steps.map(({ level }) => level)).toEqual(["pml4e", "pdpte", "pde", "pte"]);
    expect(told.rights).toEqual({ write: true, user: true, execute: false });
    expect(Number(told.physicalAddress)).toBe(space.translate(AT + 5));
    expect(space.translate(AT + PAGE)).toBeNull();
    expect(space.explain(AT + PAGE, "write").fault).toMatchObject({ kind: "not-present", resolved: true });
  });
});

describe("mappings", () => {
  it("cost frames for what is touched, and tables for those", async () => {
    const space = await AddressSpace.create();
    const { tables } = space.counters().inUse;
    const at = space.mmap(null, TIB, "rw");
    expect(space.counters().inUse).toEqual({ frames: 0, tables, swapSlots: 0 });
    for (let page = 0; page < 10; page++) space.write8(at + page * 2 ** 36, page);
    // Each lies under a PDPT entry, a PD and a PT of its own; the TiB has two or three PDPTs.
    const { inUse, faults } = space.counters();
    expect(inUse.frames).toBe(10);
    expect(faults.minor).toBe(10);
    expect(inUse.tables - tables).toBeGreaterThanOrEqual(10 * 2 + 2);
    expect(inUse.tables - tables).toBeLessThanOrEqual(10 * 2 + 3);
    space.munmap(at, TIB);
    expect(space.counters().inUse).toEqual({ frames: 0, tables, swapSlots: 0 });
  });

  it("go downwards from below the stack, into the highest gap that is large enough", async () => {
    const space = await AddressSpace.create();
    const first = space.mmap(null, 1, "r");
    expect(first).toBe(0x7fff_f7ff_e000);
    const second = space.mmap(null, 3 * PAGE, "r");
    expect(second).toBe(first - 3 * PAGE);
    const third = space.mmap(0, PAGE, "r");
    space.munmap(second + PAGE, PAGE);
    expect(space.mmap(null, 2 * PAGE, "r")).toBe(third - 2 * PAGE);
    expect(space.mmap(null, PAGE, "r")).toBe(second + PAGE);
  });

  it("are put where it is wished if all is free there, and replace only what is fixed", async () => {
    const space = await withPages("rw");
    space.write8(AT, 9);
    expect(space.mmap(AT + PAGE + 7, PAGE, "r")).toBe(AT + PAGE);
    expect(space.mmap(AT, PAGE, "r")).toBeGreaterThan(2 ** 46);
    expect(space.read8(AT)).toBe(9);
    expect(space.mmap(AT, PAGE, "r", { fixed: true })).toBe(AT);
    expect(space.read8(AT)).toBe(0);
    expect(space.mmap(PAGE, PAGE, "r")).toBe(0x10000);
  });

  it("are told by regions(), neighbours of one kind as one", async () => {
    const space = await AddressSpace.create();
    space.mmap(AT, 2 * PAGE, "rw", { fixed: true, name: "data" });
    space.mmap(AT + 2 * PAGE, PAGE, "rw", { fixed: true, name: "data" });
    space.mmap(AT + 3 * PAGE, PAGE, "x", { fixed: true, name: "code", shared: true });
    space.mprotect(AT + PAGE, PAGE, "r");
    space.brk(space.brk(null) + 1);
    const end = (pages: number) => BigInt(AT + pages * PAGE);
    const common = { file: null, fromRecord: 0, toRecord: null, shared: false, pageSize: "4K" };
    expect(space.regions()).toEqual([
      { start: end(0), end: end(1), permissions: "rw-", name: "data", ...common },
      { start: end(1), end: end(2), permissions: "r--", name: "data", ...common },
      { start: end(2), end: end(3), permissions: "rw-", name: "data", ...common },
      { start: end(3), end: end(4), permissions: "--x", name: "code", ...common, shared: true },
      { start: 0x5555_5575_f000n, end: 0x5555_5576_0000n, permissions: "rw-", name: "heap (brk)", ...common },
    ]);
    space.mprotect(AT + PAGE, PAGE, "rw");
    expect(space.regions()).toHaveLength(3);
  });

  it("have huge pages in the parts that are whole ones", async () => {
    const space = await AddressSpace.create();
    const at = space.mmap(null, 2 ** 22 + PAGE, "rw", { hugePages: "2M" });
    expect(at % 2 ** 21).toBe(0);
    space.write32(at + 2 ** 21 + 12_345, 77);
    space.write32(at + 2 ** 22, 78);
    expect(space.explain(at + 2 ** 21).pageSize).toBe("2M");
    expect(space.explain(at + 2 ** 22).pageSize).toBe("4K");
    expect(space.counters().inUse.frames).toBe(512 + 1);
    // Unmapping a part of one splits it.
    space.munmap(at + 2 ** 21, PAGE);
    expect(space.explain(at + 2 ** 21 + PAGE).pageSize).toBe("4K");
    expect(space.read32(at + 2 ** 21 + 12_345)).toBe(77);
    const huge = space.mmap(null, 2 ** 30, "rw", { hugePages: "1G", name: "one GiB" });
    space.write64(huge + 2 ** 29, 5n);
    expect(space.read64(huge + 2 ** 29)).toBe(5n);
    expect(space.explain(huge).pageSize).toBe("1G");
    expect(space.regions().find(({ name }) => name === "one GiB")).toMatchObject({ pageSize: "1G" });
  });

  it.each<[string, string, (space: AddressSpace) => unknown]>([
    ["no length", "EINVAL", (space) => space.mmap(null, 0, "r")],
    ["a fixed address within a page", "EINVAL", (space) => space.mmap(AT + 1, PAGE, "r", { fixed: true })],
    ["no fixed address", "EINVAL", (space) => space.mmap(null, PAGE, "r", { fixed: true })],
    ["page 0", "EPERM", (space) => space.mmap(0, PAGE, "r", { fixed: true })],
    ["more than there is", "ENOMEM", (space) => space.mmap(null, 2 ** 47, "r")],
    ["what ends beyond programs", "ENOMEM", (space) => space.mmap(USER_END, PAGE, "r", { fixed: true })],
    ["an unmapping within a page", "EINVAL", (space) => space.munmap(AT + 1, PAGE)],
    ["an unmapping of nothing", "EINVAL", (space) => space.munmap(AT, 0)],
    ["an unmapping beyond programs", "EINVAL", (space) => space.munmap(USER_END, PAGE)],
    ["rights within a page", "EINVAL", (space) => space.mprotect(AT + 1, PAGE, "r")],
    ["rights of a hole", "ENOMEM", (space) => space.mprotect(AT, 3 * PAGE, "r")],
  ])("are refused as Linux does: %s", async (_what, code, call) => {
    const space = await withPages("rw", null, "rw");
    const before = space.regions();
    let thrown: unknown;
    try {
      call(space);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SystemCallError);
    expect(thrown).toMatchObject({ code });
    expect((thrown as Error).message).toMatch(/^\w+: E\w+: got .+; allowed: .+/);
    expect(space.regions()).toEqual(before);
  });

  it("may be at page 0 if that is asked for", async () => {
    const space = await AddressSpace.create({ mmapMinAddress: 0 });
    expect(space.mmap(0, PAGE, "rw", { fixed: true })).toBe(0);
    space.write32(0, 5);
    expect(space.read32(0)).toBe(5);
    await expect(AddressSpace.create({ mmapMinAddress: 5 })).rejects.toThrow("mmapMinAddress");
  });

  it("the heap ends where brk() puts it, unless something is in its way", async () => {
    const space = await AddressSpace.create();
    const start = space.brk(null);
    expect(space.brk(start + 5000)).toBe(start + 5000);
    space.write8(start + 2 * PAGE - 1, 3);
    expect(space.brk(start)).toBe(start);
    expect(faultOf(() => space.read8(start)).code).toBe("SEGV_MAPERR");
    space.mmap(start + PAGE, PAGE, "r", { fixed: true });
    expect(space.brk(start + PAGE)).toBe(start + PAGE);
    expect(space.brk(start + PAGE + 1)).toBe(start + PAGE);
    expect(space.brk(0)).toBe(start + PAGE);
  });
});

describe("processes", () => {
  it("that fork have the same bytes, each its own, page by page", async () => {
    const parent = await withPages("rw", "rw");
    parent.write32(AT, 1);
    parent.write32(AT + PAGE, 2);
    const child = parent.fork();
    const { inUse } = parent.counters();
    expect(inUse.frames).toBe(2);
    child.write32(AT, 10);
    expect([parent.read32(AT), child.read32(AT)]).toEqual([1, 10]);
    expect(parent.counters()).toMatchObject({ inUse: { frames: 3 }, faults: { copyOnWrite: 1 } });
    parent.write32(AT + PAGE, 20);
    expect([parent.read32(AT + PAGE), child.read32(AT + PAGE)]).toEqual([20, 2]);
    child.close();
    expect([parent.read32(AT), parent.counters().inUse.frames]).toEqual([1, 2]);
  });

  it("share what is shared, before and after it was touched", async () => {
    const parent = await AddressSpace.create();
    const at = parent.mmap(null, 2 * PAGE, "rw", { shared: true });
    parent.write32(at, 1);
    const child = parent.fork();
    child.write32(at, 2);
    child.write32(at + PAGE, 3);
    expect([parent.read32(at), parent.read32(at + PAGE)]).toEqual([2, 3]);
    parent.close();
    expect([child.read32(at), child.read32(at + PAGE)]).toEqual([2, 3]);
  });

  it("cannot reach each other's memory", async () => {
    const one = await withPages("rw");
    const other = one.spawn();
    one.write32(AT, 1);
    expect(faultOf(() => other.read32(AT)).code).toBe("SEGV_MAPERR");
    other.mmap(AT, PAGE, "rw", { fixed: true });
    expect(other.read32(AT)).toBe(0);
    other.write32(AT, 2);
    expect([one.read32(AT), other.read32(AT)]).toEqual([1, 2]);
    expect(one.translate(AT)).not.toBe(other.translate(AT));
  });

  it("that have ended do nothing more", async () => {
    const space = await withPages("rw");
    const other = space.spawn();
    space.write8(AT, 1);
    space.close();
    space.close();
    for (const call of [
      () => space.read8(AT),
      () => space.mmap(null, 1, "r"),
      () => space.fork(),
      () => space.counters(),
    ])
      expect(call).toThrow("closed");
    expect(other.counters().inUse.frames).toBe(0);
  });
});

describe("memory that is full", () => {
  it("swaps: nothing is lost", async () => {
    const space = await AddressSpace.create({ memory: 4 * PAGE });
    const at = space.mmap(null, 64 * PAGE, "rw");
    for (let page = 0; page < 64; page++) space.write32(at + page * PAGE, page * 3);
    expect(space.explain(at).fault).toMatchObject({ resolved: true, outcome: "loads the page back (swap); no signal" });
    for (let page = 0; page < 64; page++) expect(space.read32(at + page * PAGE)).toBe(page * 3);
    const { faults, evictions, writebacks, inUse } = space.counters();
    expect(inUse.frames).toBe(4);
    expect(faults.minor).toBe(64);
    expect(faults.major).toBe(64);
    expect(evictions).toBe(124);
    expect(writebacks).toBe(60 + 4);
  });

  it.each([
    { reclaim: "fifo", goes: 0 },
    { reclaim: "lru", goes: 1 },
  ] as const)("takes the page by the policy: $reclaim", async ({ reclaim, goes }) => {
    const space = await AddressSpace.create({ memory: 2 * PAGE, reclaim });
    const at = space.mmap(null, 3 * PAGE, "rw");
    space.write8(at, 1);
    space.write8(at + PAGE, 2);
    // Both times the TLB has it.
    for (let times = 0; times < 2; times++) expect(space.read8(at)).toBe(1);
    space.write8(at + 2 * PAGE, 3);
    expect([0, 1, 2].filter((page) => space.translate(at + page * PAGE) === null)).toEqual([goes]);
  });

  it("is an error that says so where there is no swap, and what is in memory stays", async () => {
    const space = await AddressSpace.create({ memory: 2 * PAGE, swap: PAGE });
    const at = space.mmap(null, 4 * PAGE, "rw");
    for (let page = 0; page < 3; page++) space.write8(at + page * PAGE, page + 1);
    let thrown: unknown;
    try {
      space.write8(at + 3 * PAGE, 4);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(KernelError);
    expect((thrown as Error).message).toMatch(/2 frames.*1 slot of swap/);
    const inFrames = [0, 1, 2].filter((page) => space.translate(at + page * PAGE) !== null);
    expect(inFrames).toHaveLength(2);
    for (const page of inFrames) expect(space.read8(at + page * PAGE)).toBe(page + 1);
  });
});

describe("arguments that are none", () => {
  it.each<[string, (space: AddressSpace) => unknown]>([
    ["a negative address", (space) => space.read8(-1)],
    ["a fraction", (space) => space.read8(AT + 0.5)],
    ["no number", (space) => space.read32(Number.NaN)],
    ["infinity", (space) => space.write32(Number.POSITIVE_INFINITY, 1)],
    ["a number that is not exact", (space) => space.read32(2 ** 53)],
    ["a bigint of 65 bits", (space) => space.read32(2n ** 64n)],
    ["text", (space) => space.read8(String(AT) as unknown as Address)],
    ["rights", (space) => space.mmap(null, PAGE, "rwq")],
    ["rights twice", (space) => space.mprotect(AT, PAGE, "ww")],
    ["huge pages", (space) => space.mmap(null, PAGE, "r", { hugePages: "4M" as "2M" })],
    ["a length", (space) => space.read(AT, -1)],
    ["a length that no array has", (space) => space.read(AT, 2 ** 40)],
    ["bytes", (space) => space.write(AT, [1] as unknown as Uint8Array)],
    ["a name", (space) => space.mmap(null, PAGE, "r", { name: "x".repeat(1000) })],
    ["an encoding", (space) => space.readString(AT, { encoding: "utf-16" as "utf-8" })],
    ["an access", (space) => space.explain(AT, "jump" as "read")],
  ])("%s", async (_what, call) => {
    const space = await withPages("rw");
    space.write8(AT, 1);
    expect(() => call(space)).toThrow(ConfigError);
    expect(space.read8(AT)).toBe(1);
  });

  it.each([
    { reclaim: "opt" },
    { policy: "opt" },
    { policy: "stlb=opt" },
    { memory: 1 },
    { pageSize: "2M" },
    { kpti: "on" },
  ])("%j of a machine", async (options) => {
    await expect(AddressSpace.create(options as object)).rejects.toThrow(ConfigError);
  });
});
