/** The walk, entry by entry, from CR3 to the page or the fault. */
import { EXPLANATION_TITLES, exceptionName, inPage, physicalSum, walkStart } from "../../report/explain-words.ts";
import type { Explanation } from "../../report/explanation.ts";
import { h } from "../dom.ts";
import { type EntryActions, entryCard } from "./entry-card.ts";

/** The cards of the walk. Flags and entries on them change the tables through `actions`. */
export function walkElement(
  explanation: Explanation,
  undoAll: (() => void) | null,
  actions: EntryActions,
): HTMLElement {
  const { canonical, steps, fault } = explanation;
  const body = canonical
    ? h(
        "ol",
        { class: "walk" },
        h("li", { class: "card start" }, h("p", {}, walkStart(explanation))),
        steps.map((step) => entryCard(step, fault?.level === step.level, actions)),
        endCard(explanation),
      )
    : h("p", {}, "There was none: the processor refused the address before it looked anything up.");
  return h(
    "section",
    {},
    h("h2", {}, EXPLANATION_TITLES.walk),
    h(
      "p",
      { class: "soft" },
      "Each flag is a switch, and each entry a field: change one, and see what comes of it. ",
      h(
        "button",
        {
          type: "button",
          "data-key": "undo all",
          "aria-disabled": String(undoAll === null),
          onclick: () => undoAll?.(),
        },
        "Undo all changes",
      ),
    ),
    body,
  );
}

function endCard(explanation: Explanation): HTMLElement {
  const { physicalAddress, pageSize, fault, error } = explanation;
  if (fault !== null) {
    return h("li", { class: "card end bad" }, h("h3", {}, "✗ Fault"), h("p", {}, exceptionName(fault)));
  }
  if (physicalAddress === null) {
    return h("li", { class: "card end bad" }, h("h3", {}, "✗ Not explained"), h("p", {}, error?.message));
  }
  const page = pageSize === null ? "" : `, ${inPage(pageSize)}`;
  return h(
    "li",
    { class: "card end good" },
    h("h3", {}, "✓ Physical address"),
    h("p", {}, h("code", { class: "result" }, physicalAddress), page),
    h("p", {}, h("code", {}, physicalSum(explanation))),
  );
}
