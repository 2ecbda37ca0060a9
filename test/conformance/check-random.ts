/** Random cases on a machine, held against the plain model. */
import type { Access } from "../../src/kernel/processor.ts";
import { type Memory, translate } from "../reference/paging.ts";
import { differingMemory, differingOutcome } from "./compare.ts";
import type { Machine } from "./machine.ts";
import { type RandomCase, randomCases } from "./random-cases.ts";
import type { Tally } from "./tally.ts";
import { hex, printAccess, printMode } from "./words.ts";

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
    const differing = [...differingOutcome(model, access, seen), ...differingMemory(model, memory, machine)];
    tally.count(differing, () => [
      `${title}, access ${index + 1} of ${random.accesses.length}`,
      ...printMode(random.mode),
      ...random.accesses.slice(0, index + 1).map(printBy),
      ...[...memory].map(([address, entry]) => `entry at ${hex(address)}: ${hex(entry)}`),
      ...differing,
      ...seen.walk(),
    ]);
    if (differing.length > 0) return;
    // What a fault left of A is the machine's own choice.
    for (const address of memory.keys()) memory.set(address, machine.readEntry(address));
  }
}

/** An access with the privilege that it has. */
export function printBy(access: Access): string {
  return `${printAccess(access)}, ${access.privilege}`;
}
