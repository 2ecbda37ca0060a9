/** What the same accesses can be made on: the kernel, and the plain model in its place. */
import type { ProcessorCaches, Registers } from "../../src/config/processor.ts";
import { type Access, type Fault, type Outcome, Processor, type WalkStep } from "../../src/kernel/processor.ts";
import { A, D, KEY_SHIFT, RW, US, XD } from "../reference/entry-bits.ts";
import { type Memory, type ModelFault, translate } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";
import { ENTRY_NAMES } from "./truth-tables.ts";
import { hex, printBits } from "./words.ts";

/** What an access was seen to do. */
export interface Seen {
  fault: ModelFault | null;
  cr2Before: bigint;
  cr2: bigint;
  physicalAddresses: bigint[];
  /** The walk, for people, and why its last step stopped. */
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
    const broken =
      missing === null ? null : `no memory for the ${ENTRY_NAMES[missing.level]} at ${hex(missing.physicalAddress)}`;
    return { fault, cr2Before, cr2, physicalAddresses, walk: () => printWalk(this.processor, outcome), broken };
  }

  invlpg(va: bigint): void {
    this.processor.invlpg(va);
  }

  readEntry(address: bigint): bigint {
    return this.processor.readEntry(address);
  }
}

function printWalk(processor: Processor, { steps, translations, fault }: Outcome): string[] {
  const lines = steps.map(({ level, address, before, after }) => {
    const marked = bitNames(after & ~before, [
      ["A", A],
      ["D", D],
    ]);
    const sets = marked === "" ? "" : `  sets ${marked}`;
    return `  ${entryName(level).padEnd(5)} at ${hex(address).padEnd(15)} ${hex(before)}${sets}`;
  });
  for (const { physicalAddress, leafLevel, foundIn } of translations)
    lines.push(`  ${hex(physicalAddress)} through a ${entryName(leafLevel)} from ${foundIn}`);
  if (fault !== null) lines.push(`  stops: ${reasonOf(processor, fault, steps)}`);
  return ["the kernel's walk:", ...lines];
}

const entryName = (level: number) => ENTRY_NAMES[level] ?? `level ${level}`;

function bitNames(entry: bigint, bits: readonly (readonly [name: string, bit: bigint])[]): string {
  return bits.flatMap(([name, bit]) => ((entry & bit) !== 0n ? [name] : [])).join(" and ");
}

/** Why the kernel says it faulted; after a TLB hit there are no steps. */
function reasonOf(processor: Processor, { reason, level }: Fault, steps: WalkStep[]): string {
  const last = steps.at(-1);
  const inEntries = (bit: bigint, isSet: boolean) => {
    const found = steps.filter(({ before }) => ((before & bit) !== 0n) === isSet);
    return found.length === 0 ? "the TLB" : `the ${found.map((step) => entryName(step.level)).join(", ")}`;
  };
  switch (reason) {
    case "non-canonical":
      return "not canonical, no table is read";
    case "not-present":
      return `P is 0 in the ${entryName(level)}`;
    case "reserved-bit": {
      const bits = last === undefined ? 0n : processor.entries.reservedBits(last.before, level);
      return `reserved in the ${entryName(level)}: ${printBits(bits)}`;
    }
    case "supervisor-page":
      return `a supervisor page: U/S is 0 in ${inEntries(US, false)}`;
    case "read-only":
      return `read-only: R/W is 0 in ${inEntries(RW, false)}`;
    case "execute-disable":
      return `execute-disable: XD is 1 in ${inEntries(XD, true)}`;
    case "smep":
      return "a user page, and CR4.SMEP is 1";
    case "smap":
      return "a user page, CR4.SMAP is 1, and EFLAGS.AC is 0 or the access implicit";
    case "protection-key":
      return `protection key ${last === undefined ? "from the TLB" : (last.before >> KEY_SHIFT) & 15n}`;
  }
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
