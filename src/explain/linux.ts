/** What Linux for x86-64 makes of a fault, from arch/x86/mm/fault.c and arch/x86/kernel/traps.c of Linux 6. */
import type { ExplainedAccess, ExplainedFault, FaultReason } from "../report/explanation.ts";

/** TASK_SIZE_MAX: addresses from here on are the kernel's to Linux, the last page of the lower half included. */
const PROGRAM_END = { 48: (1n << 47n) - 4096n, 57: (1n << 56n) - 4096n };

/** _PAGE_PROTNONE, which is G of an entry that is present. */
const PROT_NONE = 1n << 8n;
/** Address bits that no memory reaches: 1 only in an entry whose address is inverted. */
const INVERTED = 0x000f_c000_0000_0000n;

/** Tells whether an entry that is not present, at the level of pages, is one that Linux writes for PROT_NONE. */
export function isProtNone(entry: bigint): boolean {
  return (entry & 1n) === 0n && (entry & PROT_NONE) !== 0n && (entry & INVERTED) === INVERTED;
}

/** Tells whether `va` is beyond what programs can map. */
export function isKernelAddress(va: bigint, addressBits: 48 | 57): boolean {
  return va >= PROGRAM_END[addressBits];
}

/** The signal of a fault that Linux cannot resolve. */
export function signalOf(
  kind: FaultReason,
  vector: number,
  { privilege }: ExplainedAccess,
  { kernelAddress, protNone }: { kernelAddress: boolean; protNone: boolean },
): Pick<ExplainedFault, "signal" | "code"> {
  if (privilege === "supervisor") return { signal: null, code: null };
  if (kind === "non-canonical") return { signal: vector === 12 ? "SIGBUS" : "SIGSEGV", code: "SI_KERNEL" };
  // pgtable_bad() ends the process in an oops, and not through the signal's delivery.
  if (kind === "reserved-bit" && !kernelAddress) return { signal: "SIGKILL", code: null };
  // Whatever there is: programs are not to find out.
  if (kernelAddress) return { signal: "SIGSEGV", code: "SEGV_MAPERR" };
  if (kind === "protection-key") return { signal: "SIGSEGV", code: "SEGV_PKUERR" };
  return { signal: "SIGSEGV", code: kind === "not-present" && !protNone ? "SEGV_MAPERR" : "SEGV_ACCERR" };
}
