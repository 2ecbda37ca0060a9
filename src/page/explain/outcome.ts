/** What came of the access: the rights of the page, the fault bit by bit, what Linux does about it. */
import { REFUSAL } from "../../report/explain-lesson.ts";
import { cr2Words, EXPLANATION_TITLES, exceptionName, rightsWords } from "../../report/explain-words.ts";
import type { ErrorBit, ExplainedFault, Explanation } from "../../report/explanation.ts";
import { h } from "../dom.ts";
import { tableElement } from "../table.ts";
import { lessonElement } from "./address-space.ts";

/** The outcome in sections: rights, fault, Linux, advice, lesson, as far as there are any. */
export function outcomeElement(explanation: Explanation): HTMLElement {
  const { fault, place, canonical } = explanation;
  const rights = rightsWords(explanation);
  return h(
    "section",
    { class: "outcome" },
    h("h2", {}, "The outcome"),
    place === null ? null : h("p", {}, "At this address: ", place),
    h(
      "div",
      { class: "columns" },
      rights.length === 0 ? null : rightsElement(explanation),
      fault === null ? null : faultElement(fault, canonical),
      fault === null ? null : linuxElement(fault),
    ),
    canonical ? null : lessonElement(explanation),
  );
}

function rightsElement(explanation: Explanation): HTMLElement {
  return h(
    "div",
    {},
    h("h3", {}, EXPLANATION_TITLES.rights),
    h(
      "ul",
      { class: "rights" },
      rightsWords(explanation).map(({ name, allowed, reason }) =>
        h(
          "li",
          {},
          h("strong", { class: allowed ? "good" : "bad" }, `${allowed ? "✓" : "✗"} ${name}: ${allowed ? "yes" : "no"}`),
          `, ${reason}`,
        ),
      ),
    ),
  );
}

function faultElement(fault: ExplainedFault, canonical: boolean): HTMLElement {
  return h(
    "div",
    {},
    h("h3", {}, canonical ? exceptionName(fault) : EXPLANATION_TITLES.refusal(fault)),
    h("p", {}, canonical ? fault.reason : REFUSAL),
    fault.errorBits.length === 0 ? null : errorBitsElement(fault.errorBits),
    fault.cr2 === null ? null : h("p", {}, cr2Words(fault)),
  );
}

function errorBitsElement(bits: readonly ErrorBit[]): HTMLElement {
  return tableElement({
    title: "The error code bit by bit",
    head: ["bit", "name", "value", "meaning"],
    rows: bits.map(({ bit, name, set, meaning }) => [String(bit), name, set ? "1 ●" : "0", meaning]),
    nameColumns: 4,
  });
}

function linuxElement(fault: ExplainedFault): HTMLElement {
  const { linux, advice } = fault;
  return h(
    "div",
    {},
    h("h3", {}, EXPLANATION_TITLES.linux(fault)),
    h("p", {}, linux),
    advice.length === 0 ? null : h("h3", {}, EXPLANATION_TITLES.advice),
    advice.length === 0
      ? null
      : h(
          "ul",
          {},
          advice.map((text) => h("li", {}, text)),
        ),
  );
}
