/** The address bit by bit, in its fields, with what the canonical test says. */
import { type AddressField, addressFields, BIT_MARKS, canonicalVerdict } from "../../report/explain-fields.ts";
import type { Explanation } from "../../report/explanation.ts";
import { hexAddress } from "../../report/format.ts";
import { h } from "../dom.ts";

/** The 64 bits of the explained address. Screen readers are told of fields, not of single bits. */
export function bitsElement(explanation: Explanation): HTMLElement {
  const { canonical } = explanation;
  return h(
    "section",
    { class: "address-bits" },
    h("h2", {}, "The bits"),
    h("ul", { class: "bit-fields" }, addressFields(explanation).map(fieldElement)),
    h("p", { class: canonical ? "verdict" : "verdict bad" }, canonicalVerdict(explanation, "the box above")),
  );
}

function fieldElement({ name, value, high, low, bits }: AddressField): HTMLElement {
  const binary = bits.map((bit) => bit.value).join("");
  return h(
    "li",
    { class: "bit-field" },
    h("span", { class: "range soft", "aria-hidden": "true" }, h("span", {}, `${high}`), h("span", {}, `${low}`)),
    h(
      "span",
      { class: "bits mono", "aria-hidden": "true" },
      bits.map(({ value: digit, mark }) =>
        h(
          "span",
          { class: `bit${digit === 1 ? " one" : ""}${mark === null ? "" : ` ${mark}`}` },
          h("span", {}, String(digit)),
          h("span", { class: "mark" }, mark === null ? "" : BIT_MARKS[mark]),
        ),
      ),
    ),
    h("span", { class: "field-name" }, name === "copies" ? `copies of bit ${low - 1}` : name),
    h("span", { class: "visually-hidden" }, `, bits ${high} to ${low}, binary ${binary}: `),
    value === null ? null : h("span", { class: "field-value" }, valueText(name, value)),
  );
}

function valueText(name: AddressField["name"], value: number): string {
  return `${name === "offset" ? "" : "entry "}${value} = ${hexAddress(value)}`;
}
