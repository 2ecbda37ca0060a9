/** Pages that processes share: copied when they are written, evicted and loaded back once for all who have them. */
import { beforeEach, describe, expect, it } from "vitest";
import { AddressSpace, type MachineOptions } from "../../src/memory.ts";
import { BUILDS } from "../helpers/builds.ts";

const PAGE = 4096;
const A = 0x1000_0000;
const B = 0x2000_0000;
const C = 0x3000_0000;
const LARGE = 2 ** 21;

describe.each(BUILDS)("pages of several processes ($name)", ({ module }) => {
  let parent: AddressSpace;
  const start = async (options: MachineOptions = {}) => {
    parent = await AddressSpace.create(options, module);
    for (const address of [A, B, C]) parent.mmap(address, PAGE, "rw", { fixed: true });
  };
  beforeEach(() => start());

  /** What `happens` adds to minor and major faults, and how many frames there are after it. */
  const change = (happens: () => void) => {
    const before = parent.counters().faults;
    happens();
    const { faults, inUse } = parent.counters();
    return { minor: faults.minor - before.minor, major: faults.major - before.major, frames: inUse.frames };
  };

  it("are copied for the first who writes, and taken over by the last", () => {
    parent.write32(A, 1);
    const child = parent.fork();
    expect(change(() => child.read32(A))).toEqual({ minor: 0, major: 0, frames: 1 });
    expect(change(() => child.write32(A, 2))).toEqual({ minor: 1, major: 0, frames: 2 });
    expect(change(() => parent.write32(A, 3))).toEqual({ minor: 1, major: 0, frames: 2 });
    expect(change(() => parent.write32(A, 4))).toEqual({ minor: 0, major: 0, frames: 2 });
    expect([parent.read32(A), child.read32(A)]).toEqual([4, 2]);
    expect(change(() => child.close()).frames).toBe(1);
  });

  it("stay shared if a mapping gets the right to write back", () => {
    parent.write32(A, 1);
    const child = parent.fork();
    parent.mprotect(A, PAGE, "r");
    parent.mprotect(A, PAGE, "rw");
    expect(change(() => parent.write32(A, 2))).toEqual({ minor: 1, major: 0, frames: 2 });
    expect([parent.read32(A), child.read32(A)]).toEqual([2, 1]);
  });

  it("are written to swap once, and loaded back once", async () => {
    await start({ memory: 2 * PAGE });
    parent.write32(A, 1);
    const child = parent.fork();
    child.read32(A);
    parent.write32(B, 2);
    parent.write32(C, 3);
    expect(parent.counters()).toMatchObject({ evictions: 1, writebacks: 1, inUse: { swapSlots: 1 } });
    expect(change(() => expect(parent.read32(A)).toBe(1))).toMatchObject({ minor: 0, major: 1 });
    expect(change(() => expect(child.read32(A)).toBe(1))).toMatchObject({ minor: 1, major: 0 });
    expect(change(() => child.write32(A, 4))).toMatchObject({ minor: 1 });
    expect([parent.read32(A), child.read32(A)]).toEqual([1, 4]);
  });

  it("are a copy of the writer's own if they come from swap", async () => {
    await start({ memory: PAGE });
    parent.write32(A, 1);
    const child = parent.fork();
    parent.write32(B, 2);
    expect(change(() => child.write32(A, 3))).toEqual({ minor: 0, major: 1, frames: 1 });
    expect([parent.read32(A), child.read32(A)]).toEqual([1, 3]);
  });

  it.each([1, 2, 3])("are copied for who writes to what others have in swap, with %i frames", async (frames) => {
    await start({ memory: frames * PAGE });
    parent.write32(A, 1);
    const child = parent.fork();
    parent.write32(B, 2);
    parent.write32(C, 3);
    parent.write32(B, 4);
    expect(parent.read32(A)).toBe(1);
    parent.write32(A, 5);
    expect([child.read32(A), parent.read32(A)]).toEqual([1, 5]);
    for (const address of [B, C, A]) expect(parent.read32(address)).toBe({ [A]: 5, [B]: 4, [C]: 3 }[address]);
    expect(child.read32(A)).toBe(1);
  });

  it("that stay one memory are found by all, in frames and in swap", async () => {
    await start({ memory: 2 * PAGE });
    parent.mmap(A, PAGE, "rw", { fixed: true, shared: true });
    const child = parent.fork();
    parent.write32(A, 1);
    expect(change(() => expect(child.read32(A)).toBe(1))).toEqual({ minor: 1, major: 0, frames: 1 });
    child.write32(A, 2);
    parent.write32(B, 3);
    parent.write32(C, 4);
    expect(change(() => expect(parent.read32(A)).toBe(2))).toMatchObject({ minor: 0, major: 1 });
    expect(change(() => expect(child.read32(A)).toBe(2))).toMatchObject({ minor: 1, major: 0 });
    parent.munmap(A, PAGE);
    expect(child.read32(A)).toBe(2);
    child.close();
    expect(parent.counters().inUse.frames).toBeLessThan(2);
  });

  it("keep what they hold while nobody may access them, and may be evicted", async () => {
    await start({ memory: PAGE });
    parent.write32(A, 1);
    parent.mprotect(A, PAGE, "");
    expect(() => parent.read32(A)).toThrow("SEGV_ACCERR");
    parent.write32(B, 2);
    expect(parent.counters().writebacks).toBe(1);
    parent.mprotect(A, PAGE, "rw");
    expect(change(() => expect(parent.read32(A)).toBe(1))).toMatchObject({ minor: 0, major: 1 });
  });

  it("are small ones after a fork, even where one was large", () => {
    parent.mmap(4 * LARGE, LARGE, "rw", { fixed: true, hugePages: "2M" });
    parent.write32(4 * LARGE, 1);
    parent.write32(5 * LARGE - 4, 2);
    expect(parent.counters().inUse.frames).toBe(512);
    const child = parent.fork();
    expect(change(() => child.write32(4 * LARGE, 3)).frames).toBe(513);
    expect([parent.read32(4 * LARGE), child.read32(4 * LARGE), child.read32(5 * LARGE - 4)]).toEqual([1, 3, 2]);
    parent.munmap(4 * LARGE, LARGE);
    expect(parent.counters().inUse.frames).toBe(512);
    child.close();
    expect(parent.counters().inUse.frames).toBe(0);
  });

  it("give back tables, frames and slots when they are unmapped", async () => {
    await start({ memory: PAGE });
    const { tables } = parent.counters().inUse;
    for (const address of [A, B, C]) parent.write32(address, address);
    expect(parent.counters().inUse).toMatchObject({ frames: 1, swapSlots: 2 });
    for (const address of [A, B, C]) parent.munmap(address, PAGE);
    expect(parent.counters().inUse).toEqual({ frames: 0, swapSlots: 0, tables });
  });
});
