/**
 * Random tables, registers and accesses, biased to what matters: most walks come to an end, most flags are tried in
 * every combination, and each way of stopping a walk is taken now and then.
 */
import type { Access } from "../../src/kernel/processor.ts";
import { ADDRESS_BITS, P, PAT_4K, PAT_LARGE, PS, RW, US, XD } from "../reference/entry-bits.ts";
import { entryAddress, isCanonicalFor, isLeafAt, type Memory, pagesOf } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";
import { Random } from "./random.ts";

/** Accesses in their order to one set of tables, so that all but the first may hit what those before it left. */
export interface RandomCase {
  mode: Mode;
  memory: Memory;
  accesses: Access[];
}

/** Cases that share MAXPHYADDR and 1 GiB pages: machines are configured anew when these change. */
const CASES_OF_ONE_MACHINE = 256;

/** The cases of a seed, without end. */
export function* randomCases(seed: number): Generator<RandomCase, never> {
  const random = new Random(seed);
  for (;;) {
    const maxPhyAddr = random.chance(0.5) ? random.between(32, 52) : random.pick([32, 39, 40, 46, 48, 51, 52]);
    const pages1G = random.chance(0.7);
    for (let count = 0; count < CASES_OF_ONE_MACHINE; count++) yield randomCase(random, maxPhyAddr, pages1G);
  }
}

function randomCase(random: Random, maxPhyAddr: number, pages1G: boolean): RandomCase {
  const mode = randomMode(random, maxPhyAddr, pages1G);
  const first = randomAccess(random, mode);
  const accesses = [first];
  while (random.chance(0.6)) accesses.push(sameAddress(random, mode, first));
  const memory: Memory = new Map();
  const hasFaults = random.chance(0.5);
  for (const access of accesses)
    for (const va of pagesOf(access))
      if (isCanonicalFor(mode.levels, va)) addTables(random, mode, memory, va, hasFaults);
  return { mode, memory, accesses };
}

function randomMode(random: Random, maxPhyAddr: number, pages1G: boolean): Mode {
  const bit = () => random.chance(0.5);
  const frames = (1n << BigInt(maxPhyAddr)) - 1n;
  return {
    levels: bit() ? 4 : 5,
    maxPhyAddr,
    pages1G,
    cr3: random.bits() & frames,
    wp: bit(),
    smep: bit(),
    smap: bit(),
    ac: bit(),
    nxe: random.chance(0.8),
    pke: bit(),
    pks: bit(),
    pkru: keyRights(random),
    pkrs: keyRights(random),
    pge: bit(),
    pcide: bit(),
  };
}

/** Few keys forbid something, or all do at random. */
function keyRights(random: Random): number {
  return random.chance(0.5) ? random.word() : (random.word() & random.word() & random.word()) >>> 0;
}

function randomAccess(random: Random, mode: Mode): Access {
  const size = random.chance(0.9) ? random.pick([1, 1, 2, 4, 8, 8, 16, 32, 64]) : random.between(1, 4096);
  return { va: randomAddress(random, mode, size), size, ...randomKind(random) };
}

type Kind = Omit<Access, "va" | "size">;

function randomKind(random: Random): Kind {
  const kind = random.pick(["read", "read", "write", "fetch", "modify"] as const);
  const privilege = random.chance(0.5) ? ("user" as const) : ("supervisor" as const);
  if (kind === "fetch") return { kind, privilege };
  const special = random.below(12);
  if (special === 0) return { kind, privilege, implicit: true };
  if (special === 1) return { kind, privilege, stack: true };
  if (special === 2 && kind !== "modify") return { kind, privilege, hint: true };
  return { kind, privilege };
}

/** Another access to the same page: the same bytes, or others of the page. */
function sameAddress(random: Random, mode: Mode, { va, size = 1 }: Access): Access {
  const other = (va & ~0xfffn) | BigInt(random.below(4096));
  const isOther = isCanonicalFor(mode.levels, va) && random.chance(0.5);
  return { va: isOther ? other : va, size: isOther ? random.pick([1, 8]) : size, ...randomKind(random) };
}

