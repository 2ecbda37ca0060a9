/**
 * A processor and the page tables that it walks: those of a memory dump, of which only the tables that walks touch are
 * read, or the bytes that the caller puts there.
 */
import { parseNumber } from "./config/number.ts";
import { FEATURE_DEFAULTS, type Features, type ProcessorCaches, type Registers } from "./config/processor.ts";
import { type MemoryDump, openDump } from "./dump/dump.ts";
import { ConfigError, DumpError } from "./errors.ts";
import { Processor, REGISTER_BITS } from "./kernel/processor.ts";
import type { LevelName } from "./report/explanation.ts";
import { hexAddress } from "./report/format.ts";
import { REGISTER_DEFAULTS, type RegisterOption, type TablesOptions } from "./tables-options.ts";

/** CR3.LAM_U48 and CR3.LAM_U57. SDM Vol. 3A, "Linear-Address Pre-Processing". */
const CR3_LAM = 3n << 61n;

/** Ranges of a dump that an error lists. */
const MAX_RANGES_TOLD = 4;

/** One entry each: every address is to be explained by the tables themselves. */
const SMALLEST_CACHE = { entries: 1, ways: 1, sets: 1 };
const NO_CACHES: ProcessorCaches = {
  l1i: SMALLEST_CACHE,
  l1d: SMALLEST_CACHE,
  stlb: SMALLEST_CACHE,
  psc: { pde: 0, pdpte: 0, pml4e: 0 },
};

export class Tables {
  readonly processor: Processor;
  readonly dump: MemoryDump | null;
  readonly #machine: { features: Features; caches: ProcessorCaches };

  private constructor(
    processor: Processor,
    dump: MemoryDump | null,
    machine: { features: Features; caches: ProcessorCaches },
  ) {
    this.processor = processor;
    this.dump = dump;
    this.#machine = machine;
  }

  /**
   * Opens the dump, if there is one, and sets the processor's registers. Rejects with ConfigError if an option is not
   * what it may be or CR3 is not known, and with DumpError if the dump cannot be read.
   *
   * @param caches @default one entry each, and none for paging structures
   */
  static async open(options: TablesOptions = {}, caches: ProcessorCaches = NO_CACHES): Promise<Tables> {
    // Wrong usage is told before any dump is opened.
    const processor = await Processor.create();
    const { maxPhyAddr = FEATURE_DEFAULTS.maxPhyAddr, pages1G = FEATURE_DEFAULTS.pages1G } = options;
    const machine = { features: { maxPhyAddr, pages1G }, caches };
    processor.configure(machine);
    const given = givenRegisters(options, processor);
    const format = options.memoryFormat === undefined ? {} : { format: options.memoryFormat };
    const dump = options.memory === undefined ? null : await openDump(options.memory, format);
    try {
      const { cr3, ...registers } = completeRegisters(given, options, processor, dump);
      processor.setRegisters(registers);
      if (processor.writeCr3(cr3) !== null) {
        throw new ConfigError("cr3", hexAddress(cr3), `a physical address of ${maxPhyAddr} bits (MAXPHYADDR)`);
      }
      return new Tables(processor, dump, machine);
    } catch (error) {
      await dump?.close();
      throw error;
    }
  }

  /** 5 with CR4.LA57, else 4. */
  get topLevel(): number {
    return (this.processor.registers().cr4 & this.processor.registerBit("cr4", "LA57")) !== 0n ? 5 : 4;
  }

  /** Physical address of the table of the top level. */
  get topTable(): bigint {
    return this.processor.entries.targetOf(this.processor.registers().cr3, this.topLevel + 1);
  }

