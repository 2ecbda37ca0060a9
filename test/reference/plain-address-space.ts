/**
 * The memory of processes as a program sees it: bytes at addresses, and for each page what may be done with it. There are
 * no frames, no page tables, no TLBs and no swap: none of these may ever be noticed.
 *
 * A page is a record in a map, so that a VMA is no more than neighbours with the same rights. System calls are those of
 * Linux on x86-64 with 4-level paging: mmap(2), munmap(2), mprotect(2), brk(2), fork(2).
 *
 * Not modelled: MAP_GROWSDOWN, MAP_FIXED_NOREPLACE, files, the permission that mappings below 64 KiB need.
 */
import { isCanonical } from "./access.ts";

const PAGE_BYTES = 4096n;

/** First byte behind what may be mapped: Linux keeps the last page of the lower half empty. */
export const USER_END = 0x7fff_ffff_f000n;

/** Where mappings without an address go, downwards. Linux without randomisation. */
const MMAP_TOP = 0x7fff_f7ff_f000n;

/** Where the heap begins. */
export const HEAP_START = 0x5555_5575_f000n;

/** Bytes that one instruction loads or stores at most, and that one is long at most, as far as this model is concerned. */
const MAX_DATA_BYTES = 8;
const MAX_INSTRUCTION_BYTES = 15;

/** Any of `r`, `w` and `x`; hyphens stand for what is missing. */
export type PlainRights = string;

export type PlainError = "EINVAL" | "ENOMEM";

/** A SIGSEGV. */
export interface PlainFault {
  /** Of the first byte that may not be accessed. */
  address: bigint;
  /** No VMA; a VMA that forbids it; not canonical. */
  code: "SEGV_MAPERR" | "SEGV_ACCERR" | "SI_KERNEL";
}

export type PlainAccessKind = "read" | "write" | "fetch";

export interface PlainMapping {
  /** Replaces what is mapped there. `address` must be the first byte of a page. @default false */
  fixed?: boolean;
  /** Stays one memory after a fork. @default false */
  shared?: boolean;
  /**
   * Where the mapping was put by whom this model is compared with, if it had the choice: it may have any free range then.
   * @default the highest free range
   */
  placed?: bigint;
}

/** What stands in a page; `null`: zeros, as nothing was ever written. One cell may be in several processes. */
interface Cell {
  bytes: Uint8Array | null;
}

interface Page {
  rights: PlainRights;
  shared: boolean;
  cell: Cell;
}

export class PlainAddressSpace {
  /** By page number. */
  readonly #pages = new Map<number, Page>();
  #break = HEAP_START;

