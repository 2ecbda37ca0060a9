/** An address in bits, its fields below it. */
import type { Explanation } from "./explanation.ts";
import { indented } from "./paragraphs.ts";

/** Bits `high` to `low` of an address, and what they are. */
interface Field {
  high: number;
  low: number;
  name: string;
}

/** The bits in their fields, the marks of the canonical test below those it looks at, and what it says. */
export function addressBitsText(explanation: Explanation): string {
  const { address, addressBits } = explanation;
  const bits = BigInt(address).toString(2).padStart(64, "0");
  const sign = addressBits - 1;
  const signBit = bits[63 - sign];
  const fields = fieldsOf(explanation);
  const row = (cell: (field: Field) => string) => `  ${fields.map(cell).join(" ")}`.trimEnd();
  const text = ({ high, low }: Field) => bits.slice(63 - high, 64 - low);
  const mark = (bit: number) => {
    if (bit < sign) return " ";
    return bit === sign ? "^" : bits[63 - bit] === signBit ? "=" : "x";
  };
  const wrong = [...bits.slice(0, 63 - sign)].filter((bit) => bit !== signBit).length;
  return [
    row(({ high, low }) => `${high}${String(low).padStart(high - low + 1 - String(high).length)}`),
    row(text),
    row(({ high, low }) => Array.from({ length: high - low + 1 }, (_, index) => mark(high - index)).join("")),
    row(({ high, low, name }) => name.padEnd(high - low + 1)),
    "",
    indented(testText(explanation, signBit === "1", wrong)),
  ].join("\n");
}

function fieldsOf({ addressBits, indices, offset, pageSize }: Explanation): Field[] {
  const la57 = addressBits === 57;
  const fields = [
    { high: 63, low: addressBits, name: la57 ? "copies" : "copies of bit 47" },
    ...(la57 ? [{ high: 56, low: 48, name: `PML5 ${indices.pml5}` }] : []),
    { high: 47, low: 39, name: `PML4 ${indices.pml4}` },
    { high: 38, low: 30, name: `PDPT ${indices.pdpt}` },
    ...(pageSize === "1G" ? [] : [{ high: 29, low: 21, name: `PD ${indices.pd}` }]),
    ...(pageSize === "1G" || pageSize === "2M" ? [] : [{ high: 20, low: 12, name: `PT ${indices.pt}` }]),
  ];
  const high = (fields.at(-1)?.low ?? 12) - 1;
  return [...fields, { high, low: 0, name: `offset 0x${offset.toString(16)}` }];
}

function testText({ addressBits, canonical, address }: Explanation, signBit: boolean, wrong: number): string {
  const sign = addressBits - 1;
  const bits = `bits 63 to ${addressBits}`;
  const value = `bit ${sign} (^), which is ${signBit ? 1 : 0}`;
  if (canonical) {
    const half = signBit ? "upper" : "lower";
    const narrow = addressBits === 57 && !isCanonical(BigInt(address), 48);
    const other = narrow ? " With 4-level paging (48 bits) it would not be canonical." : "";
    return `Canonical (${half} half): ${bits} are copies of ${value}.${other}`;
  }
  const marked = wrong === 1 ? "the one marked x is not" : `the ${wrong} marked x are not`;
  const other = addressBits === 48 && isCanonical(BigInt(address), 57);
  const hint = other ? " It would be canonical with 5-level paging (--la57), which has 57 bits." : "";
  return `NOT CANONICAL: ${bits} must be copies of ${value}, and ${marked}.${hint}`;
}

/** Tells whether bits 63 to `addressBits` of `va` are copies of the bit below them. */
export function isCanonical(va: bigint, addressBits: 48 | 57): boolean {
  return BigInt.asUintN(64, BigInt.asIntN(addressBits, va)) === va;
}

/** `va` in all its 16 digits: `0x0000800000001234`. */
export function allDigits(va: bigint): string {
  return `0x${va.toString(16).padStart(16, "0")}`;
}
