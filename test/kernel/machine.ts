/** A processor with tables that a test draws: addresses whose digits are their indices. */
import { type Access, type Outcome, Processor } from "../../src/kernel/processor.ts";
import { ADDRESS_BITS, ALL, P } from "../reference/entry-bits.ts";

export const CR3 = 0x1000n;
const TABLE_FRAMES = 0x10n;

/** Address with these indices, sign-extended from bit 47. */
export function vaOf({ pml4 = 0, pdpt = 0, pd = 0, pt = 0, offset = 0 }): bigint {
  const low =
    (BigInt(pml4) << 39n) | (BigInt(pdpt) << 30n) | (BigInt(pd) << 21n) | (BigInt(pt) << 12n) | BigInt(offset);
  return BigInt.asUintN(64, BigInt.asIntN(48, low));
}

export const geometry = (entries: number, ways: number) => ({ entries, ways, sets: entries / ways });
export const CACHES = {
  l1i: geometry(4, 4),
  l1d: geometry(4, 4),
  stlb: geometry(8, 4),
  psc: { pde: 2, pdpte: 2, pml4e: 2 },
};

export class Machine {
  readonly processor: Processor;
  #tables = 0n;

  private constructor(processor: Processor) {
    this.processor = processor;
  }

  /** Paging as a kernel sets it up: CR0.WP, EFER.NXE, and the bits of CR4 that are named. */
  static async create(module: WebAssembly.Module, cr4: string[] = ["PGE"], caches = CACHES): Promise<Machine> {
    const processor = await Processor.create(module);
    processor.configure({ features: { maxPhyAddr: 46, pages1G: true }, caches });
    processor.setRegisters({
      cr0: processor.registerBit("cr0", "WP"),
      cr3: CR3,
      cr4: cr4.reduce((sum, bit) => sum | processor.registerBit("cr4", bit), 0n),
      efer: processor.registerBit("efer", "NXE"),
    });
    return new Machine(processor);
  }

  /** Maps the page of `va` by `leaf` at `level`, with all rights in the tables above; returns where the leaf lies. */
  map(va: bigint, leaf: bigint, level = 1, { cr3 = CR3, levels = 4 } = {}): bigint {
    let table = cr3 & ~0xfffn;
    for (let at = levels; ; at--) {
      const entry = table + 8n * ((va >> BigInt(12 + 9 * (at - 1))) & 511n);
      if (at === level) {
        this.processor.writeEntry(entry, leaf);
        return entry;
      }
      if (this.processor.frame(table) === null) this.processor.writeEntry(table, 0n);
      if ((this.processor.readEntry(entry) & P) === 0n) {
        this.processor.writeEntry(entry, ((TABLE_FRAMES + this.#tables++) << 12n) | ALL);
      }
      table = this.processor.readEntry(entry) & ADDRESS_BITS;
    }
  }

  access(va: bigint, access: Partial<Access> = {}): Outcome {
    return this.processor.access({ va, kind: "read", privilege: "user", ...access });
  }

  read(va: bigint, access: Partial<Access> = {}): Outcome {
    return this.access(va, access);
  }

  write(va: bigint, access: Partial<Access> = {}): Outcome {
    return this.access(va, { kind: "write", ...access });
  }

  fetch(va: bigint, access: Partial<Access> = {}): Outcome {
    return this.access(va, { kind: "fetch", ...access });
  }
}

/** Where the last byte of an access without fault was found: "l1", "stlb" or "tables". */
export function foundIn({ fault, translations }: Outcome): string {
  if (fault !== null) return `#${fault.vector}`;
  return translations.at(-1)?.foundIn ?? "nowhere";
}
