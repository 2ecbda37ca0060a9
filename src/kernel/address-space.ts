/** Processes of the kernel's operating system, and the bytes in their memory. */
import type { Policy } from "../config/types.ts";
import { KernelError } from "../errors.ts";
import type { Counters } from "./counters.ts";
import { type CacheSizes, type Exports, KernelInstance } from "./instance.ts";
import { memoryIsFull, type OsSetup, putOsOptions } from "./os.ts";
import { Processor } from "./processor.ts";
import { rightsBits } from "./vmas.ts";

export type AccessKind = "read" | "write" | "fetch";

/** Why an access is not made: what the operating system says of it. */
export type Refusal = "not-mapped" | "forbidden" | "non-canonical";

/** A mapping (VMA). */
export interface MappedPages {
  /** 4 KiB page numbers. */
  firstPage: bigint;
  lastPage: bigint;
  /** `rw-`. */
  permissions: string;
  shared: boolean;
  /** Level of the leaves that first touch makes if it can: 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
  leafLevel: 1 | 2 | 3;
  /** The caller's number of its name. */
  name: number;
}

/**
 * What answers at once where a reference changes nothing but counts, of the process that runs: assembly/os/bytes.ts. The
 * module's own functions, since an access is not to cost a call more. Addresses are numbers from 0.
 */
export type Hits = Pick<
  Exports,
  | "hitLoad8"
  | "hitLoad16"
  | "hitLoad32"
  | "hitFetch16"
  | "hitFetch32"
  | "hitStore8"
  | "hitStore16"
  | "hitStore32"
  | "hitLoadAt"
  | "hitStoreAt"
>;

export class AddressSpaceKernel {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;
  readonly #kinds: Record<AccessKind, number>;
  readonly hits: Hits;
  /** The processor that makes all accesses. */
  readonly processor: Processor;
  readonly #setup: OsSetup;
  #values: DataView;

  private constructor(kernel: KernelInstance, setup: OsSetup) {
    this.#setup = setup;
    this.#kernel = kernel;
    this.#exports = kernel.exports;
    this.hits = kernel.exports;
    this.processor = Processor.of(kernel);
    const x = kernel.exports;
    this.#kinds = { read: 0, write: x.ACCESS_WRITE.value, fetch: x.ACCESS_FETCH.value };
    this.#values = this.#viewValues();
  }

  /** An operating system without any process. `module`: a WebAssembly.Module instead of the package's. */
  static async create(
    caches: CacheSizes,
    policy: Policy,
    setup: OsSetup,
    module?: object,
  ): Promise<AddressSpaceKernel> {
    const kernel = await KernelInstance.create(module as WebAssembly.Module | undefined);
    kernel.putCaches(caches);
    kernel.putPolicy(policy);
    putOsOptions(kernel, setup);
    kernel.run(() => kernel.exports.configureProcesses());
    return new AddressSpaceKernel(kernel, setup);
  }

  /** Number of a new process, in which nothing is mapped. Throws KernelError. */
  makeProcess(): number {
    return this.#processFrom(this.#kernel.call(() => this.#exports.startProcess()));
  }

  /** Number of a child of `process`, with the same memory. Throws KernelError. */
  fork(process: number): number {
    return this.#processFrom(this.#kernel.call(() => this.#exports.forkProcess(process)));
  }

  /** Ends `process`: its memory is free. If it runs, another is to be switched to before the next access. */
  exit(process: number): void {
    this.#kernel.call(() => this.#exports.exitProcess(process));
  }

  /** Has `process` run: accesses are its accesses. */
  switchTo(process: number): void {
    this.#kernel.call(() => this.#exports.switchToProcess(process));
  }

