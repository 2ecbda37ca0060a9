/** Where what a machine did differs from what it had to do. */
import type { Access } from "../../src/kernel/processor.ts";
import type { Memory, ModelFault, ModelOutcome } from "../reference/paging.ts";
import type { Machine, Seen } from "./machine.ts";

export const hex = (value: bigint | number) => `0x${value.toString(16)}`;

export function printFault(fault: ModelFault | null): string {
  if (fault === null) return "no fault";
  const { vector, errorCode, cr2 } = fault;
  const name = { 12: "#SS", 13: "#GP", 14: "#PF" }[vector];
  return `${name}(${hex(errorCode)})${cr2 === null ? "" : ` CR2 ${hex(cr2)}`}`;
}

function isSameFault(a: ModelFault | null, b: ModelFault | null): boolean {
  if (a === null || b === null) return a === b;
  return a.vector === b.vector && a.errorCode === b.errorCode && a.cr2 === b.cr2;
}

/** Vector, error code and CR2; a fault that loads no CR2 leaves it, and so does none. */
export function differingFault(expected: ModelFault | null, seen: Seen): string[] {
  if (seen.broken !== null) return [seen.broken];
  if (!isSameFault(expected, seen.fault)) return [`expected ${printFault(expected)}, got ${printFault(seen.fault)}`];
  const cr2 = expected?.cr2 ?? seen.cr2Before;
  return seen.cr2 === cr2 ? [] : [`CR2: expected ${hex(cr2)}, got ${hex(seen.cr2)}`];
}

/** The physical addresses; a hint may or may not tell those it would use. */
export function differingAddresses(expected: ModelOutcome, access: Access, seen: Seen): string[] {
  const wanted = expected.physicalAddresses;
  const got = seen.physicalAddresses;
  if (got.length === wanted.length && got.every((address, index) => address === wanted[index])) return [];
  if (access.hint && got.length === 0) return [];
  const print = (addresses: bigint[]) => addresses.map(hex).join(" ") || "none";
  return [`physical addresses: expected ${print(wanted)}, got ${print(got)}`];
}

/** Every word of memory: exactly as expected after an access that went through; only marked where it may be after a fault. */
export function differingMemory(expected: ModelOutcome, before: Memory, machine: Machine): string[] {
  const differing: string[] = [];
  for (const [address, was] of before) {
    const wanted = expected.after.get(address) ?? was;
    const got = machine.readEntry(address);
    if (got === wanted || (got & ~(expected.mayMark.get(address) ?? 0n)) === wanted) continue;
    differing.push(`entry at ${hex(address)}: was ${hex(was)}, expected ${hex(wanted)}, got ${hex(got)}`);
  }
  return differing;
}