  /** What is mapped, ascending by page number. */
  mappings(): { page: number; rights: PlainRights; shared: boolean }[] {
    return [...this.#pages]
      .map(([page, { rights, shared }]) => ({ page, rights, shared }))
      .sort((one, other) => one.page - other.page);
  }

  /**
   * Maps zeros and returns the first address. `address` is taken if it is fixed, or if everything there is free: then as
   * the beginning of its page. `null` and 0, unless fixed, are no wish.
   *
   * EINVAL: no length, or a fixed address within a page. ENOMEM: beyond USER_END, or nothing free is so long.
   */
  mmap(address: bigint | null, length: bigint, rights: PlainRights, mapping: PlainMapping = {}): bigint | PlainError {
    const { fixed = false, shared = false, placed } = mapping;
    const bytes = roundUp(length);
    if (bytes <= 0n) return "EINVAL";
    if (bytes > USER_END) return "ENOMEM";
    let first: bigint;
    if (fixed) {
      if (address === null || address % PAGE_BYTES !== 0n) return "EINVAL";
      if (address + bytes > USER_END) return "ENOMEM";
      first = address;
    } else {
      const found = this.#placeFor(address === null ? 0n : roundDown(address), bytes, placed);
      if (found === null) return "ENOMEM";
      first = found;
    }
    for (const page of pagesOf(first, bytes)) this.#pages.set(page, { rights, shared, cell: { bytes: null } });
    return first;
  }

  /** Takes away what is mapped there, if anything is. EINVAL: no length, within a page, or beyond USER_END. */
  munmap(address: bigint, length: bigint): PlainError | null {
    const bytes = roundUp(length);
    if (bytes <= 0n || address % PAGE_BYTES !== 0n || address + bytes > USER_END) return "EINVAL";
    this.#unmap(address, bytes);
    return null;
  }

  /**
   * EINVAL: within a page. ENOMEM: some of it is not mapped. Unlike Linux, which has then changed what lies before the
   * hole, an error changes nothing.
   */
  mprotect(address: bigint, length: bigint, rights: PlainRights): PlainError | null {
    if (address % PAGE_BYTES !== 0n || length < 0n) return "EINVAL";
    const bytes = roundUp(length);
    if (address + bytes > USER_END) return bytes === 0n ? null : "ENOMEM";
    const pages = this.#mapped(address, bytes);
    if (BigInt(pages.length) !== bytes / PAGE_BYTES) return "ENOMEM";
    for (const page of pages) page.rights = rights;
    return null;
  }

  /**
   * Moves the end of the heap to `address` and returns where it is then: where it was, if it cannot go there, or if
   * `address` is `null`. The heap is whole pages; a page that the end has left is lost with its bytes.
   */
  brk(address: bigint | null): bigint {
    if (address === null || address < HEAP_START || address > USER_END) return this.#break;
    const oldEnd = roundUp(this.#break);
    const newEnd = roundUp(address);
    if (newEnd < oldEnd) this.#unmap(newEnd, oldEnd - newEnd);
    if (newEnd > oldEnd) {
      if (this.#mapped(oldEnd, newEnd - oldEnd).length > 0) return this.#break;
      for (const page of pagesOf(oldEnd, newEnd - oldEnd)) {
        this.#pages.set(page, { rights: "rw", shared: false, cell: { bytes: null } });
      }
    }
    this.#break = address;
    return address;
  }

  /** Returns a child with the same memory: shared pages are the same ones, all others are copied. */
  fork(): PlainAddressSpace {
    const child = new PlainAddressSpace();
    child.#break = this.#break;
    for (const [number, { rights, shared, cell }] of this.#pages) {
      const copied = shared ? cell : { bytes: cell.bytes === null ? null : cell.bytes.slice() };
      child.#pages.set(number, { rights, shared, cell: copied });
    }
    return child;
  }

  read(address: bigint, length: number): Uint8Array | PlainFault {
    return this.#load("read", address, length);
  }

  /** The bytes of instructions. */
  fetch(address: bigint, length: number): Uint8Array | PlainFault {
    return this.#load("fetch", address, length);
  }

  /** Writes all of `bytes`, or after a fault none of them. */
  write(address: bigint, bytes: Uint8Array): PlainFault | null {
    const fault = this.faultOf("write", address, bytes.length);
    if (fault !== null) return fault;
    for (const { page, offset, from, to } of piecesOf(address, bytes.length)) {
      const { cell } = this.#pages.get(page) as Page;
      cell.bytes ??= new Uint8Array(Number(PAGE_BYTES));
      cell.bytes.set(bytes.subarray(from, to), offset);
    }
    return null;
  }

  /**
   * Returns what stops an access, or `null`. What one instruction does is checked as a processor does: if any byte is not
   * canonical, that comes before all else. What is longer is the same as one byte after the other.
   */
  faultOf(kind: PlainAccessKind, address: bigint, length: number): PlainFault | null {
    if (length === 0) return null;
    const isOneInstruction = length <= (kind === "fetch" ? MAX_INSTRUCTION_BYTES : MAX_DATA_BYTES);
    // Only the first and the last byte can tell: the gap between the canonical halves is longer than any access.
    const last = BigInt.asUintN(64, address + BigInt(length - 1));
    if (!isCanonical(address)) return { address, code: "SI_KERNEL" };
    if (isOneInstruction && !isCanonical(last)) return { address: 1n << 47n, code: "SI_KERNEL" };
    for (const { page, offset } of piecesOf(address, length)) {
      const mapped = this.#pages.get(page);
      const first = BigInt(page) * PAGE_BYTES + BigInt(offset);
      if (mapped === undefined) return { address: first, code: "SEGV_MAPERR" };
      if (!permits(mapped.rights, kind)) return { address: first, code: "SEGV_ACCERR" };
    }
    return null;
  }

  #load(kind: "read" | "fetch", address: bigint, length: number): Uint8Array | PlainFault {
    const fault = this.faultOf(kind, address, length);
    if (fault !== null) return fault;
    const bytes = new Uint8Array(length);
    for (const { page, offset, from, to } of piecesOf(address, length)) {
      const stored = this.#pages.get(page)?.cell.bytes ?? null;
      if (stored !== null) bytes.set(stored.subarray(offset, offset + to - from), from);
    }
    return bytes;
  }

  #placeFor(wish: bigint, bytes: bigint, placed: bigint | undefined): bigint | null {
    const isFree = (first: bigint) => first + bytes <= USER_END && this.#mapped(first, bytes).length === 0;
    if (wish !== 0n && isFree(wish)) return wish;
    if (placed === undefined) return this.#highestFree(bytes);
    if (placed % PAGE_BYTES !== 0n || placed < 0n || !isFree(placed)) {
      throw new Error(`put where it cannot be: ${bytes} bytes at 0x${placed.toString(16)}`);
    }
    return placed;
  }

  /** Below MMAP_TOP. */
  #highestFree(bytes: bigint): bigint | null {
    let end = MMAP_TOP;
    for (const page of [...this.#pages.keys()].sort((one, other) => other - one)) {
      const first = BigInt(page) * PAGE_BYTES;
      if (first >= end) continue;
      if (end - (first + PAGE_BYTES) >= bytes) break;
      end = first;
    }
    return end >= bytes ? end - bytes : null;
  }

  #unmap(first: bigint, bytes: bigint): void {
    for (const page of this.#numbers(first, bytes)) this.#pages.delete(page);
  }

  #mapped(first: bigint, bytes: bigint): Page[] {
    return this.#numbers(first, bytes).map((page) => this.#pages.get(page) as Page);
  }

