/**
 * Registers and features of the processor. Paging is on and the processor in 64-bit mode (CR0.PG, CR4.PAE, EFER.LMA)
 * whatever they hold.
 */
import { PTE_ADDRESS, TOP_LEVEL_LA57, VA_BITS, VA_BITS_LA57, isSignExtended } from "../paging";
import { topLevel as tablesTopLevel } from "./granule";

// SDM Vol. 3A, "Control Registers", "Extended Feature Enable Register", "System Flags and Fields in the EFLAGS Register".
export const CR0_WP: u64 = 1 << 16;
export const CR4_PGE: u64 = 1 << 7;
export const CR4_LA57: u64 = 1 << 12;
export const CR4_PCIDE: u64 = 1 << 17;
export const CR4_SMEP: u64 = 1 << 20;
export const CR4_SMAP: u64 = 1 << 21;
export const CR4_PKE: u64 = 1 << 22;
export const CR4_PKS: u64 = 1 << 24;
export const EFER_NXE: u64 = 1 << 11;
export const RFLAGS_AC: u64 = 1 << 18;
/** Bits of CR3 that are the PCID while CR4.PCIDE is 1. */
export const CR3_PCID: u64 = 0xfff;
/** Bit of a value moved to CR3, with CR4.PCIDE: translations stay valid. */
export const CR3_NO_FLUSH: u64 = 1 << 63;
/** Bits of a physical address at most. */
const PHYSICAL_BITS: u64 = 52;

@final
@unmanaged
class Registers {
  cr0: u64;
  cr2: u64;
  cr3: u64;
  cr4: u64;
  efer: u64;
  rflags: u64;
  pkru: u64;
  pkrs: u64;
  /** Bits of a physical address, 32..52. */
  maxPhyAddr: u64;
  /** Whether there are 1 GiB pages: 0 or 1. */
  pages1G: u64;

  @inline
  get topLevel(): u32 {
    return this.cr4 & CR4_LA57 ? TOP_LEVEL_LA57 : tablesTopLevel;
  }

  @inline
  get addressBits(): u32 {
    return this.cr4 & CR4_LA57 ? VA_BITS_LA57 : VA_BITS;
  }

  /** The tag of translations that are not global. */
  @inline
  get pcid(): u64 {
    return this.cr4 & CR4_PCIDE ? this.cr3 & CR3_PCID : 0;
  }

  /** Physical address of the table of the top level. */
  @inline
  get topTable(): u64 {
    return this.cr3 & PTE_ADDRESS;
  }

  /** Bits 51:MAXPHYADDR, reserved in CR3 and in every present entry. */
  @inline
  get unimplementedAddress(): u64 {
    return (((<u64>1) << PHYSICAL_BITS) - 1) & ~(((<u64>1) << this.maxPhyAddr) - 1);
  }

  /** SDM Vol. 1, "Canonical Addressing". */
  @inline
  isCanonical(va: u64): bool {
    return isSignExtended(va, this.addressBits);
  }
}

const BYTES: usize = offsetof<Registers>();
const address: usize = memory.data(offsetof<Registers>(), 8);
export const registers = changetype<Registers>(address);

export function resetRegisters(): void {
  memory.fill(address, 0, BYTES);
}

export const REGISTER_CR0: u32 = offsetof<Registers>("cr0");
export const REGISTER_CR2: u32 = offsetof<Registers>("cr2");
export const REGISTER_CR3: u32 = offsetof<Registers>("cr3");
export const REGISTER_CR4: u32 = offsetof<Registers>("cr4");
export const REGISTER_EFER: u32 = offsetof<Registers>("efer");
export const REGISTER_RFLAGS: u32 = offsetof<Registers>("rflags");
export const REGISTER_PKRU: u32 = offsetof<Registers>("pkru");
export const REGISTER_PKRS: u32 = offsetof<Registers>("pkrs");
export const REGISTER_MAX_PHY_ADDR: u32 = offsetof<Registers>("maxPhyAddr");
export const REGISTER_PAGES_1G: u32 = offsetof<Registers>("pages1G");
