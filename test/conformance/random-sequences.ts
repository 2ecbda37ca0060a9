/**
 * Random histories of a small address space: accesses, changes of its tables without and with the invalidations they
 * need, changes of CR3 and CR4. Two tables at each level, and two entries in each, so that what is cached for one
 * address is often what another finds changed.
 */
import type { ProcessorCaches } from "../../src/config/processor.ts";
import type { Access } from "../../src/kernel/processor.ts";
import { A, D, G, KEY_SHIFT, P, PS, RW, US, XD } from "../reference/entry-bits.ts";
import type { Memory } from "../reference/paging.ts";
import type { Mode } from "../reference/rights.ts";
import { Random } from "./random.ts";

/** One thing that happens. Changes of `mode` are those that invalidate nothing. */
export type Step =
  | { access: Access }
  | { write: bigint; value: bigint }
  | { cr3: bigint }
  | { cr4: Mode }
  | { mode: Mode }
  | { invlpg: bigint }
  | { invpcid: number; pcid: bigint; va: bigint }
  | { invalidateAll: true };

export interface Sequence {
  mode: Mode;
  memory: Memory;
  steps: Step[];
}

const full = (entries: number) => ({ entries, ways: entries, sets: 1 });

/** Caches that keep everything, that soon lose it, and whose L1 loses what the STLB keeps. */
export const CACHES_OF_SEQUENCES: ProcessorCaches[] = [
  { l1i: full(16), l1d: full(16), stlb: full(32), psc: { pde: 16, pdpte: 16, pml4e: 16 } },
  {
    l1i: full(2),
    l1d: { entries: 4, ways: 2, sets: 2 },
    stlb: { entries: 8, ways: 4, sets: 2 },
    psc: { pde: 2, pdpte: 2, pml4e: 1 },
  },
  { l1i: full(1), l1d: full(1), stlb: full(16), psc: { pde: 4, pdpte: 0, pml4e: 2 } },
];

const STEPS = 100;
const PCIDS = [0n, 1n, 2n];
const MAX_PHY_ADDR = 40;

/** The two tables of `level`, by physical address. */
const tablesOf = (level: number) => [0n, 1n].map((index) => (BigInt(2 * level) + index) << 12n);

/** The two pages that entries of `level` map. */
const pagesOf = (level: number) => [0n, 1n].map((index) => (BigInt(level) << 34n) | (index << 32n));

export function randomSequence(seed: number): Sequence {
  const random = new Random(seed);
  const bit = (probability = 0.5) => random.chance(probability);
  const roots = (levels: number) => tablesOf(levels);
  let mode: Mode = {
    levels: bit(0.7) ? 4 : 5,
    maxPhyAddr: MAX_PHY_ADDR,
    pages1G: true,
    cr3: 0n,
    wp: bit(),
    smep: bit(0.2),
    smap: bit(0.2),
    ac: bit(),
    nxe: true,
    pke: bit(0.2),
    pks: bit(0.2),
    pkru: random.word(),
    pkrs: random.word(),
    pge: bit(0.7),
    pcide: bit(0.6),
  };
  const pcid = () => (mode.pcide ? random.pick(PCIDS) : 0n);
  mode.cr3 = random.pick(roots(mode.levels)) | pcid();
  const start = mode;
  const memory: Memory = new Map();
  for (let level = 1; level <= mode.levels; level++)
    for (const table of tablesOf(level))
      for (const index of [0n, 8n]) memory.set(table + index, randomEntry(random, level));
  const words = [...memory.keys()];
  const levelOf = (address: bigint) => Number(address >> 13n);

  const pages = Array.from({ length: 4 }, () => randomPage(random, mode.levels));
  const steps: Step[] = [];
  while (steps.length < STEPS) {
    const page = random.pick(pages);
    const kind = random.below(100);
    if (kind < 62) steps.push({ access: randomAccess(random, page) });
    else if (kind < 84) {
      const write = random.pick(words);
      steps.push({ write, value: randomEntry(random, levelOf(write)) });
    } else if (kind < 87) steps.push({ invlpg: page });
    else if (kind < 91) steps.push({ invpcid: random.below(4), pcid: pcid(), va: page });
    else if (kind < 95) {
      const cr3 = random.pick(roots(mode.levels)) | pcid();
      mode = { ...mode, cr3 };
      steps.push({ cr3: cr3 | (mode.pcide && bit(0.6) ? 1n << 63n : 0n) });
    } else if (kind < 97) {
      mode = { ...mode, wp: bit(), ac: bit(), pkru: random.word(), pkrs: random.word() };
      steps.push({ mode });
    } else if (kind < 99) {
      mode = { ...mode, ...randomCr4Bits(random, mode) };
      steps.push({ cr4: mode });
    } else steps.push({ invalidateAll: true });
  }
  return { mode: start, memory, steps };
}

/** PCIDE can be set only while CR3 has PCID 0. */
function randomCr4Bits(random: Random, mode: Mode): Partial<Mode> {
  const bit = () => random.chance(0.5);
  switch (random.below(5)) {
    case 0:
      return { pge: !mode.pge };
    case 1:
      return mode.pcide || (mode.cr3 & 0xfffn) === 0n ? { pcide: !mode.pcide } : {};
    case 2:
      return { smep: !mode.smep };
    case 3:
      return { smap: !mode.smap };
    default:
      return { pke: bit(), pks: bit() };
  }
}

function randomPage(random: Random, levels: number): bigint {
  let va = 0n;
  for (let level = 0; level < levels; level++) va |= BigInt(random.below(2)) << BigInt(12 + 9 * level);
  return va;
}

function randomAccess(random: Random, page: bigint): Access {
  const kind = random.pick(["read", "read", "write", "write", "fetch", "modify"] as const);
  const privilege = random.chance(0.5) ? ("user" as const) : ("supervisor" as const);
  const access: Access = { va: page + BigInt(random.below(4000)), size: 1, kind, privilege };
  if (random.chance(0.1)) return { ...access, va: page + 0xffcn, size: 8 };
  if (random.chance(0.05) && (kind === "read" || kind === "write")) return { ...access, hint: true };
  return access;
}

function randomEntry(random: Random, level: number): bigint {
  const bit = (probability: number, mask: bigint) => (random.chance(probability) ? mask : 0n);
  const isLarge = (level === 2 || level === 3) && random.chance(0.2);
  let entry = bit(0.96, P) | bit(0.9, RW) | bit(0.93, US) | bit(0.5, A) | bit(0.3, D);
  entry |= bit(0.03, XD) | bit(0.01, 1n << 50n);
  if (level === 1 || isLarge) {
    entry |= bit(0.4, G) | (random.chance(0.1) ? BigInt(random.below(16)) << KEY_SHIFT : 0n);
    return entry | random.pick(pagesOf(level)) | (isLarge ? PS : 0n);
  }
  return entry | random.pick(tablesOf(level - 1));
}
