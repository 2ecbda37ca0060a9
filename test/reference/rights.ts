/**
 * What a completed walk permits: SDM 3A "Access Rights" and "Protection Keys", with the bits of the error code that
 * "Page-Fault Exceptions" gives each denial.
 */
import type { Access } from "../../src/kernel/processor.ts";

/** Everything but the tables that translation depends on, as one field for each bit the SDM names. */
export interface Mode {
  /** 5 with CR4.LA57. */
  levels: 4 | 5;
  /** MAXPHYADDR, 32..52. */
  maxPhyAddr: number;
  pages1G: boolean;
  /** With the PCID or the bits below 12. */
  cr3: bigint;
  wp: boolean;
  smep: boolean;
  smap: boolean;
  /** EFLAGS.AC. */
  ac: boolean;
  nxe: boolean;
  pke: boolean;
  pks: boolean;
  pkru: number;
  pkrs: number;
  /** CR4.PGE and CR4.PCIDE matter to TLBs only. */
  pge: boolean;
  pcide: boolean;
}

/** Bits of the error code of a page fault. */
export const ERROR = { P: 1, W: 2, U: 4, RSVD: 8, ID: 16, PK: 32 } as const;

/** R/W and U/S are the AND over all levels, XD the OR; the protection key is the leaf's. */
export interface Rights {
  write: boolean;
  user: boolean;
  executeDisable: boolean;
  key: number;
}

/** A modify needs the right to write, and is reported as a write, from its start. */
export const isWrite = (access: Access) => access.kind === "write" || access.kind === "modify";

/** A user-mode access. What the processor does by itself, as a read of the GDT, is supervisor-mode at any CPL. */
const isUser = (access: Access) => access.privilege === "user" && access.implicit !== true;

/** The bits of an error code that tell of the access and not of the tables. */
export function accessBits(mode: Mode, access: Access): number {
  const fetch = access.kind === "fetch" && (mode.nxe || mode.smep);
  return (isWrite(access) ? ERROR.W : 0) | (isUser(access) ? ERROR.U : 0) | (fetch ? ERROR.ID : 0);
}

/** Returns the error code of the page fault, or `null` if the rights permit the access. The walk was complete. */
export function deniedBy(mode: Mode, access: Access, rights: Rights): number | null {
  const key = keyForbids(mode, access, rights);
  if (!key && pagePermits(mode, access, rights)) return null;
  return ERROR.P | accessBits(mode, access) | (key ? ERROR.PK : 0);
}

/** "Determination of Access Rights", without protection keys. */
function pagePermits(mode: Mode, access: Access, { write, user, executeDisable }: Rights): boolean {
  const mayExecute = !(mode.nxe && executeDisable);
  if (isUser(access)) {
    if (!user) return false;
    if (access.kind === "fetch") return mayExecute;
    return write || !isWrite(access);
  }
  if (access.kind === "fetch") return mayExecute && !(user && mode.smep);
  // EFLAGS.AC lifts SMAP for explicit accesses only.
  if (user && mode.smap && (access.implicit === true || !mode.ac)) return false;
  return write || !isWrite(access) || !mode.wp;
}

/** Whether the key of the page forbids the access, whatever else does. Fetches are not subject to keys. */
function keyForbids(mode: Mode, access: Access, { user, key }: Rights): boolean {
  if (access.kind === "fetch" || !(user ? mode.pke : mode.pks)) return false;
  const rights = (user ? mode.pkru : mode.pkrs) >>> (2 * key);
  const accessDisable = (rights & 1) !== 0;
  const writeDisable = (rights & 2) !== 0;
  const bindsWrites = mode.wp || (user && isUser(access));
  return accessDisable || (writeDisable && isWrite(access) && bindsWrites);
}
