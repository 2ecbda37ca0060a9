/** What the host may use of the processor. */
import { access as accessBy } from "./access";
import { PlainCaches } from "./plain-caches";
import { registers } from "./registers";

export { probe } from "./access";
export { dropAll } from "./caches";
export { clearProcessorMemory, configureProcessor } from "./configure";
export {
  CACHE_L1D,
  CACHE_L1I,
  CACHE_PDE,
  CACHE_PDPTE,
  CACHE_PML4E,
  CACHE_PML5E,
  CACHE_STLB,
  cacheEntries,
  cacheSet,
  cacheWays,
  earlierEntry,
  entryKey,
  entryTranslation,
  isFilled,
  latestEntry,
} from "./contents";
export { invlpg, invpcid, writeCr3, writeCr4 } from "./control";
export {
  ENTRY_NOT_PRESENT,
  ENTRY_PAGE,
  ENTRY_RESERVED,
  ENTRY_TABLE,
  kindOfEntry,
  levelOf,
  reservedBits,
  targetOf,
} from "./entries";
export { addressOfKey, isGlobalKey, levelOfKey, pcidOfKey } from "./keys";
export { bytesOf, makeBytes } from "./memory";
export {
  CR0_WP,
  CR4_LA57,
  CR4_PCIDE,
  CR4_PGE,
  CR4_PKE,
  CR4_PKS,
  CR4_SMAP,
  CR4_SMEP,
  EFER_NXE,
  REGISTER_CR0,
  REGISTER_CR2,
  REGISTER_CR3,
  REGISTER_CR4,
  REGISTER_EFER,
  REGISTER_MAX_PHY_ADDR,
  REGISTER_PAGES_1G,
  REGISTER_PKRS,
  REGISTER_PKRU,
  REGISTER_RFLAGS,
  RFLAGS_AC,
} from "./registers";
export {
  FOUND_IN_L1,
  FOUND_IN_STLB,
  OUTCOME_DONE,
  OUTCOME_MISSING,
  RESULT_ERROR_CODE,
  RESULT_LEVEL,
  RESULT_MISSING,
  RESULT_PAGES,
  RESULT_PAGE_BYTES,
  RESULT_PAGE_FOUND_IN,
  RESULT_PAGE_PHYSICAL_ADDRESS,
  RESULT_PAGE_TRANSLATION,
  RESULT_REASON,
  RESULT_STEPS,
  RESULT_STEP_ADDRESS,
  RESULT_STEP_AFTER,
  RESULT_STEP_BEFORE,
  RESULT_STEP_BYTES,
  RESULT_STEP_LEVEL,
  VECTOR_PF,
  resultAddress,
  resultPagesAddress,
  resultStepsAddress,
} from "./result";
export {
  ACCESS_FETCH,
  ACCESS_HINT,
  ACCESS_IMPLICIT,
  ACCESS_STACK,
  ACCESS_USER,
  ACCESS_WRITE,
  REASON_EXECUTE_DISABLE,
  REASON_NON_CANONICAL,
  REASON_NOT_PRESENT,
  REASON_PROTECTION_KEY,
  REASON_READ_ONLY,
  REASON_RESERVED_BIT,
  REASON_SMAP,
  REASON_SMEP,
  REASON_SUPERVISOR_PAGE,
} from "./rights";

/** An access by the plain caches: access.ts. */
export function access(va: u64, bytes: u32, access: u32): u32 {
  return accessBy<PlainCaches>(va, bytes, access);
}

export function registersAddress(): usize {
  return changetype<usize>(registers);
}
