/** Where what a machine did differs from what it had to do. */
import type { Access } from "../../src/kernel/processor.ts";
import type { Memory, ModelFault, ModelOutcome } from "../reference/paging.ts";
import type { Machine, Seen } from "./machine.ts";
import { hex, printFlags, printOutcome } from "./words.ts";

function isSameFault(a: ModelFault | null, b: ModelFault | null): boolean {
  if (a === null || b === null) return a === b;
  return a.vector === b.vector && a.errorCode === b.errorCode && a.cr2 === b.cr2;
}

/**
 * Vector, error code and CR2, and physical addresses, unless those expected are `null`: not known. A fault that loads no
 * CR2 leaves it, and so does none. A hint may or may not tell the addresses it would use.
 */
export function differingOutcome(
  expected: { fault: ModelFault | null; physicalAddresses: bigint[] | null },
  access: Access,
  seen: Seen,
): string[] {
  const wanted = expected.physicalAddresses ?? seen.physicalAddresses;
  const got = seen.physicalAddresses;
  const isSamePlace = got.length === wanted.length && got.every((address, index) => address === wanted[index]);
  const isUntold = access.hint === true && got.length === 0;
  const wantedText = () => `expected ${printOutcome(expected.fault, expected.physicalAddresses ?? [])}`;
  if (seen.broken !== null) return [wantedText(), `got      ${seen.broken}`];
  if (!isSameFault(expected.fault, seen.fault) || !(isSamePlace || isUntold))
    return [wantedText(), `got      ${printOutcome(seen.fault, got)}`];
  const cr2 = expected.fault?.cr2 ?? seen.cr2Before;
  if (seen.cr2 === cr2) return [];
  return [`${wantedText()}, and CR2 ${hex(cr2)} afterwards`, `got      the same, but CR2 ${hex(seen.cr2)}`];
}

/** What an entry at an address is called, and its level if that is known. */
export type NameOf = (address: bigint) => { name: string; level: number | null };

/** Every word of memory: exactly as expected after an access that went through; only marked where it may be after a fault. */
export function differingMemory(
  expected: Pick<ModelOutcome, "after" | "mayMark">,
  before: Memory,
  machine: Machine,
  nameOf: NameOf = (address) => ({ name: `entry at ${hex(address)}`, level: null }),
): string[] {
  const differing: string[] = [];
  for (const [address, was] of before) {
    const wanted = expected.after.get(address) ?? was;
    const got = machine.readEntry(address);
    if (got === wanted || (got & ~(expected.mayMark.get(address) ?? 0n)) === wanted) continue;
    const { name, level } = nameOf(address);
    const print = (entry: bigint) => (level === null ? hex(entry) : `${hex(entry)}  ${printFlags(entry, level)}`);
    differing.push(`${name} afterwards:`, `  was      ${print(was)}`);
    differing.push(`  expected ${print(wanted)}`, `  got      ${print(got)}`);
  }
  return differing;
}
