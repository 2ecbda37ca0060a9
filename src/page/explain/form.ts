/** What is to be explained: the address and how it is used. */
import { exampleTable } from "../../explain/example-process.ts";
import { h, newId } from "../dom.ts";
import { markInvalid, NOTATION_INPUT } from "../notation.ts";
import type { ExplainState } from "../state.ts";
import { tableElement } from "../table.ts";
import { cases } from "./cases.ts";

/** How a choice came about: typed, or chosen, which is a step that one may go back from. */
export type Choose = (change: Partial<ExplainState>, how: { step: boolean }) => void;

/** The form with the address and how it is accessed. */
export interface ExplainForm {
  readonly element: HTMLElement;
  show(state: ExplainState): void;
  /** Shows what is wrong with the address; `null` takes it back. */
  showError(message: string | null): void;
}

const ACCESSES = [
  ["read", "read"],
  ["write", "write"],
  ["fetch", "instruction fetch"],
] as const;
const PRIVILEGES = [
  ["user", "user mode"],
  ["supervisor", "supervisor mode"],
] as const;

/** The form; `choose` is told of every change. */
export function createForm(choose: Choose): ExplainForm {
  const errorId = newId("address-error");
  const addressId = newId("address");
  const address = h("input", {
    id: addressId,
    class: "mono address",
    ...NOTATION_INPUT,
    "aria-describedby": errorId,
    oninput: () => choose({ address: address.value }, { step: false }),
  });
  const error = h("p", { id: errorId, class: "error field-error" });
  const access = radios("access", "Access", ACCESSES, (value) => choose({ access: value }, { step: false }));
  const privilege = radios("privilege", "Made in", PRIVILEGES, (value) =>
    choose({ privilege: value }, { step: false }),
  );
  // The tables lie elsewhere then, so that changed entries would be others.
  const la57 = h("input", {
    type: "checkbox",
    onchange: () => choose({ la57: la57.checked, entries: [] }, { step: false }),
  });
  const examples = h("ul", { class: "chips" });
  const regions = h("div");
  let shownLevels: boolean | null = null;

  const showExamples = (levels: boolean) => {
    if (levels === shownLevels) return;
    shownLevels = levels;
    examples.replaceChildren(...exampleButtons(levels, choose));
    regions.replaceChildren(tableElement(exampleTable(levels)));
  };

  return {
    element: h(
      "section",
      { class: "explain-form", "aria-label": "The address" },
      h(
        "div",
        { class: "controls" },
        h("div", { class: "address-field" }, h("label", { for: addressId }, "Address"), address),
        access.element,
        privilege.element,
        h("label", { class: "check" }, la57, " 5-level paging"),
      ),
      error,
      h("p", { class: "label", id: "explain-cases" }, "Cases to try"),
      examples,
      h(
        "p",
        { class: "soft" },
        "The page tables are those of a small Linux process that comes with pagewalk: an example, not the memory of this " +
          "computer. For tables of a memory dump there is the command ",
        h("code", {}, "pagewalk explain --memory"),
        ".",
      ),
      h("details", {}, h("summary", {}, "What the example process has, and where"), regions),
    ),
    show(state) {
      if (address.value !== state.address) address.value = state.address;
      access.show(state.access);
      privilege.show(state.privilege);
      la57.checked = state.la57;
      showExamples(state.la57);
    },
    showError(message) {
      error.textContent = message ?? "";
      markInvalid(address, message !== null);
    },
  };
}

function radios<Value extends string>(
  name: string,
  legend: string,
  choices: readonly (readonly [Value, string])[],
  choose: (value: Value) => void,
): { element: HTMLElement; show(value: Value): void } {
  const inputs = choices.map(([value, label]) => ({
    value,
    label,
    input: h("input", { type: "radio", name: `explain-${name}`, value, onchange: () => choose(value) }),
  }));
  return {
    element: h(
      "fieldset",
      { class: "radios" },
      h("legend", {}, legend),
      inputs.map(({ input, label }) => h("label", { class: "check" }, input, ` ${label}`)),
    ),
    show(value) {
      for (const choice of inputs) choice.input.checked = choice.value === value;
    },
  };
}

function exampleButtons(la57: boolean, choose: Choose): HTMLElement[] {
  return cases(la57).map(({ name, ...change }) =>
    h(
      "li",
      {},
      h(
        "button",
        { type: "button", onclick: () => choose({ ...change, entries: [] }, { step: true }) },
        `${name} `,
        h("code", {}, change.address),
      ),
    ),
  );
}
