/** The whole x86-64 machine, one access at a time: rights, faults, every page size, PCIDs, invalidations. */
import { resolveGeometry, resolvePsc } from "../config/geometry.ts";
import {
  type CacheName,
  checkFeatures,
  type FaultReason,
  FEATURE_DEFAULTS,
  type Features,
  type ProcessorCaches,
  type Registers,
} from "../config/processor.ts";
import { resolve } from "../config/resolve.ts";
import type { Access, Fault, GeneralProtection, Outcome, Translation, WalkStep } from "./access.ts";
import { type ProcessorCache, readContents, setOfAddress } from "./contents.ts";
import type { Counters } from "./counters.ts";
import { EntryFormat, type EntryKind } from "./entries.ts";
import { type Exports, KernelInstance } from "./instance.ts";

/** Bits of the registers that matter, by the SDM's names; where they lie is asked of the kernel. */
export const REGISTER_BITS = {
  cr0: ["WP"],
  cr4: ["PGE", "LA57", "PCIDE", "SMEP", "SMAP", "PKE", "PKS"],
  efer: ["NXE"],
  rflags: ["AC"],
} as const;

export type * from "./access.ts";
export type { CacheEntry, ProcessorCache } from "./contents.ts";

/** What one entry of a table is. */
export interface TableEntry {
  index: number;
  /** Physical address of the entry itself. */
  address: bigint;
  entry: bigint;
  kind: Exclude<EntryKind, "not-present">;
  /** Physical address of the table or page that it points to. */
  target: bigint;
}

const PAGE_BYTES = 4096;
const PHYSICAL_BYTES = 1n << 52n;

/** One instance of the module, with physical memory of its own: only the frames put there have bytes. */
export class Processor {
  readonly #kernel: KernelInstance;
  readonly #exports: Exports;
  readonly #accessBits: Record<Access["kind"] | "user" | "implicit" | "stack" | "hint", number>;
  readonly #reasons: ReadonlyMap<number, FaultReason>;
  readonly #registerOffsets = new Map<string, number>();
  /** Entries as this processor reads them, with the features and registers that it has. */
  readonly entries: EntryFormat;

