/** VMAs as a list that is searched from its beginning: who may touch what, and the rights that first touch maps with. */
import type { AccessKind } from "./access.ts";
import { ALL, RW, XD } from "./entry-bits.ts";

/** Pages `firstPage` to `lastPage` (va >> 12), with the rights whose letters stand in `rights`. */
export interface Vma {
  firstPage: bigint;
  lastPage: bigint;
  rights: string;
}

/** A record that ended in SIGSEGV: si_addr as far as its page goes, and si_code. */
export interface PlainSegv {
  address: bigint;
  access: AccessKind;
  code: "SEGV_MAPERR" | "SEGV_ACCERR";
}

/** Which rights suffice. Linux on x86 cannot take reading away from pages that may be written or executed. */
const SUFFICES: Record<AccessKind, string> = { fetch: "x", load: "rwx", store: "w", modify: "w" };

/** Returns why the process may not access all of `vpns`, by the first one that it may not, or `null`. */
export function segvOf(vmas: readonly Vma[], kind: AccessKind, vpns: readonly number[]): PlainSegv | null {
  for (const vpn of vpns) {
    const vma = vmaAround(vmas, vpn);
    const event = { address: BigInt(vpn) << 12n, access: kind };
    if (vma === undefined) return { ...event, code: "SEGV_MAPERR" };
    if (![...SUFFICES[kind]].some((right) => vma.rights.includes(right))) return { ...event, code: "SEGV_ACCERR" };
  }
  return null;
}

/** Returns the bits of a leaf entry for `vpn`, which has a VMA unless there are none at all. */
export function rightsOfLeaf(vmas: readonly Vma[] | null, vpn: number): bigint {
  const rights = vmas === null ? "rwx" : (vmaAround(vmas, vpn)?.rights ?? "");
  return (rights.includes("w") ? ALL : ALL & ~RW) | (rights.includes("x") ? 0n : XD);
}

function vmaAround(vmas: readonly Vma[], vpn: number): Vma | undefined {
  return vmas.find(({ firstPage, lastPage }) => firstPage <= BigInt(vpn) && BigInt(vpn) <= lastPage);
}
