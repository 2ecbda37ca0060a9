/** What an AddressSpace raises beside ConfigError and KernelError: what a program would get from the processor or from Linux. */
import type { Explanation } from "../report/explanation.ts";

/** What an access wants. */
export type AccessKind = "read" | "write" | "fetch";

/** A SIGSEGV: an access to memory that is not mapped, or not for that. The access has done nothing. */
export class SegmentationFault extends Error {
  override readonly name = "SegmentationFault";
  readonly signal = "SIGSEGV";
  /** Of the first byte that may not be accessed, 0..2^64-1. Linux tells si_addr 0 where `code` is SI_KERNEL. */
  readonly address: bigint;
  readonly access: AccessKind;
  /** Of the first byte of the access, and how many it has. */
  readonly start: bigint;
  readonly bytes: number;
  /** SEGV_MAPERR: nothing is mapped there. SEGV_ACCERR: what is does not allow it. SI_KERNEL: the address is not canonical. */
  readonly code: "SEGV_MAPERR" | "SEGV_ACCERR" | "SI_KERNEL";
  /** Of the page fault (#PF), bits as in the SDM; `null` where it was a general protection (#GP). */
  readonly errorCode: number | null;
  /** What the processor and Linux did, step by step: as `explain()` tells it. */
  readonly explanation: Explanation;
  constructor(
    access: AccessKind,
    { start, bytes }: { start: bigint; bytes: number },
    address: bigint,
    code: SegmentationFault["code"],
    errorCode: number | null,
    explanation: Explanation,
  ) {
    const of = address === start ? "" : ` (${access} of ${bytes} bytes from 0x${start.toString(16)})`;
    super(`${access} at 0x${address.toString(16)}${of}: ${WHY[code]}: SIGSEGV, ${code}`);
    this.access = access;
    this.start = start;
    this.bytes = bytes;
    this.address = address;
    this.code = code;
    this.errorCode = errorCode;
    this.explanation = explanation;
  }
}

const WHY = {
  SEGV_MAPERR: "nothing is mapped there",
  SEGV_ACCERR: "the mapping does not allow it",
  SI_KERNEL: "the address is not canonical",
} as const;

/** A system call that Linux would refuse; nothing has changed. */
export class SystemCallError extends Error {
  override readonly name = "SystemCallError";
  readonly call: "mmap" | "munmap" | "mprotect";
  /** errno, by its name. */
  readonly code: "EINVAL" | "ENOMEM" | "EPERM";
  /** What was found, and what is allowed, in words. */
  readonly got: string;
  readonly allowed: string;
  constructor(call: SystemCallError["call"], code: SystemCallError["code"], got: string, allowed: string) {
    super(`${call}: ${code}: got ${got}; allowed: ${allowed}`);
    this.call = call;
    this.code = code;
    this.got = got;
    this.allowed = allowed;
  }
}
