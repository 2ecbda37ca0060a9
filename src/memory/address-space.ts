/** The memory of a process as its program sees it. */
import { oneOf } from "../config/lists.ts";
import { LEAF_LEVELS } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import type { Hits, Refusal } from "../kernel/address-space.ts";
import { ANONYMOUS, HEAP } from "../regions/names.ts";
import { type Region, roundUp } from "../regions/region.ts";
import type { Explanation } from "../report/explanation.ts";
import { type Address, addressOf, bytesOf, dataOf, nameOf, type Rights, rightsOf } from "./arguments.ts";
import { type AddressSpaceCounters, countersOf } from "./counters.ts";
import { type AccessKind, SegmentationFault, SystemCallError } from "./errors.ts";
import { Machine } from "./machine.ts";
import type { MachineOptions } from "./options.ts";
import { bytesOfText, ENCODINGS, type Encoding, textOf } from "./text.ts";

const ACCESS_KINDS = ["read", "write", "fetch"] as const satisfies readonly AccessKind[];
const HUGE_PAGES = ["2M", "1G"] as const;

const PAGE_SHIFT = 12n;
const PAGE_BYTES = 1n << PAGE_SHIFT;
/** First byte that programs cannot map: Linux keeps the last page of the lower half empty. */
const USER_END = 0x7fff_ffff_f000n;
/** Below it mappings are placed, and above it is room for a stack: Linux without randomisation. */
const MMAP_TOP = 0x7fff_f7ff_f000n;
/** Where the heap begins, as that of a position-independent program without randomisation. */
const HEAP_START = 0x5555_5575_f000n;

const MAX_STRING_BYTES = 1 << 20;
/** Bytes that are moved at once. */
const MAX_PART_BYTES = 4096;

/** How mmap() maps. */
export interface MmapOptions {
  /** At `address` and nowhere else (MAP_FIXED), in place of what is mapped there. @default false */
  fixed?: boolean;
  /** One memory with the children that fork() makes (MAP_SHARED), not a copy of their own. @default false */
  shared?: boolean;
  /** Size of the pages in the parts that are whole pages of it and aligned; the rest has 4 KiB pages. @default all 4 KiB */
  hugePages?: (typeof HUGE_PAGES)[number];
  /** What regions() and explanations call it; 512 characters at most. @default "mmap anon" */
  name?: string;
}

/** What is mapped: neighbours that differ in nothing are one. */
export interface MappedRegion extends Region {
  /** Whether it is one memory with those of parents and children. */
  shared: boolean;
  /** Of the pages where they fit. */
  pageSize: "4K" | "2M" | "1G";
}

/** How text lies in memory. */
export interface StringOptions {
  /** @default "utf-8" */
  encoding?: Encoding;
}

/**
 * The virtual memory of one process of a simulated x86-64 machine with Linux: mappings, pages that appear when they are
 * touched, copy-on-write, swap. Every access goes through TLBs, page walk and rights to bytes in physical memory.
 *
 * Addresses are numbers, or bigints where they are beyond 2^53 - 1. Calls return numbers, since programs have no memory
 * beyond 2^47; what describes memory (regions(), SegmentationFault) has bigints. Values in memory are little-endian, at any
 * address, across pages as well. An access to what is not mapped, or not for that, throws SegmentationFault and does
 * nothing; one for which there is neither a frame nor swap left throws KernelError, and what of it was written before stays.
 */
export class AddressSpace {
  readonly #machine: Machine;
  readonly #process: number;
  readonly #hits: Hits;
  #break: bigint;
  #closed = false;

  private constructor(machine: Machine, process: number, heapEnd: bigint) {
    this.#machine = machine;
    this.#process = process;
    this.#hits = machine.kernel.hits;
    this.#break = heapEnd;
  }

  /**
   * The first process of a new machine, with nothing mapped. Rejects with ConfigError if an option is not what it may be,
   * and with KernelError if there is no memory for it. `module`: a WebAssembly.Module instead of the package's.
   */
  static async create(options: MachineOptions = {}, module?: object): Promise<AddressSpace> {
    const machine = await Machine.create(options, module);
    return new AddressSpace(machine, machine.kernel.makeProcess(), HEAP_START);
  }