  private constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
    const x = kernel.exports;
    this.#exports = x;
    this.#accessBits = {
      read: 0,
      write: x.ACCESS_WRITE.value,
      modify: x.ACCESS_WRITE.value,
      fetch: x.ACCESS_FETCH.value,
      user: x.ACCESS_USER.value,
      implicit: x.ACCESS_IMPLICIT.value,
      stack: x.ACCESS_STACK.value,
      hint: x.ACCESS_HINT.value,
    };
    this.#reasons = new Map<number, FaultReason>([
      [x.REASON_NON_CANONICAL.value, "non-canonical"],
      [x.REASON_NOT_PRESENT.value, "not-present"],
      [x.REASON_RESERVED_BIT.value, "reserved-bit"],
      [x.REASON_SUPERVISOR_PAGE.value, "supervisor-page"],
      [x.REASON_READ_ONLY.value, "read-only"],
      [x.REASON_EXECUTE_DISABLE.value, "execute-disable"],
      [x.REASON_SMEP.value, "smep"],
      [x.REASON_SMAP.value, "smap"],
      [x.REASON_PROTECTION_KEY.value, "protection-key"],
    ]);
    this.entries = new EntryFormat(kernel);
  }

  /** A processor, as `configure()` without options makes it. `module`: a WebAssembly.Module instead of the package's. */
  static async create(module?: object): Promise<Processor> {
    const processor = new Processor(await KernelInstance.create(module));
    processor.configure();
    return processor;
  }

  /**
   * The processor of an instance that somebody else has set up, and goes on using.
   * @internal
   */
  static of(kernel: KernelInstance): Processor {
    return new Processor(kernel);
  }

  /**
   * Powers on: memory, caches, counters and registers are empty. Throws ConfigError if `features` cannot be, and
   * KernelError if there is not enough memory.
   *
   * @param options.features @default FEATURE_DEFAULTS
   * @param options.caches @default those of the default CPU
   */
  configure({ features, caches = resolve() }: { features?: Partial<Features>; caches?: ProcessorCaches } = {}): void {
    const { maxPhyAddr, pages1G } = { ...FEATURE_DEFAULTS, ...features };
    checkFeatures({ maxPhyAddr });
    for (const name of ["l1i", "l1d", "stlb"] as const) resolveGeometry(caches[name], `caches.${name}`);
    resolvePsc(caches.psc, caches.psc);
    this.#kernel.putCaches(caches);
    this.#kernel.putPolicy("lru");
    this.#kernel.run(() => this.#exports.configureProcessor());
    this.#putRegister("maxPhyAddr", maxPhyAddr);
    this.#putRegister("pages1G", pages1G ? 1 : 0);
  }

  /** Sets registers as they are, without checks, and forgets every cached translation. Others keep their values. */
  setRegisters(values: Partial<Registers>): void {
    this.#kernel.call(() => this.#exports.dropAll());
    this.changeRegisters(values);
  }

  /** Sets registers whose change invalidates nothing: those but CR3 and CR4, which have instructions below. */
  changeRegisters(values: Partial<Omit<Registers, "cr3" | "cr4">>): void {
    for (const [name, value] of Object.entries(values)) this.#putRegister(name, value);
  }

  registers(): Registers & { cr2: bigint } {
    return {
      cr0: this.#register("cr0"),
      cr2: this.#register("cr2"),
      cr3: this.#register("cr3"),
      cr4: this.#register("cr4"),
      efer: this.#register("efer"),
      rflags: this.#register("rflags"),
      pkru: Number(this.#register("pkru")),
      pkrs: Number(this.#register("pkrs")),
    };
  }

  /** A bit of a register: `("cr4", "SMAP")` is 1 << 21. */
  registerBit(register: string, bit: string): bigint {
    return this.#kernel.constant(`${register.toUpperCase()}_${bit}`);
  }

  /** Makes one access. Throws RangeError if its size is not 1..4096 bytes. */
  access({ va, size = 1, kind, privilege, implicit, stack, hint }: Access): Outcome {
    if (!(size >= 1 && size <= PAGE_BYTES)) throw new RangeError(`size: got ${size}; expected 1..${PAGE_BYTES} bytes`);
    const bits = this.#accessBits;
    const flags =
      bits[kind] |
      (privilege === "user" ? bits.user : 0) |
      (implicit ? bits.implicit : 0) |
      (stack ? bits.stack : 0) |
      (hint ? bits.hint : 0);
    return this.#outcome(this.#kernel.call(() => this.#exports.access(va, size, flags)));
  }

  /**
   * What an access to one byte would come to by the tables alone, as if nothing were cached, the entries as they are read.
   * Nothing changes and nothing is counted.
   */
  probe({ va, kind, privilege }: Pick<Access, "va" | "kind" | "privilege">): Outcome {
    const flags = this.#accessBits[kind] | (privilege === "user" ? this.#accessBits.user : 0);
    const outcome = this.#outcome(this.#kernel.call(() => this.#exports.probe(va, flags)));
    if (outcome.fault?.vector === this.#exports.VECTOR_PF.value) outcome.fault.cr2 = va;
    return outcome;
  }

  /** MOV to CR3; bit 63 keeps the translations of the PCID if CR4.PCIDE is 1. #GP(0) if a reserved bit is set. */
  writeCr3(value: bigint): GeneralProtection | null {
    return this.#instruction(() => this.#exports.writeCr3(value));
  }

  /** MOV to CR4. #GP(0) if it would change LA57, or set PCIDE while CR3 has a PCID. */
  writeCr4(value: bigint): GeneralProtection | null {
    return this.#instruction(() => this.#exports.writeCr4(value));
  }

  /** INVLPG. */
  invlpg(va: bigint): void {
    this.#kernel.call(() => this.#exports.invlpg(va));
  }

  /** INVPCID: type 0 an address, 1 a PCID, 2 all, 3 all but global pages. */
  invpcid(type: number, pcid: bigint, va: bigint): GeneralProtection | null {
    return this.#instruction(() => this.#exports.invpcid(type, pcid, va));
  }

  /** Forgets every cached translation. */
  invalidateAll(): void {
    this.#kernel.call(() => this.#exports.dropAll());
  }

  /**
   * Puts up to 4096 bytes into the frame at physical address `pa`. Throws RangeError if that is no multiple of 4096, or
   * there are more bytes, and KernelError if memory is exhausted.
   */
  putFrame(pa: bigint, bytes: Uint8Array): void {
    this.#kernel.slice(this.#makeBytes(pa, BigInt(PAGE_BYTES)), PAGE_BYTES).set(bytes);
  }

  /** The bytes of the frame at `pa`, a multiple of 4096; `null` if it has none. Valid until the next call. */
  frame(pa: bigint): Uint8Array | null {
    const address = this.#kernel.call(() => this.#exports.bytesOf(pa));
    return address === 0 ? null : this.#kernel.slice(address, PAGE_BYTES);
  }

  /** The u64 at physical address `pa`, a multiple of 8. Throws RangeError if its frame has no bytes. */
  readEntry(pa: bigint): bigint {
    const address = this.#kernel.call(() => this.#exports.bytesOf(pa));
    if (address === 0) throw new RangeError(`there is no memory at physical address 0x${pa.toString(16)}`);
    return this.#kernel.view().getBigUint64(address >>> 0, true);
  }

  /** Writes a u64 at physical address `pa`, a multiple of 8, in a new zeroed frame if it had no bytes. */
  writeEntry(pa: bigint, value: bigint): void {
    this.#kernel.view().setBigUint64(this.#makeBytes(pa, 8n), value, true);
  }

  /** Forgets all frames and all cached translations; registers stay. */
  clearMemory(): void {
    this.#kernel.run(() => this.#exports.clearProcessorMemory());
  }

  /** The present entries of the table at `pa`, whose entries are of `level`; `null` if it has no bytes. */
  tableEntries(pa: bigint, level: number): TableEntry[] | null {
    const frame = this.frame(pa);
    if (frame === null) return null;
    const words = new BigUint64Array(frame.slice().buffer);
    const entries: TableEntry[] = [];
    words.forEach((entry, index) => {
      if (entry === 0n) return;
      const kind = this.entries.kindOf(entry, level);
      if (kind === "not-present") return;
      entries.push({
        index,
        address: pa + BigInt(8 * index),
        entry,
        kind,
        target: this.entries.targetOf(entry, level),
      });
    });
    return entries;
  }

  /** What every TLB and paging-structure cache holds. Those without entries are left out. Changes nothing. */
  contents(): ProcessorCache[] {
    return readContents(this.#kernel);
  }

  /** Number of the set in which `cache`, which has entries, looks for `va` in a page that an entry of `level` maps. */
  setOf(cache: CacheName, va: bigint, level: number): number {
    return setOfAddress(this.#kernel, cache, va, level);
  }

  counters(): Counters {
    return this.#kernel.counters();
  }

  /** What the last access came to, which returned `outcome`. */
  #outcome(outcome: number): Outcome {
    const x = this.#exports;
    const done = outcome === x.OUTCOME_DONE.value;
    const missing = outcome === x.OUTCOME_MISSING.value;
    const view = this.#kernel.view();
    const at = x.resultAddress();
    return {
      fault: done || missing ? null : this.#fault(outcome),
      translations: done ? this.#translations(view, view.getUint32(at + x.RESULT_PAGES.value, true)) : [],
      steps: this.#steps(view, view.getUint32(at + x.RESULT_STEPS.value, true)),
      missing: missing
        ? {
            level: view.getUint32(at + x.RESULT_LEVEL.value, true),
            physicalAddress: view.getBigUint64(at + x.RESULT_MISSING.value, true),
          }
        : null,
    };
  }

  #fault(outcome: number): Fault {
    const x = this.#exports;
    const view = this.#kernel.view();
    const at = x.resultAddress();
    return {
      vector: outcome as Fault["vector"],
      errorCode: view.getUint32(at + x.RESULT_ERROR_CODE.value, true),
      cr2: outcome === x.VECTOR_PF.value ? this.#register("cr2") : null,
      reason: this.#reasons.get(view.getUint32(at + x.RESULT_REASON.value, true)) ?? "non-canonical",
      level: view.getUint32(at + x.RESULT_LEVEL.value, true),
    };
  }

  #translations(view: DataView, count: number): Translation[] {
    const x = this.#exports;
    const foundIn = (code: number) =>
      code === x.FOUND_IN_L1.value ? "l1" : code === x.FOUND_IN_STLB.value ? "stlb" : "tables";
    return Array.from({ length: count }, (_, page) => {
      const at = x.resultPagesAddress() + page * x.RESULT_PAGE_BYTES.value;
      const entry = view.getBigUint64(at + x.RESULT_PAGE_TRANSLATION.value, true);
      return {
        physicalAddress: view.getBigUint64(at + x.RESULT_PAGE_PHYSICAL_ADDRESS.value, true),
        leafLevel: x.levelOf(entry) as 1 | 2 | 3,
        entry,
        foundIn: foundIn(view.getUint32(at + x.RESULT_PAGE_FOUND_IN.value, true)),
      };
    });
  }

  #steps(view: DataView, count: number): WalkStep[] {
    const x = this.#exports;
    const bytes = x.RESULT_STEP_BYTES.value;
    const steps: WalkStep[] = [];
    for (let step = 0, at = x.resultStepsAddress(); step < count; step++, at += bytes) {
      steps.push({
        level: view.getUint32(at + x.RESULT_STEP_LEVEL.value, true),
        address: view.getBigUint64(at + x.RESULT_STEP_ADDRESS.value, true),
        before: view.getBigUint64(at + x.RESULT_STEP_BEFORE.value, true),
        after: view.getBigUint64(at + x.RESULT_STEP_AFTER.value, true),
      });
    }
    return steps;
  }

  #instruction(call: () => number): GeneralProtection | null {
    const outcome = this.#kernel.call(call);
    return outcome === this.#exports.OUTCOME_DONE.value ? null : { vector: 13, errorCode: 0 };
  }

  #makeBytes(pa: bigint, alignment: bigint): number {
    if (pa % alignment !== 0n || pa < 0n || pa >= PHYSICAL_BYTES) {
      throw new RangeError(
        `physical address: got 0x${pa.toString(16)}; expected a multiple of ${alignment} below 2^52`,
      );
    }
    const address = this.#kernel.call(() => this.#exports.makeBytes(pa));
    if (address === 0) throw this.#kernel.outOfMemory();
    return address >>> 0;
  }

  #register(name: string): bigint {
    return this.#kernel.view().getBigUint64(this.#registerAddress(name), true);
  }

  #putRegister(name: string, value: bigint | number): void {
    this.#kernel.view().setBigUint64(this.#registerAddress(name), BigInt(value), true);
  }

  #registerAddress(name: string): number {
    let offset = this.#registerOffsets.get(name);
    if (offset === undefined) {
      const field = name.replace(/(?<=[a-z])(?=[A-Z1])/g, "_").toUpperCase();
      offset = this.#kernel.offset(`REGISTER_${field}`);
      this.#registerOffsets.set(name, offset);
    }
    return this.#exports.registersAddress() + offset;
  }
}
