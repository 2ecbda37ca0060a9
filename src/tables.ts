/**
 * A processor and the page tables that it walks: those of a memory dump, of which only the tables that walks touch are
 * read, or the bytes that the caller puts there.
 */
import type { Features, ProcessorCaches, Registers } from "./config/processor.ts";
import { type DumpFormat, type MemoryDump, openDump } from "./dump/dump.ts";
import { ConfigError, DumpError } from "./errors.ts";
import { Processor, REGISTER_BITS, type TableEntry } from "./kernel/processor.ts";
import type { TraceInput } from "./trace/bytes.ts";

/** A register: its value, or text: a number (`0x750ef0`), or the names of the bits that are 1 (`SMEP,SMAP`). */
export type RegisterOption = bigint | string;

/** The processor, and whose tables it walks. */
export interface TablesOptions {
  /** A dump of physical memory: raw, LiME, or ELF as QEMU and libvirt write it; also compressed. */
  memory?: TraceInput;
  /** What the dump is. @default by content */
  memoryFormat?: DumpFormat;
  /** Where the tables begin. @default the first CPU's in the dump, if that has registers */
  cr3?: RegisterOption;
  /** Whether the tables have five levels. @default as CR4.LA57 */
  la57?: boolean;
  /** @default the first CPU's in the dump; else WP */
  cr0?: RegisterOption;
  /** @default the first CPU's in the dump; else PGE */
  cr4?: RegisterOption;
  /** @default NXE */
  efer?: RegisterOption;
  /** @default none */
  rflags?: RegisterOption;
  /** @default 0: every key allows all */
  pkru?: RegisterOption;
  /** @default 0: every key allows all */
  pkrs?: RegisterOption;
  /** Bits of a physical address, 32..52. @default 52: no address bit of an entry is reserved */
  maxPhyAddr?: number;
  /** Whether the processor has 1 GiB pages. @default true */
  pages1G?: boolean;
}

/** What registers hold where neither options nor the dump say. */
export const REGISTER_DEFAULTS = { cr0: "WP", cr4: "PGE", efer: "NXE", rflags: "0", pkru: "0", pkrs: "0" } as const;
export const FEATURE_DEFAULTS = { maxPhyAddr: 52, pages1G: true } as const satisfies Features;
const MAX_PHY_ADDR = { least: 32, most: 52 };

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

/** A table that walks reach, or what was found instead of one. */
export interface ReachedTable {
  /** Level of its entries: 5 = PML5E ... 1 = PTE. */
  level: number;
  physicalAddress: bigint;
  entries: TableEntry[];
}

export class Tables {
  readonly processor: Processor;
  readonly dump: MemoryDump | null;

  private constructor(processor: Processor, dump: MemoryDump | null) {
    this.processor = processor;
    this.dump = dump;
  }

