/**
 * What a trace tells, step by step. What one record asks of the MMU: the canonical check, and the 4 KiB pages that its
 * bytes touch.
 *
 * Addresses are `bigint`; page numbers are plain numbers, exact because a VPN has 52 bits at most. Page numbers are
 * taken over the full 64-bit address, so those of the upper half are large, not negative.
 */
import type { ResolvedConfig, ResolvedSweepPoint } from "../../src/config/types.ts";

export type AccessKind = "fetch" | "load" | "store" | "modify";

/** One record of a trace. */
export interface Access {
  kind: AccessKind;
  /** Address of the first byte, 0..2^64-1. */
  va: bigint;
  /** Bytes, 1..4096. */
  size: number;
}

/** A successful munmap(2), between two records. */
export interface Unmap {
  kind: "unmap";
  /** Address of the first byte. */
  va: bigint;
  /** From 1. The range ends at 2^64 at most. */
  bytes: bigint;
}

/** What a trace tells, in its order. */
export type Step = Access | Unmap;

/** With tables of 4 KiB. */
export type PageSize = ResolvedSweepPoint["pageSize"];

/** Level of the table that holds the leaf of a mapping: 1 = PT, 2 = PD, 3 = PDPT. */
export const LEAF_LEVEL: Record<ResolvedConfig["pageSize"], number> = {
  ...{ "4K": 1, "2M": 2, "1G": 3 },
  ...{ "16K": 1, "32M": 2, "64K": 1, "512M": 2 },
};

const ADDRESS_SPACE_BYTES = 1n << 64n;

/** Largest access of a record. It touches two pages at most. */
export const MAX_ACCESS_BYTES = 4096;

/**
 * Whether bits 63..47 of `va` are all equal.
 *
 * SDM 3A "4-Level Paging and 5-Level Paging". Not modelled: 5-level paging, where it is bits 63..56.
 */
export function isCanonical(va: bigint): boolean {
  const upperBits = va >> 47n;
  return upperBits === 0n || upperBits === (1n << 17n) - 1n;
}

/**
 * Returns the VPNs (va >> 12) of the 4 KiB pages that the access touches, in ascending order, or `null` if any of its
 * bytes is non-canonical: such a record is one #GP and touches nothing, not even its canonical bytes.
 *
 * Addresses are modulo 2^64: an access at 0xfffffffffffffffc of 8 bytes touches the last page, then page 0.
 * Throws a RangeError for an address or a size that no record has.
 */
export function touchedPages(va: bigint, sizeBytes: number): number[] | null {
  if (va < 0n || va >= ADDRESS_SPACE_BYTES) throw new RangeError(`address: got ${va}; expected 0..2^64-1`);
  if (!Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > MAX_ACCESS_BYTES) {
    throw new RangeError(`size: got ${sizeBytes}; expected 1..${MAX_ACCESS_BYTES} bytes`);
  }
  const lastVa = (va + BigInt(sizeBytes - 1)) % ADDRESS_SPACE_BYTES;
  // First and last byte are enough: the gap between the canonical halves is longer than any access.
  if (!isCanonical(va) || !isCanonical(lastVa)) return null;
  const firstVpn = Number(va >> 12n);
  const lastVpn = Number(lastVa >> 12n);
  return firstVpn === lastVpn ? [firstVpn] : [firstVpn, lastVpn];
}

/** Returns the first and the last of the 4 KiB pages of which any byte is unmapped, as VPNs. */
export function unmappedPages({ va, bytes }: Unmap): { firstVpn: number; lastVpn: number } {
  const lastVa = va + bytes - 1n;
  if (va < 0n || bytes < 1n || lastVa >= ADDRESS_SPACE_BYTES) throw new RangeError(`no range: ${va}, ${bytes} bytes`);
  return { firstVpn: Number(va >> 12n), lastVpn: Number(lastVa >> 12n) };
}

/** Returns the number of the page that holds 4 KiB page `vpn`, in pages that entries of `level` map: va >> 12, 21, 30. */
export function pageNumberAt(vpn: number, level: number): number {
  return Math.floor(vpn / 512 ** (level - 1));
}
