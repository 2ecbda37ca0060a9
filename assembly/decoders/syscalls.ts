/**
 * Lines about system calls that take pages away or change their rights, as Valgrind writes them into the log with
 * `--trace-syscalls=yes`. Specification: valgrind 3.19, m_syswrap/syswrap-main.c (VG_(client_syscall)), syswrap-generic.c
 * (sys_munmap, sys_mprotect, sys_mremap).
 *
 *   SYSCALL[5202,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0)
 *   SYSCALL[5202,1](10) sys_mprotect ( 0x4a17000, 16384, 1 )[sync] --> Success(0x0)
 *   SYSCALL[5202,1](25) sys_mremap ( 0x4a2d000, 442368, 4096, 0x1 ) --> [pre-success] Success(0x4a2d000)
 *
 * Process, thread and number of the call; of munmap address and size; of mprotect also the rights; of mremap old address,
 * old size, new size, flags (and with MREMAP_FIXED the new address), and the address now. Calls that failed, or went on in
 * another line, change nothing.
 * Not modelled: what a new mapping replaces.
 */
import { DIGIT_0, SPACE, hexDigit, skipHex } from "./text";
import { PAGE_BYTES, PAGE_SHIFT, isCanonical } from "../paging";

/** Longer ranges are none: the canonical halves are 2^47 bytes each. */
const MAX_BYTES: u64 = 1 << 63;

/** What a line says: nothing of a call, or the end of one that another line told of; a call; one that changed pages. */
export const CALL_NONE: u32 = 0;
export const CALL_OTHER: u32 = 1;
export const CALL_UNMAP: u32 = 2;
export const CALL_PROTECT: u32 = 3;

/** The first and the last page of what the latest line took away or changed, and the rights that it has since. */
export let firstPage: u64 = 0;
export let lastPage: u64 = 0;
export let rightsNow: u32 = 0;
/** Bits of a PROT_ that are rights: read, write, execute. */
const PROT_RIGHTS: u64 = 7;

/** What of the line is still to be read. */
let at: usize = 0;
let end: usize = 0;
/** The number read last. */
let number: u64 = 0;

/** Whether the line from `start` to `lineEnd` took pages away: then firstPage and lastPage say which. */
export function tellsOfUnmap(start: usize, lineEnd: usize): bool {
  return readsHead(start, lineEnd) && takesAway();
}

/** What the line from `start` to `lineEnd` says, a CALL_: then firstPage, lastPage and rightsNow have the rest. */
export function readCall(start: usize, lineEnd: usize): u32 {
  if (!readsHead(start, lineEnd)) return CALL_NONE;
  const name = at;
  if (reads("sys_mprotect ( 0x")) return readsMprotect() ? CALL_PROTECT : CALL_OTHER;
  if (takesAway()) return CALL_UNMAP;
  at = name;
  return reads("... ") ? CALL_NONE : CALL_OTHER;
}

/** Reads up to the name of the call. */
function readsHead(start: usize, lineEnd: usize): bool {
  at = start;
  end = lineEnd;
  if (!(reads("SYSCALL[") && readsDecimal() && reads(",") && readsDecimal() && reads("]("))) return false;
  while (at < end && <u32>load<u8>(at) == SPACE) at++;
  return readsDecimal() && reads(") ");
}

function takesAway(): bool {
  if (reads("sys_munmap ( 0x")) return readsMunmap();
  return reads("sys_mremap ( 0x") && readsMremap();
}

function readsMprotect(): bool {
  if (!readsHex()) return false;
  const va = number;
  if (!(reads(", ") && readsDecimal())) return false;
  const bytes = number;
  if (!(reads(", ") && readsDecimal())) return false;
  rightsNow = <u32>(number & PROT_RIGHTS);
  return reads(" )[sync] --> Success(0x0)") && readsEnd() && concerns(va, bytes);
}

function readsMunmap(): bool {
  if (!readsHex()) return false;
  const va = number;
  if (!(reads(", ") && readsDecimal())) return false;
  const bytes = number;
  return reads(" )[sync] --> Success(0x0)") && readsEnd() && concerns(va, bytes);
}

function readsMremap(): bool {
  if (!readsHex()) return false;
  const va = number;
  if (!(reads(", ") && readsDecimal())) return false;
  const oldBytes = number;
  if (!(reads(", ") && readsDecimal())) return false;
  const newBytes = number;
  if (!(reads(", 0x") && readsHex())) return false;
  if (reads(", 0x") && !readsHex()) return false;
  if (!(reads(" ) --> [pre-success] Success(0x") && readsHex() && reads(")") && readsEnd())) return false;
  if (number != va) return concerns(va, oldBytes);
  if (newBytes >= oldBytes) return false;
  const kept = (newBytes + PAGE_BYTES - 1) & ~(<u64>PAGE_BYTES - 1);
  return oldBytes > kept && concerns(va + kept, oldBytes - kept);
}

/** Tells of the pages of `bytes` bytes at `va`. False if no system call can have taken them away or changed them. */
function concerns(va: u64, bytes: u64): bool {
  if ((va & (PAGE_BYTES - 1)) != 0 || bytes == 0 || bytes > MAX_BYTES) return false;
  firstPage = va >> PAGE_SHIFT;
  lastPage = (va + bytes - 1) >> PAGE_SHIFT;
  return firstPage <= lastPage && isCanonical(firstPage) && isCanonical(lastPage);
}

/** Whether `text`, of one-byte characters, comes next; if so it is read. */
function reads(text: string): bool {
  const length = <usize>text.length;
  if (end - at < length) return false;
  for (let index: usize = 0; index < length; index++) {
    if (<i32>load<u8>(at + index) != text.charCodeAt(<i32>index)) return false;
  }
  at += length;
  return true;
}

/** Reads a number of at most 64 bits. */
function readsHex(): bool {
  const start = at;
  at = skipHex(start, end);
  number = 0;
  for (let digit = start; digit < at; digit++) {
    if (number >> 60 != 0) return false;
    number = (number << 4) | hexDigit(<u32>load<u8>(digit));
  }
  return at > start;
}

/** Reads a number below 10^19. */
function readsDecimal(): bool {
  const start = at;
  number = 0;
  while (at < end) {
    const digit = <u32>load<u8>(at) - DIGIT_0;
    if (digit > 9) break;
    if (number >= 1_000_000_000_000_000_000) return false;
    number = number * 10 + digit;
    at++;
  }
  return at > start;
}

/** Whether nothing but blanks comes next. */
function readsEnd(): bool {
  while (at < end && <u32>load<u8>(at) == SPACE) at++;
  return at == end;
}
