/**
 * Who may do what to a page.
 * SDM Vol. 3A, "Access Rights", "Protection Keys", "Page-Fault Exceptions".
 */
import { PTE_PKEY_MASK, PTE_PKEY_SHIFT, PTE_RW, PTE_US, PTE_XD } from "../paging";
import { CR0_WP, CR4_PKE, CR4_PKS, CR4_SMAP, CR4_SMEP, EFER_NXE, RFLAGS_AC, registers } from "./registers";

// An access: bits. Without FETCH and WRITE it is a read; a read-modify-write is a write.
export const ACCESS_FETCH: u32 = 1;
export const ACCESS_WRITE: u32 = 2;
/** Made at CPL 3. */
export const ACCESS_USER: u32 = 4;
/** Made by the processor itself, as to a descriptor table: a supervisor access at any CPL. */
export const ACCESS_IMPLICIT: u32 = 8;
/** Through the stack segment. */
export const ACCESS_STACK: u32 = 16;
/** A prefetch: it raises no fault and marks no entry. */
export const ACCESS_HINT: u32 = 32;

export const ERROR_P: u32 = 1 << 0;
export const ERROR_WR: u32 = 1 << 1;
export const ERROR_US: u32 = 1 << 2;
export const ERROR_RSVD: u32 = 1 << 3;
export const ERROR_ID: u32 = 1 << 4;
export const ERROR_PK: u32 = 1 << 5;

/** Why an access faults. */
export const REASON_NONE: u32 = 0;
export const REASON_NON_CANONICAL: u32 = 1;
export const REASON_NOT_PRESENT: u32 = 2;
export const REASON_RESERVED_BIT: u32 = 3;
export const REASON_SUPERVISOR_PAGE: u32 = 4;
export const REASON_READ_ONLY: u32 = 5;
export const REASON_EXECUTE_DISABLE: u32 = 6;
export const REASON_SMEP: u32 = 7;
export const REASON_SMAP: u32 = 8;
export const REASON_PROTECTION_KEY: u32 = 9;

/** The first reason why `access` may not use a page by `translation`, or REASON_NONE. */
export function denial(translation: u64, access: u32): u32 {
  const user = isUser(access);
  const userPage = (translation & PTE_US) != 0;
  if (user && !userPage) return REASON_SUPERVISOR_PAGE;
  if (access & ACCESS_FETCH) {
    if (!user && userPage && registers.cr4 & CR4_SMEP) return REASON_SMEP;
    return registers.efer & EFER_NXE && translation & PTE_XD ? REASON_EXECUTE_DISABLE : REASON_NONE;
  }
  if (!user && userPage && smapHolds(access)) return REASON_SMAP;
  if (access & ACCESS_WRITE && !(translation & PTE_RW) && (user || registers.cr0 & CR0_WP)) return REASON_READ_ONLY;
  return keyForbids(translation, access) ? REASON_PROTECTION_KEY : REASON_NONE;
}

/** Bits of the error code that the access decides: W/R, U/S and I/D. */
export function errorOfAccess(access: u32): u32 {
  const knowsFetches = (registers.efer & EFER_NXE) != 0 || (registers.cr4 & CR4_SMEP) != 0;
  return (
    (access & ACCESS_WRITE ? ERROR_WR : 0) |
    (isUser(access) ? ERROR_US : 0) |
    (access & ACCESS_FETCH && knowsFetches ? ERROR_ID : 0)
  );
}

/** Whether the protection key of the page forbids `access`, whatever else does. */
export function keyForbids(translation: u64, access: u32): bool {
  if (access & ACCESS_FETCH) return false;
  const userPage = (translation & PTE_US) != 0;
  if (!(registers.cr4 & (userPage ? CR4_PKE : CR4_PKS))) return false;
  const key = (translation >> PTE_PKEY_SHIFT) & PTE_PKEY_MASK;
  const disabled = ((userPage ? registers.pkru : registers.pkrs) >> (key << 1)) & 3;
  if (disabled & 1) return true;
  // Like a read-only page, for supervisor accesses; and supervisor pages know no others.
  const bound = (registers.cr0 & CR0_WP) != 0 || (userPage && isUser(access));
  return (disabled & 2) != 0 && (access & ACCESS_WRITE) != 0 && bound;
}

function isUser(access: u32): bool {
  return (access & (ACCESS_USER | ACCESS_IMPLICIT)) == ACCESS_USER;
}

function smapHolds(access: u32): bool {
  return (registers.cr4 & CR4_SMAP) != 0 && ((access & ACCESS_IMPLICIT) != 0 || !(registers.rflags & RFLAGS_AC));
}