  /**
   * Opens the dump, if there is one, and sets the processor's registers. Rejects with ConfigError if an option is not
   * what it may be or CR3 is not known, and with DumpError if the dump cannot be read.
   */
  static async open(options: TablesOptions = {}): Promise<Tables> {
    const processor = await Processor.create();
    const features = resolveFeatures(options);
    const given = givenRegisters(options, processor); // wrong usage is told before any dump is opened
    const format = options.memoryFormat === undefined ? {} : { format: options.memoryFormat };
    const dump = options.memory === undefined ? null : await openDump(options.memory, format);
    try {
      const registers = completeRegisters(given, options, processor, dump);
      processor.configure({ features, caches: NO_CACHES });
      processor.setRegisters(registers);
      return new Tables(processor, dump);
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
    return this.processor.targetOf(this.processor.registers().cr3, this.topLevel + 1);
  }

  /** Loads the frames of physical addresses from the dump. Resolves with the frames that are not there. */
  async load(physicalAddresses: Iterable<bigint>): Promise<Set<bigint>> {
    const wanted = new Set([...physicalAddresses].map(frameAddress));
    const found = (await this.dump?.readFrames(wanted)) ?? new Map<bigint, Uint8Array>();
    for (const [pa, bytes] of found) this.processor.putFrame(pa, bytes);
    return new Set([...wanted].filter((pa) => !found.has(pa)));
  }

  /**
   * Loads and lists every table that CR3 leads to, level by level; one that serves several levels once for each.
   * Rejects with DumpError, which names level and physical address, if one lies outside the dump.
   */
  async loadAll(): Promise<ReachedTable[]> {
    const reached: ReachedTable[] = [];
    let wanted = new Map<bigint, TableEntry | null>([[this.topTable, null]]);
    for (let level = this.topLevel; level >= 1 && wanted.size > 0; level--) {
      const absent = await this.load([...wanted.keys()].filter((pa) => this.processor.frame(pa) === null));
      for (const pa of absent) throw this.missingTable(level, pa, wanted.get(pa)?.address ?? null);
      const below = new Map<bigint, TableEntry>();
      for (const physicalAddress of wanted.keys()) {
        const entries = this.processor.tableEntries(physicalAddress, level) ?? [];
        reached.push({ level, physicalAddress, entries });
        for (const entry of entries) if (entry.kind === "table") below.set(entry.target, entry);
      }
      wanted = below;
    }
    return reached;
  }

  /** The error for a table of entries of `level` at `pa` that the dump does not hold; `from` is the entry that leads there. */
  missingTable(level: number, pa: bigint, from: bigint | null): DumpError {
    const { table } = LEVELS[level] as (typeof LEVELS)[number];
    const origin = from === null ? "CR3" : `the ${LEVELS[level + 1]?.entry} at physical address ${hex(from)}`;
    const held = this.dump === null ? "there are no tables there" : `the dump holds ${rangesText(this.dump)}`;
    const reason =
      `the ${table} that ${origin} points to lies outside the memory: ${held} ` +
      "(is CR3 of this machine, and the dump complete?)";
    return new DumpError(reason, { path: this.dump?.path ?? "memory", physicalAddress: pa }, "outside");
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

function resolveFeatures({
  maxPhyAddr = FEATURE_DEFAULTS.maxPhyAddr,
  pages1G = FEATURE_DEFAULTS.pages1G,
}: TablesOptions) {
  const { least, most } = MAX_PHY_ADDR;
  if (Number.isInteger(maxPhyAddr) && maxPhyAddr >= least && maxPhyAddr <= most) return { maxPhyAddr, pages1G };
  throw new ConfigError("maxPhyAddr", maxPhyAddr, `a whole number from ${least} to ${most}`);
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
  const cr3 = given.cr3 ?? cpu?.cr3 ?? (dump === null ? 0n : undefined);
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
  const value = typeof option === "bigint" ? option : (numberOf(option) ?? sumOf(bits, option));
  if (value !== null && value >= 0n && value < 1n << width) return value;
  const names = bits.size === 0 ? "" : `, or names of bits that are 1: ${bitNames.join(",")}`;
  throw new ConfigError(name, option, `a number of at most ${width} bits, as 0x1000${names}`);
}

/** The value with the bits of the names in `list`, as `SMEP,SMAP`; `null` if one has no such name. */
function sumOf(bits: ReadonlyMap<string, bigint>, list: string): bigint | null {
  const named = list.split(",").map((name) => bits.get(name.trim().toUpperCase()));
  return named.reduce<bigint | null>((sum, bit) => (sum === null || bit === undefined ? null : sum | bit), 0n);
}

/** A number in decimal or, with 0x, hexadecimal; `null` if `text` is none. */
function numberOf(text: string): bigint | null {
  return /^(0x[0-9a-f]+|\d+)$/i.test(text) ? BigInt(text) : null;
}

/** Physical address of the frame that holds the byte at `pa`. */
function frameAddress(pa: bigint): bigint {
  return pa & ~0xfffn;
}

function rangesText({ ranges }: MemoryDump): string {
  const shown = ranges.slice(0, MAX_RANGES_TOLD).map(({ start, end }) => `${hex(start)} to ${hex(end - 1n)}`);
  return shown.join(", ") + (ranges.length > shown.length ? ` and ${ranges.length - shown.length} more ranges` : "");
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