  /** Empties memory, caches and counters. Registers stay. */
  restart(): void {
    const registers = this.processor.registers();
    this.processor.configure(this.#machine);
    this.processor.setRegisters(registers);
  }

  /** Loads the frames of physical addresses from the dump. Resolves with the frames that are not there. */
  async load(physicalAddresses: Iterable<bigint>): Promise<Set<bigint>> {
    const wanted = new Set([...physicalAddresses].map(frameAddress));
    const found = (await this.dump?.readFrames(wanted)) ?? new Map<bigint, Uint8Array>();
    for (const [pa, bytes] of found) this.processor.putFrame(pa, bytes);
    return new Set([...wanted].filter((pa) => !found.has(pa)));
  }

  /** The error for a table of entries of `level` at `pa` that the dump does not hold; `from` is the entry that leads there. */
  missingTable(level: number, pa: bigint, from: bigint | null): DumpError {
    const { table } = LEVELS[level] as (typeof LEVELS)[number];
    const origin = from === null ? "CR3" : `the ${LEVELS[level + 1]?.entry} at physical address ${hexAddress(from)}`;
    const hint = "(is CR3 of this machine, the number of levels right (--la57), and the dump complete?)";
    const reason =
      `the ${table} that ${origin} points to lies outside the memory: ${this.memoryText()}` +
      (this.dump === null ? "" : ` ${hint}`);
    return new DumpError(reason, { path: this.dump?.path ?? "memory", physicalAddress: pa }, "outside");
  }

  /** Which memory there is, in words. */
  memoryText(): string {
    return this.dump === null ? "there are no tables there" : `the dump holds ${rangesText(this.dump)}`;
  }

  async close(): Promise<void> {
    await this.dump?.close();
  }
}

/** Names of the tables and of their entries, by level. */
export const LEVELS = [
  { table: "", entry: "", json: "pte" },
  { table: "PT", entry: "PTE", json: "pte" },
  { table: "PD", entry: "PDE", json: "pde" },
  { table: "PDPT", entry: "PDPTE", json: "pdpte" },
  { table: "PML4", entry: "PML4E", json: "pml4e" },
  { table: "PML5", entry: "PML5E", json: "pml5e" },
] as const;

/** Number of a level by the name that explanations have for it, as EntryFormat takes it: `pte` is 1, `pml5e` 5. */
export function levelNumber(name: LevelName): number {
  return LEVELS.findIndex(({ json }, level) => level > 0 && json === name);
}

const REGISTERS = ["cr0", "cr3", "cr4", "efer", "rflags", "pkru", "pkrs"] as const;

/** The registers that `options` give. */
function givenRegisters(options: TablesOptions, processor: Processor): Partial<Record<keyof Registers, bigint>> {
  const given = REGISTERS.flatMap((name) => {
    const option = options[name];
    return option === undefined ? [] : [[name, registerValue(name, option, processor)] as const];
  });
  return Object.fromEntries(given);
}

function completeRegisters(
  given: Partial<Record<keyof Registers, bigint>>,
  { la57 }: TablesOptions,
  processor: Processor,
  dump: MemoryDump | null,
): Registers {
  const byDefault = (name: keyof typeof REGISTER_DEFAULTS) => registerValue(name, REGISTER_DEFAULTS[name], processor);
  const cpu = dump?.cpus[0];
  // Linear-address masking, which is not modelled, has bits of its own there.
  const cr3 = given.cr3 ?? (cpu && cpu.cr3 & ~CR3_LAM) ?? (dump === null ? 0n : undefined);
  if (cr3 === undefined) {
    throw new ConfigError("cr3", "nothing", "the physical address of the top table: the dump has no registers");
  }
  const cr4 = given.cr4 ?? cpu?.cr4 ?? byDefault("cr4");
  const la57Bit = processor.registerBit("cr4", "LA57");
  return {
    cr0: given.cr0 ?? cpu?.cr0 ?? byDefault("cr0"),
    cr3,
    cr4: la57 === undefined ? cr4 : la57 ? cr4 | la57Bit : cr4 & ~la57Bit,
    efer: given.efer ?? byDefault("efer"),
    rflags: given.rflags ?? byDefault("rflags"),
    pkru: Number(given.pkru ?? byDefault("pkru")),
    pkrs: Number(given.pkrs ?? byDefault("pkrs")),
  };
}

/** The value that `option` gives register `name`. Throws ConfigError if it cannot hold that. */
function registerValue(name: keyof Registers, option: RegisterOption, processor: Processor): bigint {
  const bitNames: readonly string[] = Object.entries(REGISTER_BITS).find(([register]) => register === name)?.[1] ?? [];
  const width = name === "pkru" || name === "pkrs" ? 32n : 64n;
  const bits = new Map(bitNames.map((bit) => [bit, processor.registerBit(name, bit)]));
  const value = typeof option === "bigint" ? option : (parseNumber(option) ?? sumOf(bits, option));
  if (value !== null && value >= 0n && value < 1n << width) return value;
  const names = bits.size === 0 ? "" : `, or names of bits that are 1: ${bitNames.join(",")}`;
  throw new ConfigError(name, option, `a number of at most ${width} bits, as 0x1000${names}`);
}

/** The value with the bits of the names in `list`, as `SMEP,SMAP`; `null` if one has no such name. */
function sumOf(bits: ReadonlyMap<string, bigint>, list: string): bigint | null {
  const named = list.split(",").map((name) => bits.get(name.trim().toUpperCase()));
  return named.reduce<bigint | null>((sum, bit) => (sum === null || bit === undefined ? null : sum | bit), 0n);
}

/** Physical address of the frame that holds the byte at `pa`. */
function frameAddress(pa: bigint): bigint {
  return pa & ~0xfffn;
}

function rangesText({ ranges }: MemoryDump): string {
  const shown = ranges
    .slice(0, MAX_RANGES_TOLD)
    .map(({ start, end }) => `${hexAddress(start)} to ${hexAddress(end - 1n)}`);
  return shown.join(", ") + (ranges.length > shown.length ? ` and ${ranges.length - shown.length} more ranges` : "");
}
