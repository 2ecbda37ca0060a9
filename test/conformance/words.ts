/** Accesses, entries and outcomes for people, in lines of up to 100 columns. */
import type { Access } from "../../src/kernel/processor.ts";
import { A, D, G, KEY_SHIFT, P, PAT_4K, PAT_LARGE, PCD, PS, PWT, RW, US, XD } from "../reference/entry-bits.ts";
import { isLeafAt, type ModelFault } from "../reference/paging.ts";
import { ERROR, type Mode } from "../reference/rights.ts";

export const hex = (value: bigint | number) => `0x${value.toString(16)}`;

/** Names of what is set. */
function names<T>(bits: readonly (readonly [name: string, bit: T])[], isSet: (bit: T) => boolean): string[] {
  return bits.flatMap(([name, bit]) => (isSet(bit) ? [name] : []));
}

/** `#PF(0x9: P RSVD) CR2 0x1000`, `#GP(0)`, `went through to 0x5000`. */
export function printOutcome(fault: ModelFault | null, physicalAddresses: bigint[] = []): string {
  if (fault === null) return ["went through", ...physicalAddresses.map((address) => `to ${hex(address)}`)].join(" ");
  const { vector, errorCode, cr2 } = fault;
  const name = { 12: "#SS", 13: "#GP", 14: "#PF" }[vector];
  const bits = names(Object.entries(ERROR), (bit) => (errorCode & bit) !== 0).join(" ");
  const code = errorCode === 0 ? "0" : vector === 14 ? `${hex(errorCode)}: ${bits}` : hex(errorCode);
  return `${name}(${code})${cr2 === null ? "" : ` CR2 ${hex(cr2)}`}`;
}

/** `write of 8 bytes at 0x1000`. */
export function printAccess({ va, size = 1, kind, implicit, stack, hint }: Access): string {
  const plain = kind === "modify" ? "read-modify-write" : kind;
  const name = hint ? "prefetch" : implicit ? `implicit supervisor ${plain}` : plain;
  const bytes = kind === "fetch" && size === 1 ? "" : ` of ${size} ${size === 1 ? "byte" : "bytes"}`;
  return `${name}${bytes} at ${hex(va)}${stack ? ", through the stack segment" : ""}`;
}

const FLAGS = [
  ["WP", "wp"],
  ["SMEP", "smep"],
  ["SMAP", "smap"],
  ["AC", "ac"],
  ["NXE", "nxe"],
  ["PKE", "pke"],
  ["PKS", "pks"],
  ["PGE", "pge"],
  ["PCIDE", "pcide"],
] as const;

/** The registers and what the machine has. */
export function printMode(mode: Mode): string[] {
  const { levels, maxPhyAddr, pages1G, cr3, pkru, pkrs } = mode;
  const flags = names(FLAGS, (name) => mode[name]).join(" ") || "none";
  return [
    `${levels} levels, MAXPHYADDR ${maxPhyAddr}, ${pages1G ? "" : "no "}1 GiB pages, CR3 ${hex(cr3)}`,
    `on: ${flags}`,
    ...printKeys("PKRU", pkru),
    ...printKeys("PKRS", pkrs),
  ];
}

/** `PKRU: key 5 AD WD`; nothing if all keys allow everything. */
function printKeys(register: string, value: number): string[] {
  const keys = Array.from({ length: 16 }, (_, key) => (value >>> (2 * key)) & 3);
  const restricted = keys.flatMap((rights, key) => {
    const what = ["", "AD", "WD", "AD WD"][rights];
    return rights === 0 ? [] : [`key ${key} ${what}`];
  });
  if (restricted.length === 0) return [];
  return [`${register}: ${restricted.length > 4 ? hex(value) : restricted.join(", ")}`];
}

const ALWAYS = [
  ["RW", RW],
  ["US", US],
  ["PWT", PWT],
  ["PCD", PCD],
  ["A", A],
] as const;

/** `P RW US A XD`: those that mean something in a present entry of `level`; `not present`. */
export function printFlags(entry: bigint, level: number): string {
  const isSet = (bit: bigint) => (entry & bit) !== 0n;
  if (!isSet(P)) return "not present";
  const flags = ["P", ...names(ALWAYS, isSet)];
  const isLeaf = isLeafAt(level, entry) && level <= 3;
  if (isLeaf) flags.push(...names([["D", D]] as const, isSet));
  if (level > 1) flags.push(...names([["PS", PS]] as const, isSet));
  if (isLeaf) {
    const pat = level === 1 ? PAT_4K : PAT_LARGE;
    flags.push(...names([["PAT", pat] as const, ["G", G] as const], isSet));
    const key = (entry >> KEY_SHIFT) & 15n;
    if (key !== 0n) flags.push(`key ${key}`);
  }
  return [...flags, ...names([["XD", XD]] as const, isSet)].join(" ");
}

/** `bits 51:40, 63 (XD)`: the bits that are set. */
export function printBits(bits: bigint): string {
  const ranges: [low: number, high: number][] = [];
  for (let bit = 0; bit < 64; bit++) {
    if (((bits >> BigInt(bit)) & 1n) === 0n) continue;
    const last = ranges.at(-1);
    if (last?.[1] === bit - 1) last[1] = bit;
    else ranges.push([bit, bit]);
  }
  const known = new Map([
    [7, " (PS)"],
    [63, " (XD)"],
  ]);
  const texts = ranges.map(([low, high]) => (low === high ? `${low}${known.get(low) ?? ""}` : `${high}:${low}`));
  return `${ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1] ? "bit" : "bits"} ${texts.join(", ")}`;
}
