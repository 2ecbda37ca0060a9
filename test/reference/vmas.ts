/** VMAs as a list that is searched from its beginning: who may touch what, and the rights that first touch maps with. */
import type { AccessKind } from "./access.ts";
import { ALL, RW, XD } from "./entry-bits.ts";

/** Pages `firstPage` to `lastPage` (va >> 12), with the rights whose letters stand in `rights`. */
export interface Vma {
  firstPage: bigint;
  lastPage: bigint;
  rights: string;
}

/** Which rights suffice. Linux on x86 cannot take reading away from pages that may be written or executed. */
const SUFFICES: Record<AccessKind, string> = { fetch: "x", load: "rwx", store: "w", modify: "w" };

/** Returns whether the process may access all of `vpns`; else it gets SIGSEGV. */
export function mayTouch(vmas: readonly Vma[], kind: AccessKind, vpns: readonly number[]): boolean {
  return vpns.every((vpn) => {
    const rights = vmaAround(vmas, vpn)?.rights ?? "";
    return [...SUFFICES[kind]].some((right) => rights.includes(right));
  });
}

/** Returns the bits of a leaf entry for `vpn`, which has a VMA unless there are none at all. */
export function rightsOfLeaf(vmas: readonly Vma[] | null, vpn: number): bigint {
  const rights = vmas === null ? "rwx" : (vmaAround(vmas, vpn)?.rights ?? "");
  return (rights.includes("w") ? ALL : ALL & ~RW) | (rights.includes("x") ? 0n : XD);
}

function vmaAround(vmas: readonly Vma[], vpn: number): Vma | undefined {
  return vmas.find(({ firstPage, lastPage }) => firstPage <= BigInt(vpn) && BigInt(vpn) <= lastPage);
}