/** A canonical address, often so that the access straddles pages; else one at or beyond an edge of the canonical halves. */
function randomAddress(random: Random, mode: Mode, size: number): bigint {
  const vaBits = mode.levels === 5 ? 57 : 48;
  if (random.chance(0.06)) {
    const edge = random.pick([0n, 1n << BigInt(vaBits - 1), (1n << 64n) - (1n << BigInt(vaBits - 1))]);
    return BigInt.asUintN(64, edge + BigInt(random.between(-2 * size, size)));
  }
  if (random.chance(0.02)) return random.bits();
  const page = BigInt.asUintN(64, BigInt.asIntN(vaBits, random.bits())) & ~0xfffn;
  const straddles = size > 1 && random.chance(0.25);
  const offset = straddles ? random.between(4097 - size, 4095) : random.between(0, 4096 - size);
  // Some at the last page of a table, so that the second page's entries lie in others.
  const last = straddles && random.chance(0.5) ? random.pick([0x1ff000n, 0x3ffff000n, 0x7ffffff000n]) : 0n;
  return page | last | BigInt(offset);
}

/** Gives the page of `va` entries down to a leaf, for as far as it has none. */
function addTables(random: Random, mode: Mode, memory: Memory, va: bigint, hasFaults: boolean): void {
  let table = mode.cr3;
  for (let level: number = mode.levels; level > 0; level--) {
    const address = entryAddress(table, level, va);
    const entry = memory.get(address) ?? randomEntry(random, mode, memory, level, hasFaults);
    memory.set(address, entry);
    if (isLeafAt(level, entry) && (level <= 2 || (level === 3 && mode.pages1G))) return;
    table = entry;
  }
}

function randomEntry(random: Random, mode: Mode, memory: Memory, level: number, hasFaults: boolean): bigint {
  const bit = (probability: number, mask: bigint) => (random.chance(probability) ? mask : 0n);
  // Bits that are ignored or judged at the end: PWT, PCD, A, D, G, AVL, the key. Present, mostly writable and user.
  let entry = (random.bits() & 0x7ff0_0000_0000_0f78n) | bit(0.8, RW) | bit(0.7, US) | P;
  if (mode.nxe) entry |= bit(0.12, XD);
  // Without 1 GiB pages, a PDPTE that would be one but for that.
  const mayBe1G = mode.pages1G || (hasFaults && random.chance(0.3));
  const isPage = level === 1 || (level === 2 && random.chance(0.2)) || (level === 3 && mayBe1G && random.chance(0.15));
  entry |= level === 1 ? bit(0.5, PAT_4K) : isPage ? PS : 0n;
  entry |= randomFrame(random, mode, memory, isPage ? level : 1);
  if (isPage && level > 1) entry |= bit(0.5, PAT_LARGE);
  if (!hasFaults) return entry;
  entry &= ~bit(0.07, P);
  if (random.chance(0.1)) entry |= randomReservedBit(random, mode, level, isPage);
  return entry;
}

/** Anywhere in physical memory, aligned to what an entry of `level` maps. At times a frame already in use. */
function randomFrame(random: Random, mode: Mode, memory: Memory, level: number): bigint {
  const physical = (1n << BigInt(mode.maxPhyAddr)) - 1n;
  let frame = random.bits();
  if (random.chance(0.03) && memory.size > 0) frame = random.pick([mode.cr3, ...memory.keys()]);
  else if (random.chance(0.2)) frame &= 0xffffffn;
  return frame & physical & ADDRESS_BITS & ~((1n << BigInt(12 + 9 * (level - 1))) - 1n);
}

/** One of the bits that are reserved in some entries, on some machines; not always in this one. */
function randomReservedBit(random: Random, mode: Mode, level: number, isPage: boolean): bigint {
  const between = (low: number, high: number) => 1n << BigInt(random.pick([low, high, random.between(low, high)]));
  const choice = random.below(4);
  if (choice === 0 && mode.maxPhyAddr < 52) return between(mode.maxPhyAddr, 51);
  if (choice === 1) return XD;
  if (isPage && level > 1) return between(13, level === 3 ? 29 : 20);
  if (choice === 2 && level > 1) return PS;
  return between(52, 58);
}
