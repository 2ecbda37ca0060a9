/** Entries of paging structures, as a processor reads them. */
import type { EntryFlags } from "../config/processor.ts";
import type { Exports, KernelInstance } from "./instance.ts";

/** reserved: present, with reserved bits set, so that every access through it faults. */
export type EntryKind = "not-present" | "table" | "page" | "reserved";

/** The kernel's constants about entries, each `PTE_` and its name. */
const BITS = [
  ...(["P", "RW", "US", "PWT", "PCD", "A", "D", "PS", "G", "XD"] as const),
  ...(["PAT_4K", "PAT_LARGE", "PKEY_SHIFT", "PKEY_MASK"] as const),
];

/** Where bits lie, and what they mean with the features and registers that the processor has. */
export class EntryFormat {
  readonly #exports: Exports;
  readonly #bits: Readonly<Record<(typeof BITS)[number], bigint>>;

  /** @internal */
  constructor(kernel: KernelInstance) {
    this.#exports = kernel.exports;
    const bits = BITS.map((name) => [name, kernel.constant(`PTE_${name}`)]);
    this.#bits = Object.fromEntries(bits);
  }

  /** A bit that is the same in every entry that has it. */
  bit(name: Exclude<keyof EntryFlags, "PAT" | "PK">): bigint {
    return this.#bits[name];
  }

  /** The bits of a present `entry` of `level` (5 = PML5E ... 1 = PTE) that must be 0 and are not. */
  reservedBits(entry: bigint, level: number): bigint {
    return BigInt.asUintN(64, this.#exports.reservedBits(entry, level)) & entry;
  }

  /** What `entry` of `level` is. */
  kindOf(entry: bigint, level: number): EntryKind {
    const x = this.#exports;
    const kind = x.kindOfEntry(entry, level);
    if (kind === x.ENTRY_NOT_PRESENT.value) return "not-present";
    if (kind === x.ENTRY_RESERVED.value) return "reserved";
    return kind === x.ENTRY_PAGE.value ? "page" : "table";
  }

  /** Physical address of what an `entry` of `level` points to. */
  targetOf(entry: bigint, level: number): bigint {
    return BigInt.asUintN(64, this.#exports.targetOf(entry, level));
  }

  /** The bits of `entry` by name. */
  flags(entry: bigint, level: number): EntryFlags {
    const bits = this.#bits;
    const flags: EntryFlags = {
      P: (entry & bits.P) !== 0n,
      RW: (entry & bits.RW) !== 0n,
      US: (entry & bits.US) !== 0n,
      PWT: (entry & bits.PWT) !== 0n,
      PCD: (entry & bits.PCD) !== 0n,
      A: (entry & bits.A) !== 0n,
      XD: (entry & bits.XD) !== 0n,
    };
    if (level === 2 || level === 3) flags.PS = (entry & bits.PS) !== 0n;
    if (level > 1 && flags.PS !== true) return flags;
    flags.D = (entry & bits.D) !== 0n;
    flags.PAT = (entry & (level === 1 ? bits.PAT_4K : bits.PAT_LARGE)) !== 0n;
    flags.G = (entry & bits.G) !== 0n;
    flags.PK = Number((entry >> bits.PKEY_SHIFT) & bits.PKEY_MASK);
    return flags;
  }

  /** An entry that points to physical address `target`, with the bits in `flags`; PAT as in a large page. */
  make(target: bigint, { PAT = false, PK = 0, ...flags }: Partial<EntryFlags>): bigint {
    const bits = this.#bits;
    let entry = target | (PAT ? bits.PAT_LARGE : 0n) | (BigInt(PK) << bits.PKEY_SHIFT);
    for (const [name, set] of Object.entries(flags)) if (set) entry |= bits[name as keyof typeof flags];
    return entry;
  }

  /**
   * `entry` of `level` with one of its flags changed, and no other bit: `true` sets, `false` clears; PK is 0..15. Throws
   * RangeError if flags() has no such flag for it, or not of that value.
   */
  withFlag(entry: bigint, level: number, name: keyof EntryFlags, value: boolean | number): bigint {
    if (!Object.hasOwn(this.flags(entry, level), name)) {
      throw new RangeError(`flag: got ${name}; expected one that such an entry has`);
    }
    if (name === "PK") {
      const { PKEY_MASK, PKEY_SHIFT } = this.#bits;
      if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || BigInt(value) > PKEY_MASK) {
        throw new RangeError(`PK: got ${value}; expected 0..${PKEY_MASK}`);
      }
      return (entry & ~(PKEY_MASK << PKEY_SHIFT)) | (BigInt(value) << PKEY_SHIFT);
    }
    if (typeof value !== "boolean") throw new RangeError(`${name}: got ${value}; expected true or false`);
    const bit = name === "PAT" ? this.#bits[level === 1 ? "PAT_4K" : "PAT_LARGE"] : this.#bits[name];
    return value ? entry | bit : entry & ~bit;
  }
}
