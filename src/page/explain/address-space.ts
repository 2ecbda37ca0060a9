/** What a canonical address is, with a picture of the address space. */
import { type AddressSpacePart, addressSpaceParts, LESSON_TITLE, lessonText } from "../../report/explain-lesson.ts";
import type { Explanation } from "../../report/explanation.ts";
import { h } from "../dom.ts";

/** The lesson about a non-canonical address. */
export function lessonElement({ address, addressBits }: Explanation): HTMLElement {
  return h(
    "div",
    { class: "lesson" },
    h("h3", {}, LESSON_TITLE),
    h("p", {}, lessonText(addressBits)),
    h(
      "ol",
      { class: "address-space" },
      addressSpaceParts(addressBits).map((part) => partElement(part, address)),
    ),
  );
}

/** A box with its last address above and its first below. */
function partElement({ name, first, last, size, bits, users }: AddressSpacePart, address: string): HTMLElement {
  const isHole = bits === null;
  return h(
    "li",
    { class: isHole ? "part hole" : "part" },
    h("code", {}, last),
    h(
      "div",
      { class: "box" },
      h("strong", {}, name),
      h("span", {}, size),
      isHole ? h("strong", { class: "bad" }, "← here: ", h("code", {}, address)) : h("span", {}, `${bits}: ${users}`),
    ),
    h("code", {}, first),
  );
}