  /** The numbers of the mapped pages in a range. A long one is asked of the map, which is never as long. */
  #numbers(first: bigint, bytes: bigint): number[] {
    const begin = Number(first / PAGE_BYTES);
    const count = Number(bytes / PAGE_BYTES);
    if (count > this.#pages.size) {
      return [...this.#pages.keys()].filter((page) => page >= begin && page < begin + count);
    }
    return pagesOf(first, bytes).filter((page) => this.#pages.has(page));
  }
}

/** Linux on x86: a page that may be written or executed may be read. */
function permits(rights: PlainRights, kind: PlainAccessKind): boolean {
  if (kind === "write") return rights.includes("w");
  if (kind === "fetch") return rights.includes("x");
  return /[rwx]/.test(rights);
}

function roundDown(address: bigint): bigint {
  return address - (address % PAGE_BYTES);
}

function roundUp(address: bigint): bigint {
  return roundDown(address + PAGE_BYTES - 1n);
}

/** Page numbers of a range of whole pages. */
function pagesOf(first: bigint, bytes: bigint): number[] {
  const begin = Number(first / PAGE_BYTES);
  return Array.from({ length: Number(bytes / PAGE_BYTES) }, (_, index) => begin + index);
}

/** The part of an access that lies in one page: bytes `from` to `to`, `to` excluded, at `offset` in the page. */
interface Piece {
  page: number;
  offset: number;
  from: number;
  to: number;
}

/** Ascending. Page numbers are those of the 64-bit address, beyond whose end comes page 0. */
function piecesOf(address: bigint, length: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < length; ) {
    const at = BigInt.asUintN(64, address + BigInt(from));
    const offset = Number(at % PAGE_BYTES);
    const to = Math.min(length, from + Number(PAGE_BYTES) - offset);
    pieces.push({ page: Number(at / PAGE_BYTES), offset, from, to });
    from = to;
  }
  return pieces;
}
