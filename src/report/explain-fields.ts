/** An address in its fields, bit by bit, and what the canonical test says of them: as data, without layout. */
import type { Explanation } from "./explanation.ts";

/** Under a bit that the canonical test looks at: the one to be repeated, one that repeats it, one that does not. */
export const BIT_MARKS = { sign: "^", copy: "=", wrong: "x" } as const;

/** One bit of an address, and what the canonical test says of it. */
export interface AddressBit {
  /** 63..0. */
  bit: number;
  value: 0 | 1;
  /** `null` for a bit that the canonical test does not look at. */
  mark: keyof typeof BIT_MARKS | null;
}

/** Bits `high` to `low` of an address, and what they are. */
export interface AddressField {
  high: number;
  low: number;
  /** Of the table that the field indexes, or what else it is. */
  name: "copies" | "PML5" | "PML4" | "PDPT" | "PD" | "PT" | "offset";
  /** Index of the entry in its table, 0..511, or offset in the page; `null` of the copies. */
  value: number | null;
  /** The highest first. */
  bits: readonly AddressBit[];
}

/** The fields of the explained address, the highest first: those that its translation uses. */
export function addressFields(explanation: Explanation): AddressField[] {
  const { address, addressBits, indices, offset, pageSize } = explanation;
  const fields: Omit<AddressField, "bits">[] = [
    { high: 63, low: addressBits, name: "copies", value: null },
    ...(indices.pml5 === undefined ? [] : [{ high: 56, low: 48, name: "PML5", value: indices.pml5 } as const]),
    { high: 47, low: 39, name: "PML4", value: indices.pml4 },
    { high: 38, low: 30, name: "PDPT", value: indices.pdpt },
  ];
  if (pageSize !== "1G") fields.push({ high: 29, low: 21, name: "PD", value: indices.pd });
  if (pageSize !== "1G" && pageSize !== "2M") fields.push({ high: 20, low: 12, name: "PT", value: indices.pt });
  fields.push({ high: (fields.at(-1)?.low ?? 0) - 1, low: 0, name: "offset", value: offset });
  const digits = BigInt(address).toString(2).padStart(64, "0");
  return fields.map((field) => ({
    ...field,
    bits: Array.from({ length: field.high - field.low + 1 }, (_, index) =>
      bitOf(digits, field.high - index, addressBits),
    ),
  }));
}

function bitOf(digits: string, bit: number, addressBits: 48 | 57): AddressBit {
  const sign = addressBits - 1;
  const copies = digits[63 - bit] === digits[63 - sign];
  const mark = bit < sign ? null : bit === sign ? "sign" : copies ? "copy" : "wrong";
  return { bit, value: digits[63 - bit] === "1" ? 1 : 0, mark };
}

/**
 * What the canonical test says, in a sentence or two, naming BIT_MARKS.
 *
 * @param fiveLevels how to ask for 5-level paging where it would make a difference, as `--la57`
 */
export function canonicalVerdict(explanation: Explanation, fiveLevels: string): string {
  const { addressBits, canonical, address } = explanation;
  const va = BigInt(address);
  const sign = addressBits - 1;
  const signBit = (va >> BigInt(sign)) & 1n;
  const bits = `bits 63 to ${addressBits}`;
  const value = `bit ${sign} (${BIT_MARKS.sign}), which is ${signBit}`;
  if (canonical) {
    const half = signBit === 1n ? "upper" : "lower";
    const narrow = addressBits === 57 && !isCanonical(va, 48);
    const other = narrow ? " With 4-level paging (48 bits) it would not be canonical." : "";
    return `Canonical (${half} half): ${bits} are copies of ${value}.${other}`;
  }
  const wrong = wrongBits(va, addressBits);
  const marked =
    wrong === 1 ? `the one marked ${BIT_MARKS.wrong} is not` : `the ${wrong} marked ${BIT_MARKS.wrong} are not`;
  const other = addressBits === 48 && isCanonical(va, 57);
  const hint = other ? ` It would be canonical with 5-level paging (${fiveLevels}), which has 57 bits.` : "";
  return `NOT CANONICAL: ${bits} must be copies of ${value}, and ${marked}.${hint}`;
}

/** How many of bits 63 to `addressBits` differ from the bit below them. */
function wrongBits(va: bigint, addressBits: 48 | 57): number {
  const different = (va ^ BigInt.asUintN(64, BigInt.asIntN(addressBits, va))) >> BigInt(addressBits);
  return different.toString(2).replaceAll("0", "").length;
}

/** Tells whether bits 63 to `addressBits` of `va` are copies of the bit below them. */
export function isCanonical(va: bigint, addressBits: 48 | 57): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(addressBits, va)) === va;
}

/** `va` in all its 16 digits: `0x0000800000001234`. */
export function allDigits(va: bigint): string {
  return `0x${va.toString(16).padStart(16, "0")}`;
}