  /** Another process of the same machine, in the same physical memory, with nothing mapped. Throws KernelError. */
  spawn(): AddressSpace {
    this.#checkOpen();
    return new AddressSpace(this.#machine, this.#machine.kernel.makeProcess(), HEAP_START);
  }

  /**
   * A child with the same memory: shared mappings are the same, of all others each has its own copy, which is made page by
   * page when one of them writes. Throws KernelError.
   */
  fork(): AddressSpace {
    this.#checkOpen();
    return new AddressSpace(this.#machine, this.#machine.kernel.fork(this.#process), this.#break);
  }

  /** Ends the process, and frees its memory. Every later call but this one throws ConfigError. */
  close(): void {
    if (this.#closed) return;
    if (this.#machine.running === this) this.#machine.running = null;
    this.#closed = true;
    this.#machine.kernel.exit(this.#process);
  }

  /**
   * Maps `length` bytes of zeros, rounded up to whole pages, and returns the address of the first. `address` is a wish
   * unless `fixed`: it is taken, as the beginning of its page, if all is free there. Else, and for `null`, it is the highest
   * free place below 0x7ffff7fff000; large pages are aligned there.
   *
   * Throws SystemCallError: EINVAL for no length, or a fixed address within a page; EPERM for a fixed one below
   * `mmapMinAddress`; ENOMEM where there is no room, or beyond 0x7ffffffff000. Throws ConfigError for what is no argument.
   */
  mmap(address: Address | null, length: Address, rights: Rights, options: MmapOptions = {}): number {
    this.#checkOpen();
    const { fixed = false, shared = false, hugePages, name = ANONYMOUS } = options;
    const permissions = rightsOf(rights);
    const number = this.#machine.numberOf(nameOf(name));
    const leafLevel = LEAF_LEVELS[hugePages === undefined ? "4K" : oneOf(HUGE_PAGES, hugePages, "hugePages")];
    const bytes = roundUp(addressOf(length, "length"));
    if (bytes === 0n) throw new SystemCallError("mmap", "EINVAL", "length 0", "1 byte or more");
    if (bytes > USER_END) throw noRoom(bytes);
    const wish = address === null ? null : addressOf(address);
    const first = fixed ? this.#fixedAt(wish, bytes) : this.#placeFor(wish, bytes, leafLevel);
    const [firstPage, lastPage] = pagesOf(first, bytes);
    this.#machine.kernel.map(this.#process, {
      ...{ firstPage, lastPage, permissions, shared, leafLevel },
      name: number,
    });
    return Number(first);
  }

  /**
   * Unmaps what is mapped in `length` bytes from `address`, rounded up to whole pages. Throws SystemCallError, EINVAL: an
   * address within a page, no length, or a range beyond 0x7ffffffff000.
   */
  munmap(address: Address, length: Address): void {
    this.#checkOpen();
    const first = addressOf(address);
    const bytes = roundUp(addressOf(length, "length"));
    checkAligned("munmap", first);
    if (bytes === 0n) throw new SystemCallError("munmap", "EINVAL", "length 0", "1 byte or more");
    if (first + bytes > USER_END) {
      throw new SystemCallError(
        "munmap",
        "EINVAL",
        rangeText(first, bytes),
        "a range that ends at 0x7ffffffff000 at most",
      );
    }
    this.#machine.kernel.unmap(this.#process, ...pagesOf(first, bytes));
  }

  /**
   * Gives `length` bytes from `address`, rounded up to whole pages, other rights. Throws SystemCallError: EINVAL for an
   * address within a page; ENOMEM if some of it is not mapped: unlike Linux, nothing has changed then.
   */
  mprotect(address: Address, length: Address, rights: Rights): void {
    this.#checkOpen();
    const permissions = rightsOf(rights);
    const first = addressOf(address);
    const bytes = roundUp(addressOf(length, "length"));
    checkAligned("mprotect", first);
    if (bytes === 0n) return;
    const pages = pagesOf(first, bytes);
    if (first + bytes > USER_END || !this.#machine.kernel.isMapped(this.#process, ...pages)) {
      throw new SystemCallError("mprotect", "ENOMEM", rangeText(first, bytes), "a range that is mapped, without holes");
    }
    this.#machine.kernel.protect(this.#process, ...pages, permissions);
  }

  /**
   * Moves the end of the heap to `address`, and returns where it is then: unmoved if it is `null`, below the heap's beginning
   * (0x55555575f000), or something else is in the way. The heap has whole pages.
   */
  brk(address: Address | null): number {
    this.#checkOpen();
    const wanted = address === null ? this.#break : addressOf(address);
    if (wanted < HEAP_START || wanted > USER_END) return Number(this.#break);
    const [before, after] = [roundUp(this.#break), roundUp(wanted)];
    const { kernel } = this.#machine;
    if (after < before) kernel.unmap(this.#process, ...pagesOf(after, before - after));
    if (after > before) {
      const [firstPage, lastPage] = pagesOf(before, after - before);
      if (!kernel.isFree(this.#process, firstPage, lastPage)) return Number(this.#break);
      const name = this.#machine.numberOf(HEAP);
      kernel.map(this.#process, { firstPage, lastPage, permissions: "rw-", shared: false, leafLevel: 1, name });
    }
    this.#break = wanted;
    return Number(wanted);
  }

  /** What is mapped, by address. */
  regions(): MappedRegion[] {
    this.#checkOpen();
    const regions: MappedRegion[] = [];
    for (const mapping of this.#machine.kernel.mappings(this.#process)) {
      const { permissions, shared, leafLevel } = mapping;
      const region: MappedRegion = {
        start: mapping.firstPage << PAGE_SHIFT,
        end: (mapping.lastPage + 1n) << PAGE_SHIFT,
        permissions,
        name: this.#machine.nameOf(mapping),
        file: null,
        fromRecord: 0,
        toRecord: null,
        shared,
        pageSize: leafLevel === 1 ? "4K" : leafLevel === 2 ? "2M" : "1G",
      };
      const before = regions.at(-1);
      if (before !== undefined && continues(before, region)) before.end = region.end;
      else regions.push(region);
    }
    return regions;
  }

  /** What the whole machine has counted since it was created, of all its processes. */
  counters(): AddressSpaceCounters {
    this.#checkOpen();
    return countersOf(this.#machine.kernel);
  }

  /** Where the byte at `address` lies in physical memory now; `null` if its page is not there. Touches nothing. */
  translate(address: Address): number | null {
    const va = addressOf(address);
    this.#run();
    const [translation] = this.#machine.kernel.processor.probe({
      va,
      kind: "read",
      privilege: "supervisor",
    }).translations;
    return translation === undefined ? null : Number(translation.physicalAddress);
  }

  /**
   * What an access to the byte at `address` would come to, and why, step by step: from the top table, as if no TLB had the
   * page. Touches nothing.
   */
  explain(address: Address, access: AccessKind = "read"): Explanation {
    const va = addressOf(address);
    const kind = oneOf(ACCESS_KINDS, access, "access");
    this.#run();
    return this.#machine.explain(this.#process, va, kind);
  }

  /** Reads `length` bytes, up to 2^30. */
  read(address: Address, length: number): Uint8Array {
    return this.#load(addressOf(address), bytesOf(length), "read");
  }

  /** Reads `length` bytes as the processor reads instructions: the page must be executable, and the ITLB looks it up. */
  fetch(address: Address, length: number): Uint8Array {
    return this.#load(addressOf(address), bytesOf(length), "fetch");
  }

  /** Writes `bytes`, up to 2^30 of them: all, or none where one may not be written. */
  write(address: Address, bytes: Uint8Array): void {
    this.#store(addressOf(address), dataOf(bytes));
  }

  read8(address: Address): number {
    if (this.#machine.running !== this) this.#run();
    const value = this.#hits.hitLoad8(numberOf(address));
    return value >= 0 ? value : this.#loaded(address, 1, "read").getUint8(0);
  }

  read16(address: Address): number {
    if (this.#machine.running !== this) this.#run();
    const value = this.#hits.hitLoad16(numberOf(address));
    return value >= 0 ? value : this.#loaded(address, 2, "read").getUint16(0, true);
  }

  read32(address: Address): number {
    if (this.#machine.running !== this) this.#run();
    const value = this.#hits.hitLoad32(numberOf(address));
    return value >= 0 ? value : this.#loaded(address, 4, "read").getUint32(0, true);
  }

  read64(address: Address): bigint {
    const at = this.#loadHitAt(address, 8);
    return at !== 0
      ? this.#machine.kernel.view().getBigUint64(at, true)
      : this.#loaded(address, 8, "read").getBigUint64(0, true);
  }

  readInt8(address: Address): number {
    return (this.read8(address) << 24) >> 24;
  }

  readInt16(address: Address): number {
    return (this.read16(address) << 16) >> 16;
  }

  readInt32(address: Address): number {
    return this.read32(address) | 0;
  }

  readInt64(address: Address): bigint {
    return BigInt.asIntN(64, this.read64(address));
  }

  readFloat32(address: Address): number {
    const at = this.#loadHitAt(address, 4);
    return at !== 0
      ? this.#machine.kernel.view().getFloat32(at, true)
      : this.#loaded(address, 4, "read").getFloat32(0, true);
  }

  readFloat64(address: Address): number {
    const at = this.#loadHitAt(address, 8);
    return at !== 0
      ? this.#machine.kernel.view().getFloat64(at, true)
      : this.#loaded(address, 8, "read").getFloat64(0, true);
  }

  /** Two bytes of an instruction. */
  fetch16(address: Address): number {
    if (this.#machine.running !== this) this.#run();
    const value = this.#hits.hitFetch16(numberOf(address));
    return value >= 0 ? value : this.#loaded(address, 2, "fetch").getUint16(0, true);
  }

  /** Four bytes of an instruction. */
  fetch32(address: Address): number {
    if (this.#machine.running !== this) this.#run();
    const value = this.#hits.hitFetch32(numberOf(address));
    return value >= 0 ? value : this.#loaded(address, 4, "fetch").getUint32(0, true);
  }

  /** Writes `value` modulo 2^8, as DataView does; likewise all below. */
  write8(address: Address, value: number): void {
    if (this.#machine.running !== this) this.#run();
    if (this.#hits.hitStore8(numberOf(address), value) !== 0) return;
    this.#toStore().setUint8(0, value);
    this.#stored(address, 1);
  }

  write16(address: Address, value: number): void {
    if (this.#machine.running !== this) this.#run();
    if (this.#hits.hitStore16(numberOf(address), value) !== 0) return;
    this.#toStore().setUint16(0, value, true);
    this.#stored(address, 2);
  }

  write32(address: Address, value: number): void {
    if (this.#machine.running !== this) this.#run();
    if (this.#hits.hitStore32(numberOf(address), value) !== 0) return;
    this.#toStore().setUint32(0, value, true);
    this.#stored(address, 4);
  }

  write64(address: Address, value: bigint): void {
    const at = this.#storeHitAt(address, 8);
    if (at !== 0) this.#machine.kernel.view().setBigUint64(at, value, true);
    else {
      this.#toStore().setBigUint64(0, value, true);
      this.#stored(address, 8);
    }
  }

  writeFloat32(address: Address, value: number): void {
    const at = this.#storeHitAt(address, 4);
    if (at !== 0) this.#machine.kernel.view().setFloat32(at, value, true);
    else {
      this.#toStore().setFloat32(0, value, true);
      this.#stored(address, 4);
    }
  }

  writeFloat64(address: Address, value: number): void {
    const at = this.#storeHitAt(address, 8);
    if (at !== 0) this.#machine.kernel.view().setFloat64(at, value, true);
    else {
      this.#toStore().setFloat64(0, value, true);
      this.#stored(address, 8);
    }
  }

  /**
   * The text from `address` up to the first byte 0, or to `maxBytes`. Nothing behind these is read.
   *
   * @param options.maxBytes 0 to 2^30. @default 1 MiB
   */
  readString(
    address: Address,
    { encoding = "utf-8", maxBytes = MAX_STRING_BYTES }: StringOptions & { maxBytes?: number } = {},
  ): string {
    oneOf(ENCODINGS, encoding, "encoding");
    const bytes = this.#textAt(addressOf(address), bytesOf(maxBytes, "maxBytes"));
    return textOf(bytes, encoding);
  }

  /** Writes `text` and a byte 0 behind it, and returns how many bytes that is. Throws ConfigError for what latin1 has not. */
  writeString(address: Address, text: string, { encoding = "utf-8" }: StringOptions = {}): number {
    oneOf(ENCODINGS, encoding, "encoding");
    const bytes = bytesOfText(`${text}\0`, encoding);
    this.write(address, bytes);
    return bytes.length;
  }

  /** Where `size` bytes to be read lie in the kernel's memory, if that is a hit; else 0. */
  #loadHitAt(address: Address, size: number): number {
    if (this.#machine.running !== this) this.#run();
    return this.#hits.hitLoadAt(numberOf(address), size) >>> 0;
  }

  /** The same, where they are to be written. */
  #storeHitAt(address: Address, size: number): number {
    if (this.#machine.running !== this) this.#run();
    return this.#hits.hitStoreAt(numberOf(address), size) >>> 0;
  }

  /** The value of `size` bytes, 1..8, at `address`; it is read at once. */
  #loaded(address: Address, size: number, kind: "read" | "fetch"): DataView {
    this.#move(address, size, kind);
    return this.#machine.kernel.values();
  }

  /** Where a value has to be before it is stored. */
  #toStore(): DataView {
    return this.#machine.kernel.values();
  }

  #stored(address: Address, size: number): void {
    this.#move(address, size, "write");
  }

  #move(address: Address, size: number, kind: AccessKind): void {
    this.#run();
    const va =
      typeof address === "number" && address >= 0 && Number.isSafeInteger(address) ? address : addressOf(address);
    const refusal = this.#machine.kernel.moveValue(va, size, kind);
    if (refusal !== null) this.#fault(refusal, BigInt(va), size, kind);
  }

  #load(va: bigint, length: number, kind: "read" | "fetch"): Uint8Array<ArrayBuffer> {
    this.#judge(va, length, kind);
    const bytes = new Uint8Array(length);
    for (let from = 0; from < length; ) {
      const to = endOfPart(va, from, length);
      const refusal = this.#machine.kernel.load(va + BigInt(from), bytes.subarray(from, to), kind);
      if (refusal !== null) this.#fault(refusal, va, length, kind);
      from = to;
    }
    return bytes;
  }

  #store(va: bigint, bytes: Uint8Array): void {
    const { length } = bytes;
    this.#judge(va, length, "write");
    for (let from = 0; from < length; ) {
      const to = endOfPart(va, from, length);
      const refusal = this.#machine.kernel.store(va + BigInt(from), bytes.subarray(from, to));
      if (refusal !== null) this.#fault(refusal, va, length, "write");
      from = to;
    }
  }

  /** Throws SegmentationFault unless a long access may be made whole. Short ones are judged when they are made. */
  #judge(va: bigint, length: number, kind: AccessKind): void {
    this.#run();
    if (length <= MAX_PART_BYTES) return;
    const refusal = this.#machine.kernel.judge(va, length, kind);
    if (refusal !== null) this.#fault(refusal, va, length, kind);
  }

  /** The bytes of a text, which are read up to the end of a page at a time. */
  #textAt(va: bigint, maxBytes: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (length < maxBytes) {
      const at = va + BigInt(length);
      const part = this.#load(at, Math.min(maxBytes - length, Number(PAGE_BYTES - (at % PAGE_BYTES))), "read");
      const end = part.indexOf(0);
      parts.push(end < 0 ? part : part.subarray(0, end));
      length += end < 0 ? part.length : end;
      if (end >= 0) break;
    }
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      bytes.set(part, offset);
      offset += part.length;
    }
    return bytes;
  }

  #fault(refusal: Refusal, start: bigint, bytes: number, kind: AccessKind): never {
    const { kernel } = this.#machine;
    const [address, errorCode] = [kernel.stoppedAt(), kernel.errorCode()];
    const explanation = this.#machine.explain(this.#process, address, kind);
    const isPageFault = refusal !== "non-canonical";
    throw new SegmentationFault(
      kind,
      { start, bytes },
      address,
      CODES[refusal],
      isPageFault ? errorCode : null,
      explanation,
    );
  }

  /** Has this process run. */
  #run(): void {
    if (this.#machine.running === this) return;
    this.#checkOpen();
    this.#machine.kernel.switchTo(this.#process);
    this.#machine.running = this;
  }

  #checkOpen(): void {
    if (this.#closed) throw new ConfigError("space", "one that was closed", "a process that has not ended");
  }

  #fixedAt(wish: bigint | null, bytes: bigint): bigint {
    if (wish === null) throw new SystemCallError("mmap", "EINVAL", "no address", "an address, where it is fixed");
    checkAligned("mmap", wish);
    if (wish + bytes > USER_END) throw noRoom(bytes, wish);
    const lowest = this.#machine.mmapMinAddress;
    if (wish >= lowest) return wish;
    const allowed = `0x${lowest.toString(16)} or above (mmapMinAddress, as vm.mmap_min_addr of Linux)`;
    throw new SystemCallError("mmap", "EPERM", `fixed address 0x${wish.toString(16)}`, allowed);
  }

  #placeFor(wish: bigint | null, bytes: bigint, leafLevel: 1 | 2 | 3): bigint {
    const { kernel, mmapMinAddress } = this.#machine;
    const wished = wish === null ? 0n : wish & -PAGE_BYTES;
    if (wished !== 0n) {
      const first = wished < mmapMinAddress ? mmapMinAddress : wished;
      if (first + bytes <= USER_END && kernel.isFree(this.#process, ...pagesOf(first, bytes))) return first;
    }
    const [alignment, pages] = [1n << BigInt(9 * (leafLevel - 1)), bytes >> PAGE_SHIFT];
    // Page 0 is no answer of the kernel's, and nobody wants to be placed there.
    const lowest = mmapMinAddress === 0n ? 1n : mmapMinAddress >> PAGE_SHIFT;
    const find = (aligned: bigint) => kernel.freePages(this.#process, pages, aligned, lowest, MMAP_TOP >> PAGE_SHIFT);
    const page = find(alignment) ?? (leafLevel > 1 ? find(1n) : null);
    if (page === null) throw noRoom(bytes);
    return page << PAGE_SHIFT;
  }
}

const CODES = {
  "not-mapped": "SEGV_MAPERR",
  forbidden: "SEGV_ACCERR",
  "non-canonical": "SI_KERNEL",
} as const satisfies Record<Refusal, SegmentationFault["code"]>;

/** What the hits take: nothing hits by NaN. */
function numberOf(address: Address): number {
  return typeof address === "number" ? address : typeof address === "bigint" ? Number(address) : Number.NaN;
}

/** Where the part of an access ends that is made at once and begins at byte `from`: short ones are whole, of long ones it is a page. */
function endOfPart(va: bigint, from: number, length: number): number {
  if (length <= MAX_PART_BYTES) return length;
  return Math.min(length, from + MAX_PART_BYTES - Number((va + BigInt(from)) % PAGE_BYTES));
}

/** First and last page of a range. */
function pagesOf(first: bigint, bytes: bigint): [firstPage: bigint, lastPage: bigint] {
  return [first >> PAGE_SHIFT, (first + bytes - 1n) >> PAGE_SHIFT];
}

function continues(before: MappedRegion, region: MappedRegion): boolean {
  return (
    before.end === region.start &&
    before.permissions === region.permissions &&
    before.name === region.name &&
    before.shared === region.shared &&
    before.pageSize === region.pageSize
  );
}

function checkAligned(call: SystemCallError["call"], address: bigint): void {
  if (address % PAGE_BYTES === 0n) return;
  throw new SystemCallError(call, "EINVAL", `address 0x${address.toString(16)}`, "a multiple of 4096");
}

function noRoom(bytes: bigint, address?: bigint): SystemCallError {
  const got = address === undefined ? `${bytes} bytes` : rangeText(address, bytes);
  return new SystemCallError("mmap", "ENOMEM", got, "what fits between other mappings and below 0x7ffffffff000");
}

function rangeText(first: bigint, bytes: bigint): string {
  return `0x${first.toString(16)} to 0x${(first + bytes).toString(16)}`;
}
