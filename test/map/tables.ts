/** Page tables made by hand, and a plain walk over all of them, written from the SDM and not from the kernel. */
import { limeDump } from "../helpers/dumps.ts";

/** Bits of entries. SDM Vol. 3A, "4-Level Paging and 5-Level Paging", tables of the entry formats. */
export const P = 1n << 0n;
export const RW = 1n << 1n;
export const US = 1n << 2n;
export const A = 1n << 5n;
export const D = 1n << 6n;
export const PS = 1n << 7n;
export const G = 1n << 8n;
export const PAT_LARGE = 1n << 12n;
export const XD = 1n << 63n;
/** A table that takes no right away. */
export const LINK = P | RW | US;

const FRAME_BYTES = 4096;

/** Physical memory that holds tables. */
export class TestTables {
  readonly frames = new Map<bigint, Uint8Array>();

  /** Puts `entry` at `index` of the table at `pa`, which is made if it is not there. */
  put(pa: bigint, index: number, entry: bigint): this {
    new DataView(this.table(pa).buffer).setBigUint64(8 * index, entry, true);
    return this;
  }

  /** Puts `entry` at every index. */
  fill(pa: bigint, entry: bigint): this {
    for (let index = 0; index < 512; index++) this.put(pa, index, entry);
    return this;
  }

  /** The bytes of the table at `pa`. */
  table(pa: bigint): Uint8Array {
    const frame = this.frames.get(pa) ?? new Uint8Array(FRAME_BYTES);
    this.frames.set(pa, frame);
    return frame;
  }

  read(pa: bigint, index: number): bigint {
    const frame = this.frames.get(pa);
    if (frame === undefined) throw new Error(`no table at 0x${pa.toString(16)}`);
    return new DataView(frame.buffer).getBigUint64(8 * index, true);
  }

  dump(): Uint8Array {
    return limeDump(this.frames);
  }
}

export interface Machine {
  cr3: bigint;
  levels: 4 | 5;
  maxPhyAddr: number;
  nxe: boolean;
  pages1G: boolean;
}

export interface WalkedPage {
  va: bigint;
  pa: bigint;
  size: bigint;
  entry: bigint;
  write: boolean;
  user: boolean;
  execute: boolean;
}

/** Every page, by ascending address, the lower half first. Calls itself for each table, as often as it is met. */
export function walkAll(tables: TestTables, machine: Machine): WalkedPage[] {
  const pages: WalkedPage[] = [];
  const visit = (
    table: bigint,
    level: number,
    base: bigint,
    rights: Omit<WalkedPage, "va" | "pa" | "size" | "entry">,
  ) => {
    for (let index = 0; index < 512; index++) {
      const entry = tables.read(table, index);
      if ((entry & P) === 0n || reservedSet(entry, level, machine) !== 0n) continue;
      const size = 1n << BigInt(12 + 9 * (level - 1));
      const va = base + BigInt(index) * size;
      const combined = {
        write: rights.write && (entry & RW) !== 0n,
        user: rights.user && (entry & US) !== 0n,
        execute: rights.execute && (entry & XD) === 0n,
      };
      const address = entry & 0x000f_ffff_ffff_f000n;
      if (level === 1 || (entry & PS) !== 0n) {
        const bits = machine.levels === 5 ? 57 : 48;
        const canonical = BigInt.asUintN(64, BigInt.asIntN(bits, va));
        pages.push({ va: canonical, pa: address - (address % size), size, entry, ...combined });
      } else visit(address, level - 1, va, combined);
    }
  };
  visit(machine.cr3, machine.levels, 0n, { write: true, user: true, execute: true });
  return pages;
}

/** The bits of a present entry that are set and must not be. */
export function reservedSet(entry: bigint, level: number, { maxPhyAddr, nxe, pages1G }: Machine): bigint {
  let reserved = nxe ? 0n : XD;
  reserved |= bitsOf(51, maxPhyAddr);
  const page = (entry & PS) !== 0n;
  if (level >= 4 || (level === 3 && !pages1G)) reserved |= PS;
  else if (level === 3 && page) reserved |= bitsOf(29, 13);
  else if (level === 2 && page) reserved |= bitsOf(20, 13);
  return entry & reserved;
}

/** Bits `high` down to `low`; none if `high` is less. */
function bitsOf(high: number, low: number): bigint {
  return high < low ? 0n : ((1n << BigInt(high - low + 1)) - 1n) << BigInt(low);
}