  /** Maps pages in place of what was there. Throws KernelError. */
  map(process: number, { firstPage, lastPage, permissions, shared, leafLevel, name }: MappedPages): void {
    const x = this.#exports;
    const flags =
      rightsBits(this.#exports, permissions) |
      x.VMA_ANONYMOUS.value |
      (shared ? x.VMA_SHARED.value : 0) |
      (leafLevel > 1 ? leafLevel << x.VMA_LEVEL_SHIFT.value : 0);
    this.#kernel.run(() => x.mapPages(process, firstPage, lastPage, flags, name));
  }

  /** Unmaps what is mapped of them. Throws KernelError. */
  unmap(process: number, firstPage: bigint, lastPage: bigint): void {
    this.#kernel.run(() => this.#exports.unmapPages(process, firstPage, lastPage));
  }

  /** Throws KernelError. */
  protect(process: number, firstPage: bigint, lastPage: bigint, permissions: string): void {
    const rights = rightsBits(this.#exports, permissions);
    this.#kernel.run(() => this.#exports.protectPages(process, firstPage, lastPage, rights));
  }

  /** Whether every page of a range is mapped. */
  isMapped(process: number, firstPage: bigint, lastPage: bigint): boolean {
    return Boolean(this.#kernel.call(() => this.#exports.pagesAreMapped(process, firstPage, lastPage)));
  }

  /** Whether none is. */
  isFree(process: number, firstPage: bigint, lastPage: bigint): boolean {
    return Boolean(this.#kernel.call(() => this.#exports.pagesAreFree(process, firstPage, lastPage)));
  }

  /** First of the highest `pages` free pages from `lowest` (1 or more) up to `end`, a multiple of `alignment`; or `null`. */
  freePages(process: number, pages: bigint, alignment: bigint, lowest: bigint, end: bigint): bigint | null {
    const page = this.#kernel.call(() => this.#exports.freePages(process, pages, alignment, lowest, end));
    return page === 0n ? null : page;
  }

  /** The mappings of `process` by address. */
  mappings(process: number): MappedPages[] {
    const x = this.#exports;
    const count = this.#kernel.call(() => x.vmaCount(process));
    return Array.from({ length: count }, (_, index) => this.#mappingAt(x.vmaAddress(process, index)));
  }

  /** The mapping that has `page`; `null` if none has. */
  mappingOf(process: number, page: bigint): MappedPages | null {
    const at = this.#kernel.call(() => this.#exports.vmaOfPage(process, page));
    return at === 0 ? null : this.#mappingAt(at);
  }

  /**
   * Whether the process that runs may make an access of `bytes` bytes at `va`, 1..2^53; if not, the processor has had its
   * fault, and `stoppedAt()` and `errorCode()` tell of it.
   */
  judge(va: bigint, bytes: number, kind: AccessKind): Refusal | null {
    return this.#answer(this.#kernel.call(() => this.#exports.judgeBytes(va, BigInt(bytes), this.#kinds[kind])));
  }

  /**
   * Loads a value of `size` bytes, 1..8, into `values()`, or with `write` stores what is there. An address that is a number is
   * below 2^53. Throws KernelError.
   */
  moveValue(address: number | bigint, size: number, kind: AccessKind): Refusal | null {
    if (typeof address !== "number") return this.#move(address, size, kind);
    return this.#answer(this.#kernel.call(() => this.#exports.moveBytesAt(address, size, this.#kinds[kind])));
  }

  /** The value of `moveValue()`, at offset 0. Valid until the next call. */
  values(): DataView {
    if (this.#values.buffer !== this.#exports.memory.buffer) this.#values = this.#viewValues();
    return this.#values;
  }

  /** Puts what the process that runs has at `va` into `bytes`, 1..4096 of them. Throws KernelError. */
  load(va: bigint, bytes: Uint8Array, kind: "read" | "fetch"): Refusal | null {
    const refusal = this.#move(va, bytes.length, kind);
    if (refusal === null) bytes.set(this.#buffer(bytes.length));
    return refusal;
  }

  /** Puts `bytes`, 1..4096 of them, into the process that runs. Throws KernelError. */
  store(va: bigint, bytes: Uint8Array): Refusal | null {
    this.#buffer(bytes.length).set(bytes);
    return this.#move(va, bytes.length, "write");
  }

  /** First byte that the access which was refused last may not use. */
  stoppedAt(): bigint {
    return this.#exports.stoppedAddress();
  }

  /** Error code of the fault of the access that was refused last. */
  errorCode(): number {
    return this.#kernel.view().getUint32(this.#exports.resultAddress() + this.#exports.RESULT_ERROR_CODE.value, true);
  }

  /** Linear memory, in which hitLoadAt() and hitStoreAt() say where. Valid until the next call. */
  view(): DataView {
    return this.#kernel.view();
  }

  counters(): Counters {
    return this.#kernel.counters();
  }

  /** Frames that page tables take up, 4 KiB each. */
  tableFrames(): number {
    return this.#exports.tableFrames.value;
  }

  /** Frames of 4 KiB in which pages of programs lie. */
  programFrames(): number {
    return Number(this.#exports.programFrames.value);
  }

  /** Slots of 4 KiB of swap that are in use. */
  swapSlots(): number {
    return this.#exports.slotsInUse.value;
  }

  #move(va: bigint, bytes: number, kind: AccessKind): Refusal | null {
    return this.#answer(this.#kernel.call(() => this.#exports.moveBytes(va, bytes, this.#kinds[kind])));
  }

  #viewValues(): DataView {
    return new DataView(this.#exports.memory.buffer, this.#exports.bytesBuffer(), 8);
  }

  #buffer(bytes: number): Uint8Array {
    return this.#kernel.slice(this.#exports.bytesBuffer(), bytes);
  }

  #answer(code: number): Refusal | null {
    const x = this.#exports;
    switch (code) {
      case x.FAULT_RESOLVED.value:
        return null;
      case x.FAULT_NOT_MAPPED.value:
        return "not-mapped";
      case x.FAULT_FORBIDDEN.value:
        return "forbidden";
      case x.FAULT_NON_CANONICAL.value:
        return "non-canonical";
      case x.FAULT_OUT_OF_MEMORY.value:
        throw memoryIsFull(this.#setup);
      default:
        throw this.#kernel.outOfMemory();
    }
  }

  #processFrom(index: number): number {
    if (index >= 0) return index;
    throw new KernelError(
      "out-of-memory",
      "there is no room for another process: 4095 at most, and 4 GiB for all of them",
    );
  }

  #mappingAt(at: number): MappedPages {
    const x = this.#exports;
    const view = this.#kernel.view();
    const flags = view.getUint32(at + x.VMA_FLAGS.value, true);
    const letter = (bit: { value: number }, name: string) => (flags & bit.value ? name : "-");
    return {
      firstPage: view.getBigUint64(at + x.VMA_FIRST.value, true),
      lastPage: view.getBigUint64(at + x.VMA_LAST.value, true),
      permissions: letter(x.VMA_READ, "r") + letter(x.VMA_WRITE, "w") + letter(x.VMA_EXEC, "x"),
      shared: (flags & x.VMA_SHARED.value) !== 0,
      leafLevel: ((flags >> x.VMA_LEVEL_SHIFT.value) & x.VMA_LEVEL_MASK.value || 1) as 1 | 2 | 3,
      name: view.getUint32(at + x.VMA_NAME.value, true),
    };
  }
}
