/**
 * Random system calls and accesses of a few processes, with so little memory that everything swaps, against the plain model:
 * byte for byte. A longer run: OPERATIONS=1000000 npx vitest run --project node test/memory/random.test.ts
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { MachineOptions } from "../../src/memory.ts";
import { BUILDS } from "../helpers/builds.ts";
import { randomNumbers } from "../helpers/random-numbers.ts";
import { randomCommands } from "../reference/address-space-commands.ts";
import { ComparedProcesses, runCommands } from "./driver.ts";

const LONG = Number(process.env.OPERATIONS ?? 0);

/** Machines under pressure in different ways; the TLBs of the last are so small that hardly anything stays in them. */
const MACHINES: readonly (MachineOptions & { name: string })[] = [
  { name: "one frame", memory: 4096 },
  { name: "three frames, FIFO", memory: "12K", reclaim: "fifo" },
  { name: "eight frames, LRU, no PCIDs", memory: "32K", reclaim: "lru", pcid: "off" },
  { name: "600 frames, random", memory: "2400K", reclaim: "random", seed: 7 },
  { name: "no limit", l1i: "2:1", l1d: "4:2", stlb: "8:4", psc: { pde: 2, pdpte: 1, pml4e: 1 }, policy: "fifo" },
];

const machineOf = ({ name: _, ...options }: MachineOptions & { name: string }) => options;

describe.each(BUILDS)("the $name build", ({ module, name }) => {
  it.each(MACHINES)(
    "loses nothing with $name",
    async (machine) => {
      const processes = await ComparedProcesses.create(machineOf(machine), module);
      const count = LONG > 0 ? LONG : name === "release" ? 2000 : 500;
      runCommands(processes, randomNumbers(MACHINES.indexOf(machine) + 1), count, Math.ceil(count / 10));
      if (machine.memory !== undefined) {
        const { evictions, writebacks, faults } = processes.spaces[0]?.counters() ?? {};
        expect(Math.min(evictions ?? 0, writebacks ?? 0, faults?.major ?? 0)).toBeGreaterThan(0);
      }
      expectAllFreed(processes);
    },
    3_600_000,
  );

  it("loses nothing in any short sequence", async () => {
    await fc.assert(
      fc.asyncProperty(randomCommands(150), fc.constantFrom(...MACHINES), async (commands, machine) => {
        const processes = await ComparedProcesses.create(machineOf(machine), module);
        for (const command of commands) processes.run(command);
        processes.compareAll();
        expectAllFreed(processes);
      }),
      { seed: 7, numRuns: name === "release" ? 25 : 6 },
    );
  });
});

it.each(MACHINES)("counts the same whether values or bytes are moved, with $name", async (machine) => {
  const [{ module }] = BUILDS as [(typeof BUILDS)[number]];
  const counts = [];
  for (const style of ["values", "bytes"] as const) {
    const processes = await ComparedProcesses.create(machineOf(machine), module, style);
    runCommands(processes, randomNumbers(99), 1200);
    const [space] = processes.spaces;
    const counters = space?.counters();
    expect(counters?.walks.count).toBe(counters?.tlbs.stlb.misses);
    expect(counters?.tlbs.stlb.lookups).toBe((counters?.tlbs.l1i.misses ?? 0) + (counters?.tlbs.l1d.misses ?? 0));
    counts.push(counters);
  }
  expect(counts[0]).toEqual(counts[1]);
});

/** Ends all processes, and expects that none of what they had is still taken. */
function expectAllFreed({ spaces }: ComparedProcesses): void {
  const witness = spaces[0]?.spawn();
  for (const space of spaces) space.close();
  expect(witness?.counters().inUse).toMatchObject({ frames: 0, swapSlots: 0 });
}
