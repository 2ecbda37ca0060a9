/** One entry that the walk read: where it lies, what it holds, flag by flag, each of which can be changed. */
import { ConfigError } from "../../errors.ts";
import { FLAG_NAMES, type FlagName } from "../../report/entry-flags.ts";
import { reservedWords, stepWords, TABLE_NAMES } from "../../report/explain-words.ts";
import type { EntryFlags, ExplainedStep } from "../../report/explanation.ts";
import { h, newId } from "../dom.ts";
import { errorText, markInvalid, NOTATION_INPUT } from "../notation.ts";

/** What can be done to an entry. */
export interface EntryActions {
  flip(step: ExplainedStep, flag: keyof EntryFlags, value: boolean | number): void;
  /** Throws ConfigError if `entry`, of the user's, is none. `null`: as it was. */
  set(step: ExplainedStep, entry: string | null): void;
}

const KEYS = Array.from({ length: 16 }, (_, key) => key);

/** The entry of `step`; `blamed` if the access faults because of it. */
export function entryCard(step: ExplainedStep, blamed: boolean, actions: EntryActions): HTMLElement {
  const { name, index, sum, bits, target } = stepWords(step);
  const reserved = reservedWords(step);
  const changed = step.changedFrom !== null;
  return h(
    "li",
    { class: `card entry${blamed ? " blamed" : ""}${changed ? " changed" : ""}` },
    h("h3", {}, name),
    h("p", {}, `entry ${index} of the ${TABLE_NAMES[step.level]}, at `, h("code", {}, sum)),
    hexField(step, name, actions),
    h(
      "p",
      { class: "was" },
      changed && [
        h("strong", {}, "changed"),
        ", was ",
        h("code", {}, step.changedFrom),
        " ",
        h(
          "button",
          {
            type: "button",
            "data-key": `undo ${step.level}`,
            "aria-label": `undo the change of the ${name}`,
            onclick: () => actions.set(step, null),
          },
          "undo",
        ),
      ],
    ),
    h(
      "fieldset",
      { class: step.flags.P ? "flags" : "flags off" },
      h("legend", {}, step.flags.P ? "Flags" : `Flags: ${bits}`),
      FLAG_NAMES.map((flag) => flagControl(step, name, flag, actions)),
    ),
    reserved === null ? null : h("p", { class: "error" }, reserved),
    target === null ? null : h("p", { class: "target" }, "→ ", target, " at ", h("code", {}, step.target)),
    blamed ? h("p", { class: "error" }, h("strong", {}, "✗ the fault is here")) : null,
  );
}

function flagControl(
  step: ExplainedStep,
  entryName: string,
  { flag, name, fullName, meaning }: FlagName,
  actions: EntryActions,
): HTMLElement | null {
  const value = step.flags[flag];
  if (value === undefined) return null;
  const key = `${step.level} ${flag}`;
  const title = `${name}, ${fullName}: ${meaning}`;
  if (typeof value === "number") {
    const select = h(
      "select",
      { "data-key": key, title, onchange: () => actions.flip(step, flag, Number(select.value)) },
      KEYS.map((number) => h("option", { value: number, selected: number === value }, String(number))),
    );
    return h("label", { class: "flag-key" }, `${fullName} `, select);
  }
  return h(
    "button",
    {
      type: "button",
      class: "flag",
      "data-key": key,
      title,
      "aria-pressed": String(value),
      onclick: () => actions.flip(step, flag, !value),
    },
    h("span", {}, name),
    h("span", { class: "visually-hidden" }, `${fullName}, of the ${entryName}: `),
    h("span", { class: "mono" }, value ? "1" : "0"),
  );
}

function hexField(step: ExplainedStep, name: string, actions: EntryActions): HTMLElement {
  const [id, errorId] = [newId("entry"), newId("entry-error")];
  const error = h("p", { id: errorId, class: "error" });
  const change = () => {
    try {
      if (input.value !== step.entry) actions.set(step, input.value);
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      markInvalid(input, true);
      error.textContent = errorText(thrown);
    }
  };
  const input = h("input", {
    ...NOTATION_INPUT,
    ...{ id, class: "mono", value: step.entry },
    ...{ "data-key": `${step.level} entry`, "aria-describedby": errorId, onchange: change },
  });
  return h("div", { class: "hex" }, h("label", { for: id }, `${name} holds`), input, error);
}
