/** What the same accesses can be made on: the kernel, and the plain model in its place. */
import type { ProcessorCaches, Registers } from "../../src/config/processor.ts";
import { type Access, type Outcome, Processor } from "../../src/kernel/processor.ts";
import { type Memory, type ModelFault, translate } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";

/** What an access was seen to do. */
export interface Seen {
  fault: ModelFault | null;
  cr2Before: bigint;
  cr2: bigint;
  physicalAddresses: bigint[];
  /** The walk, for people. */
  walk: () => string[];
  /** What made the access end without a result, else `null`. */
  broken: string | null;
}

export interface Machine {
  /** As after a reset, with these registers, and memory that holds only these words. */
  start(mode: Mode, memory: Memory): void;
  access(access: Access): Seen;
  invlpg(va: bigint): void;
  readEntry(address: bigint): bigint;
}

const set = (entries: number) => ({ entries, ways: entries, sets: 1 });

/** Enough for the few pages of one case. */
const CACHES: ProcessorCaches = { l1i: set(4), l1d: set(4), stlb: set(8), psc: { pde: 2, pdpte: 2, pml4e: 2 } };

const hex = (value: bigint) => `0x${value.toString(16)}`;

export class KernelMachine implements Machine {
  readonly processor: Processor;
  readonly #caches: ProcessorCaches;
  #configured = "";

  constructor(processor: Processor, caches: ProcessorCaches = CACHES) {
    this.processor = processor;
    this.#caches = caches;
  }

  static async create(module?: WebAssembly.Module, caches?: ProcessorCaches): Promise<KernelMachine> {
    return new KernelMachine(await Processor.create(module), caches);
  }

  start(mode: Mode, memory: Memory): void {
    const { maxPhyAddr, pages1G } = mode;
    const wanted = `${maxPhyAddr} ${pages1G}`;
    if (wanted === this.#configured) this.processor.clearMemory();
    else this.processor.configure({ features: { maxPhyAddr, pages1G }, caches: this.#caches });
    this.#configured = wanted;
    this.processor.setRegisters(this.registersOf(mode));
    for (const [address, entry] of memory) this.processor.writeEntry(address, entry);
  }

  registersOf(mode: Mode): Registers {
    const bit = (set: boolean, register: "cr0" | "cr4" | "efer" | "rflags", name: string) =>
      set ? this.processor.registerBit(register, name) : 0n;
    const cr4 =
      bit(mode.levels === 5, "cr4", "LA57") |
      bit(mode.pge, "cr4", "PGE") |
      bit(mode.pcide, "cr4", "PCIDE") |
      bit(mode.smep, "cr4", "SMEP") |
      bit(mode.smap, "cr4", "SMAP") |
      bit(mode.pke, "cr4", "PKE") |
      bit(mode.pks, "cr4", "PKS");
    return {
      cr0: bit(mode.wp, "cr0", "WP"),
      cr3: mode.cr3,
      cr4,
      efer: bit(mode.nxe, "efer", "NXE"),
      rflags: bit(mode.ac, "rflags", "AC"),
      pkru: mode.pkru,
      pkrs: mode.pkrs,
    };
  }

  access(access: Access): Seen {
    const cr2Before = this.processor.registers().cr2;
    const outcome = this.processor.access(access);
    const cr2 = this.processor.registers().cr2;
    const { fault, translations, missing } = outcome;
    const physicalAddresses = translations.map(({ physicalAddress }) => physicalAddress);
    const broken = missing === null ? null : `no table of level ${missing.level} at ${hex(missing.physicalAddress)}`;
    return { fault, cr2Before, cr2, physicalAddresses, walk: () => printWalk(outcome), broken };
  }

  invlpg(va: bigint): void {
    this.processor.invlpg(va);
  }

  readEntry(address: bigint): bigint {
    return this.processor.readEntry(address);
  }
}

function printWalk({ steps, translations }: Outcome): string[] {
  const walk = steps.map((step) => {
    const change = step.after === step.before ? "" : ` -> ${hex(step.after)}`;
    return `level ${step.level} at ${hex(step.address)}: ${hex(step.before)}${change}`;
  });
  for (const { physicalAddress, leafLevel, foundIn } of translations)
    walk.push(`${hex(physicalAddress)} by a leaf of level ${leafLevel} in ${foundIn}`);
  return walk;
}

export class ModelMachine implements Machine {
  #mode: Mode | null = null;
  #memory: Memory = new Map();
  #cr2 = 0n;

  start(mode: Mode, memory: Memory): void {
    this.#mode = mode;
    this.#memory = new Map(memory);
  }

  access(access: Access): Seen {
    if (this.#mode === null) throw new Error("not started");
    const { fault, physicalAddresses, after } = translate(this.#mode, this.#memory, access);
    for (const [address, entry] of after) this.#memory.set(address, entry);
    const cr2Before = this.#cr2;
    this.#cr2 = fault?.cr2 ?? cr2Before;
    return { fault, cr2Before, cr2: this.#cr2, physicalAddresses, walk: () => [], broken: null };
  }

  invlpg(): void {}

  readEntry(address: bigint): bigint {
    return this.#memory.get(address) ?? 0n;
  }
}
