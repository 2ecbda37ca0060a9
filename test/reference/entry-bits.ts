/**
 * Bits of the entries of paging structures: SDM 3A "4-Level Paging and 5-Level Paging", the tables of the entry formats.
 * Written from there, not from the kernel.
 */

/** Present. Of an entry without it no other bit means anything. */
export const P = 1n << 0n;
export const RW = 1n << 1n;
/** User/supervisor: 1 for user. */
export const US = 1n << 2n;
export const PWT = 1n << 3n;
export const PCD = 1n << 4n;
export const A = 1n << 5n;
/** Of a leaf only. */
export const D = 1n << 6n;
/** Of PDPTEs and PDEs: a page, no table. */
export const PS = 1n << 7n;
/** In the place of PS in a PTE. */
export const PAT_4K = 1n << 7n;
/** Of a leaf only. */
export const G = 1n << 8n;
/** Of 2 MiB and 1 GiB pages. */
export const PAT_LARGE = 1n << 12n;
/** Bits 62:59 of a leaf: the protection key. */
export const KEY_SHIFT = 59n;
export const XD = 1n << 63n;

/** An entry that takes no right away. */
export const ALL = P | RW | US;

/** Bits 51:12: the most that a physical address can have. */
export const ADDRESS_BITS = ((1n << 52n) - 1n) & ~0xfffn;
