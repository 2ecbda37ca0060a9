/**
 * x86-64 address translation as the SDM tells it, over tables that are single words at physical addresses. No TLBs:
 * every access walks. test/reference/stale.ts says what TLBs may make of it.
 *
 * SDM 3A "4-Level Paging and 5-Level Paging", "Page-Fault Exceptions", "Accessed and Dirty Flags". Levels are numbered
 * 5 = PML5 ... 1 = PT.
 */
import type { Access } from "../../src/kernel/processor.ts";
import { A, ADDRESS_BITS, D, KEY_SHIFT, P, PS, RW, US, XD } from "./entry-bits.ts";
import { accessBits, deniedBy, ERROR, isWrite, type Mode, type Rights } from "./rights.ts";

/** Entries of paging structures by physical address. Where there is none, it reads as 0. */
export type Memory = Map<bigint, bigint>;

/** Bits high:low. */
const bits = (high: number, low: number) => (1n << BigInt(high + 1)) - (1n << BigInt(low));

export interface ModelFault {
  vector: 12 | 13 | 14;
  errorCode: number;
  /** Loaded into CR2; `null` where CR2 is left as it was. */
  cr2: bigint | null;
}

export interface ModelOutcome {
  fault: ModelFault | null;
  /** Of the first byte in each page touched; empty after a fault. */
  physicalAddresses: bigint[];
  /** What each entry used holds after an access that went through. */
  after: Memory;
  /** After a fault: flags that may have been set in entries, each or none of them. A is left to the processor. */
  mayMark: Memory;
}

/** One page of an access. */
interface PageOutcome {
  errorCode: number | null;
  physicalAddress: bigint;
  /** Addresses of the entries used, from the top: without one that stopped the walk. */
  entries: bigint[];
}

/** Whether bits 63:47 are equal; with 5-level paging, bits 63:56. */
export function isCanonicalFor(levels: 4 | 5, va: bigint): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(levels === 5 ? 57 : 48, va)) === va;
}

/** First bytes of the pages that the access touches: one or two. Beyond 2^64-1 comes 0. */
export function pagesOf(access: Access): bigint[] {
  const last = BigInt.asUintN(64, access.va + BigInt((access.size ?? 1) - 1));
  return last >> 12n === access.va >> 12n ? [access.va] : [access.va, last & ~0xfffn];
}

/** Whether every byte is canonical. No access is so long that it could leave one half and end in the other. */
export function isCanonicalAccess(levels: 4 | 5, access: Access): boolean {
  const last = BigInt.asUintN(64, access.va + BigInt((access.size ?? 1) - 1));
  return isCanonicalFor(levels, access.va) && isCanonicalFor(levels, last);
}

/** Bits that an entry of `level` must not have set if it is present. */
function reservedBits(mode: Mode, level: number, entry: bigint): bigint {
  let reserved = mode.maxPhyAddr < 52 ? bits(51, mode.maxPhyAddr) : 0n;
  if (!mode.nxe) reserved |= XD;
  if (level >= 4 || (level === 3 && !mode.pages1G)) reserved |= PS;
  else if (level > 1 && (entry & PS) !== 0n) reserved |= bits(level === 3 ? 29 : 20, 13); // bit 12 is PAT
  return reserved;
}

export function entryAddress(table: bigint, level: number, va: bigint): bigint {
  return (table & ADDRESS_BITS) + ((va >> BigInt(12 + 9 * (level - 1))) & 0x1ffn) * 8n;
}

export function isLeafAt(level: number, entry: bigint): boolean {
  return level === 1 || (entry & PS) !== 0n;
}

/** The physical address that a leaf of `level` gives `va`. */
export function throughLeaf(level: number, entry: bigint, va: bigint): bigint {
  const offset = (1n << BigInt(12 + 9 * (level - 1))) - 1n;
  return (entry & ADDRESS_BITS & ~offset) | (va & offset);
}

/** Before any entry. */
export const ALL_RIGHTS: Rights = { write: true, user: true, executeDisable: false, key: 0 };

/** `above` with what `entry` takes away. */
export function combine(above: Rights, entry: bigint): Rights {
  return {
    write: above.write && (entry & RW) !== 0n,
    user: above.user && (entry & US) !== 0n,
    executeDisable: above.executeDisable || (entry & XD) !== 0n,
    key: Number((entry >> KEY_SHIFT) & 15n),
  };
}

/** Returns the error code that `entry` stops a walk with, or `null`. An entry not present has no reserved bits. */
export function stopsWalk(mode: Mode, access: Access, level: number, entry: bigint): number | null {
  if ((entry & P) === 0n) return accessBits(mode, access);
  if ((entry & reservedBits(mode, level, entry)) !== 0n) return ERROR.P | ERROR.RSVD | accessBits(mode, access);
  return null;
}

/** One walk, for the page of `access` that holds `va`. Rights are judged only when it is complete. */
function walk(mode: Mode, memory: Memory, access: Access, va: bigint): PageOutcome {
  const entries: bigint[] = [];
  let table = mode.cr3;
  let rights = ALL_RIGHTS;
  for (let level: number = mode.levels; ; level--) {
    const address = entryAddress(table, level, va);
    const entry = memory.get(address) ?? 0n;
    const stopped = stopsWalk(mode, access, level, entry);
    if (stopped !== null) return { errorCode: stopped, physicalAddress: 0n, entries };
    entries.push(address);
    rights = combine(rights, entry);
    if (isLeafAt(level, entry)) {
      return { errorCode: deniedBy(mode, access, rights), physicalAddress: throughLeaf(level, entry, va), entries };
    }
    table = entry;
  }
}

/**
 * What one access does. `memory` is left as it is.
 *
 * A non-canonical byte decides before any table is read; then the pages in their order, the first that fails. CR2 gets
 * the address of the first byte in the page that failed. A hint raises nothing and marks nothing.
 */
export function translate(mode: Mode, memory: Memory, access: Access): ModelOutcome {
  const outcome: ModelOutcome = { fault: null, physicalAddresses: [], after: new Map(), mayMark: new Map() };
  if (!isCanonicalAccess(mode.levels, access)) {
    if (!access.hint) outcome.fault = { vector: access.stack ? 12 : 13, errorCode: 0, cr2: null };
    return outcome;
  }
  const marks: Memory = new Map();
  const mark = (address: bigint, flags: bigint) => marks.set(address, (marks.get(address) ?? 0n) | flags);
  for (const va of pagesOf(access)) {
    const page = walk(mode, memory, access, va);
    for (const address of page.entries) mark(address, A);
    if (page.errorCode !== null) {
      outcome.physicalAddresses = [];
      if (access.hint) return outcome;
      return { ...outcome, fault: { vector: 14, errorCode: page.errorCode, cr2: va }, mayMark: marks };
    }
    outcome.physicalAddresses.push(page.physicalAddress);
    if (isWrite(access)) mark(page.entries.at(-1) as bigint, D);
  }
  if (access.hint) return outcome;
  for (const [address, flags] of marks) outcome.after.set(address, (memory.get(address) ?? 0n) | flags);
  return outcome;
}
