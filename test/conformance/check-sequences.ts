/** Random histories on the kernel: no TLB hit may give what the tables could not have given. */
import { A, D } from "../reference/entry-bits.ts";
import type { Memory } from "../reference/paging.ts";
import { isWrite, type Mode } from "../reference/rights.ts";
import { TranslationHistory } from "../reference/stale.ts";
import { printBy } from "./check-random.ts";
import type { KernelMachine } from "./machine.ts";
import { randomSequence, type Sequence, type Step } from "./random-sequences.ts";
import type { Tally } from "./tally.ts";
import { hex, printMode, printOutcome } from "./words.ts";

/** Makes at least `count` accesses, in sequences that take the machines in turn. */
export function checkSequences(machines: KernelMachine[], seed: number, count: number, tally: Tally): void {
  const wanted = tally.agreed + tally.disagreed + count;
  for (let number = 0; tally.agreed + tally.disagreed < wanted; number++) {
    const machine = machines[number % machines.length];
    if (machine === undefined) throw new Error("no machine");
    checkSequence(machine, randomSequence(seed + number * 2 ** 32), `TLB sequence ${number} of seed ${seed}`, tally);
  }
}

/** Each access is one comparison; what follows a disagreement is left out. */
export function checkSequence(machine: KernelMachine, sequence: Sequence, title: string, tally: Tally): void {
  machine.start(sequence.mode, sequence.memory);
  const memory: Memory = new Map(sequence.memory);
  const history = new TranslationHistory(sequence.mode, memory);
  for (const [index, step] of sequence.steps.entries()) {
    const differing =
      "access" in step ? checkAccess(machine, history, memory, step) : apply(machine, history, memory, step);
    if (!("access" in step) && differing.length === 0) continue;
    tally.count(differing, () => [
      title,
      ...printMode(sequence.mode),
      ...[...sequence.memory].map(([address, entry]) => `entry at ${hex(address)}: ${hex(entry)}`),
      ...sequence.steps.slice(0, index + 1).map((done, at) => `${at + 1}. ${printStep(done)}`),
      ...differing,
    ]);
    if (differing.length > 0) return;
  }
}

function checkAccess(
  machine: KernelMachine,
  history: TranslationHistory,
  memory: Memory,
  { access }: Extract<Step, { access: unknown }>,
): string[] {
  const differing: string[] = [];
  const seen = machine.access(access);
  const mayMark = access.hint ? 0n : isWrite(access) ? A | D : A;
  for (const [address, was] of memory) {
    const entry = machine.readEntry(address);
    if (entry === was) continue;
    if ((entry & ~mayMark) !== (was & ~mayMark) || (was & ~entry) !== 0n)
      differing.push(`entry at ${hex(address)}: was ${hex(was)}, got ${hex(entry)}`);
    memory.set(address, entry);
    history.write(address, entry);
  }
  if (seen.broken !== null) differing.push(seen.broken);
  else if (!history.allows(access, seen.fault, seen.physicalAddresses)) {
    const outcome = printOutcome(seen.fault, seen.physicalAddresses);
    differing.push(`got ${outcome}: no tables since the last invalidation give that`);
  }
  if (seen.cr2 !== (seen.fault?.cr2 ?? seen.cr2Before)) differing.push(`CR2: got ${hex(seen.cr2)}`);
  if (seen.fault !== null && seen.fault.cr2 !== null) history.pageFault(seen.fault.cr2);
  if (differing.length > 0) differing.push(...seen.walk());
  return differing;
}

/** Everything but accesses. None of it may fault. */
function apply(machine: KernelMachine, history: TranslationHistory, memory: Memory, step: Step): string[] {
  const { processor } = machine;
  let fault: { vector: number } | null = null;
  if ("write" in step) {
    processor.writeEntry(step.write, step.value);
    memory.set(step.write, step.value);
    history.write(step.write, step.value);
  } else if ("cr3" in step) {
    fault = processor.writeCr3(step.cr3);
    history.loadCr3(step.cr3);
  } else if ("cr4" in step) {
    fault = processor.writeCr4(machine.registersOf(step.cr4).cr4);
    history.loadCr4(step.cr4);
  } else if ("mode" in step) {
    const { cr0, rflags, pkru, pkrs } = machine.registersOf(step.mode);
    processor.changeRegisters({ cr0, rflags, pkru, pkrs });
    history.mode = step.mode;
  } else if ("invlpg" in step) {
    processor.invlpg(step.invlpg);
    history.invlpg(step.invlpg);
  } else if ("invpcid" in step) {
    fault = processor.invpcid(step.invpcid, step.pcid, step.va);
    history.invpcid(step.invpcid, step.pcid, step.va);
  } else if ("invalidateAll" in step) {
    processor.invalidateAll();
    history.invalidateAll();
  }
  return fault === null ? [] : [`vector ${fault.vector}, expected none`];
}

function printStep(step: Step): string {
  if ("access" in step) return printBy(step.access);
  const print = (value: unknown): string => {
    if (typeof value === "bigint") return hex(value);
    return typeof value === "object" ? printMode(value as Mode).join(", ") : String(value);
  };
  return Object.entries(step)
    .map(([name, value]) => `${name} ${print(value)}`)
    .join(", ");
}
