/** Random cases on a machine, held against the plain model. */
import type { Access } from "../../src/kernel/processor.ts";
import { type Memory, translate } from "../reference/paging.ts";
import { differingAddresses, differingFault, differingMemory, hex } from "./compare.ts";
import type { Machine } from "./machine.ts";
import { type RandomCase, randomCases } from "./random-cases.ts";
import type { Tally } from "./tally.ts";

/** Makes at least `count` accesses. */
export function checkRandomCases(machine: Machine, seed: number, count: number, tally: Tally): void {
  let number = 0;
  let made = 0;
  for (const random of randomCases(seed)) {
    if (made >= count) return;
    checkRandomCase(machine, random, `random case ${number++} of seed ${seed}`, tally);
    made += random.accesses.length;
  }
}

/** Each access is one comparison. The tables do not change but for A and D, so a TLB hit gives what a walk gives. */
export function checkRandomCase(machine: Machine, random: RandomCase, title: string, tally: Tally): void {
  const memory: Memory = new Map(random.memory);
  machine.start(random.mode, memory);
  for (const [index, access] of random.accesses.entries()) {
    const model = translate(random.mode, memory, access);
    const seen = machine.access(access);
    const differing = [
      ...differingFault(model.fault, seen),
      ...differingAddresses(model, access, seen),
      ...differingMemory(model, memory, machine),
    ];
    tally.count(differing, () => [
      `${title}, access ${index + 1} of ${random.accesses.length}`,
      ...printMode(random),
      ...random.accesses.slice(0, index + 1).map(printAccess),
      ...[...memory].map(([address, entry]) => `entry at ${hex(address)}: ${hex(entry)}`),
      ...seen.walk().map((step) => `walk: ${step}`),
    ]);
    if (differing.length > 0) return;
    // What a fault left of A is the machine's own choice.
    for (const address of memory.keys()) memory.set(address, machine.readEntry(address));
  }
}

export function printMode({ mode }: Pick<RandomCase, "mode">): string[] {
  const flags = Object.entries(mode).map(([name, value]) =>
    typeof value === "boolean" ? (value ? name : "") : `${name} ${typeof value === "bigint" ? hex(value) : value}`,
  );
  return [flags.filter((flag) => flag !== "").join(", ")];
}

export function printAccess({ va, size, ...how }: Access): string {
  const marks = Object.entries(how).map(([name, value]) => (value === true ? name : String(value)));
  return `access ${hex(va)}, ${size} bytes, ${marks.join(" ")}`;
}
