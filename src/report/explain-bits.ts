/** An address in bits, its fields below it, in columns of a terminal. */
import { type AddressField, addressFields, BIT_MARKS, canonicalVerdict } from "./explain-fields.ts";
import type { Explanation } from "./explanation.ts";
import { indented } from "./paragraphs.ts";

/** The bits in their fields, the marks of the canonical test below those it looks at, and what it says. */
export function addressBitsText(explanation: Explanation): string {
  const fields = addressFields(explanation);
  const row = (cell: (field: AddressField) => string) => `  ${fields.map(cell).join(" ")}`.trimEnd();
  return [
    row(({ high, low, bits }) => `${high}${String(low).padStart(bits.length - String(high).length)}`),
    row(({ bits }) => bits.map(({ value }) => value).join("")),
    row(({ bits }) => bits.map(({ mark }) => (mark === null ? " " : BIT_MARKS[mark])).join("")),
    row((field) => fieldName(field).padEnd(field.bits.length)),
    "",
    indented(canonicalVerdict(explanation, "--la57")),
  ].join("\n");
}

/** As long as the field has bits, at most. */
function fieldName({ name, value, low }: AddressField): string {
  if (value === null) return low === 48 ? "copies of bit 47" : name;
  return `${name} ${name === "offset" ? `0x${value.toString(16)}` : value}`;
}
