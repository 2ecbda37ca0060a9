/**
 * Instructions that change what addresses mean. All are for CPL 0: the host asks, and no right is checked.
 * SDM Vol. 3A, "Operations that Invalidate TLBs and Paging-Structure Caches"; Vol. 2, INVLPG, INVPCID, MOV to CR.
 */
import { dropAddress, dropAll, dropAllButGlobal, dropPcid, dropStructures } from "./caches";
import { CR3_NO_FLUSH, CR3_PCID, CR4_LA57, CR4_PCIDE, CR4_PGE, CR4_SMEP, registers } from "./registers";
import { OUTCOME_DONE, VECTOR_GP, resetResult } from "./result";

const INVPCID_ADDRESS: u32 = 0;
const INVPCID_PCID: u32 = 1;
const INVPCID_ALL: u32 = 2;
const INVPCID_ALL_BUT_GLOBAL: u32 = 3;

/** MOV to CR3. OUTCOME_DONE or VECTOR_GP. Not modelled: linear-address masking (bits 62:61). */
export function writeCr3(value: u64): u32 {
  resetResult();
  const hasPcids = (registers.cr4 & CR4_PCIDE) != 0;
  const base = hasPcids ? value & ~CR3_NO_FLUSH : value;
  if (base >> 52 != 0 || base & registers.unimplementedAddress) return VECTOR_GP;
  registers.cr3 = base;
  if (!hasPcids || !(value & CR3_NO_FLUSH)) dropPcid(registers.pcid);
  return OUTCOME_DONE;
}

/** MOV to CR4. OUTCOME_DONE or VECTOR_GP. Not modelled: bits that have no part in paging are not checked. */
export function writeCr4(value: u64): u32 {
  resetResult();
  const changed = registers.cr4 ^ value;
  const enablesPcids = (changed & value & CR4_PCIDE) != 0;
  if (changed & CR4_LA57 || (enablesPcids && registers.cr3 & CR3_PCID)) return VECTOR_GP;
  registers.cr4 = value;
  // For SMEP the current PCID's would do.
  if (changed & CR4_PGE || changed & ~value & CR4_PCIDE || changed & value & CR4_SMEP) dropAll();
  return OUTCOME_DONE;
}

/** INVLPG. A non-canonical address is no error. */
export function invlpg(va: u64): void {
  resetResult();
  if (!registers.isCanonical(va)) return;
  dropAddress(va, registers.pcid, true);
  dropStructures(registers.pcid);
}

/** INVPCID with its descriptor's PCID and address. OUTCOME_DONE or VECTOR_GP. */
export function invpcid(type: u32, pcid: u64, va: u64): u32 {
  resetResult();
  if (type > INVPCID_ALL_BUT_GLOBAL || pcid > CR3_PCID) return VECTOR_GP;
  const named = type == INVPCID_ADDRESS || type == INVPCID_PCID;
  if (named && pcid != 0 && !(registers.cr4 & CR4_PCIDE)) return VECTOR_GP;
  if (type == INVPCID_ADDRESS && !registers.isCanonical(va)) return VECTOR_GP;
  if (type == INVPCID_ADDRESS) dropAddress(va, pcid, false);
  else if (type == INVPCID_PCID) dropPcid(pcid);
  else if (type == INVPCID_ALL) dropAll();
  else dropAllButGlobal();
  return OUTCOME_DONE;
}
