/** Fields of settings: label, control, hint, and what is wrong with the value. */
import { type ConfigOptions, optionName } from "../../config/options.ts";
import { ConfigError } from "../../errors.ts";
import { h, newId } from "../dom.ts";
import { markInvalid, NOTATION_INPUT } from "../notation.ts";

/** A field of the settings with its label and its note. */
export interface Field {
  readonly element: HTMLElement;
  readonly control: HTMLInputElement | HTMLSelectElement;
  /** As the user wrote it. */
  value(): string;
  set(value: string): void;
  setPlaceholder(text: string): void;
  /** What is wrong; `null`: nothing. */
  setError(message: string | null): void;
}

/** What a field is for. */
export interface FieldOptions {
  label: string;
  /** What the setting is called in links, on the command line and in messages. */
  name?: string;
  hint?: string;
  placeholder?: string;
  /** What may be chosen; without it the field is for text. */
  choices?: readonly string[];
  /** That of `choices` which is meant where nothing is said. */
  fallback?: string;
}

/** A field that calls `onInput` after each change by the user. */
export function createField(options: FieldOptions, onInput: () => void): Field {
  const { label, name, hint = "", placeholder = "", choices, fallback } = options;
  const [id, noteId] = [newId("field"), newId("note")];
  const shared = { id, "aria-describedby": noteId, oninput: onInput };
  const control =
    choices === undefined
      ? h("input", { ...shared, ...NOTATION_INPUT, placeholder })
      : h(
          "select",
          shared,
          choices.map((choice) => h("option", { value: choice }, choice)),
        );
  const note = h("p", { id: noteId, class: "note" }, hint);
  const head = h("label", { for: id }, label, name === undefined ? null : h("code", {}, ` ${name}`));
  return {
    element: h("div", { class: "field" }, head, control, note),
    control,
    value: () => (control.value === fallback ? "" : control.value.trim()),
    set(value) {
      const wanted = value === "" ? (fallback ?? "") : value;
      // What a link says may be no choice: it stays to be seen, with what is wrong about it.
      if (choices !== undefined && !choices.includes(wanted)) control.append(h("option", { value: wanted }, wanted));
      control.value = wanted;
    },
    setPlaceholder(text) {
      if (control instanceof HTMLInputElement) control.placeholder = text;
    },
    setError(message) {
      markInvalid(control, message !== null);
      note.classList.toggle("error", message !== null);
      if (note.textContent !== (message ?? hint)) note.textContent = message ?? hint;
    },
  };
}

/** The field of an option of `src/config/options.ts`; `choices`: all that may be chosen, if that is known. */
export function createOptionField(
  option: ConfigOptions[string],
  choices: readonly string[] | undefined,
  onInput: () => void,
): Field {
  const [, , fallback] = option;
  const words = wordsOf(option);
  if (choices === undefined) return createField({ ...words, placeholder: fallback }, onInput);
  return createField({ ...words, hint: "", choices, fallback }, onInput);
}

/** Label, name and hint of an option of `src/config/options.ts`. */
export function wordsOf(option: ConfigOptions[string]): {
  label: string;
  name: string;
  hint: string;
} {
  const [flags, description] = option;
  const [, form = ""] = /<(.+)>$/.exec(flags) ?? [];
  const [, first = "", rest = ""] = /^([^,:;]+)[,:;]? ?(.*)$/.exec(description) ?? [];
  const label = first.charAt(0).toUpperCase() + first.slice(1);
  return { label, name: optionName(option), hint: rest === "" ? form : rest };
}

/** The ConfigError that `check` throws, if any. */
export function configErrorOf(check: () => unknown): ConfigError | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** Without the options that are not set. */
export function withoutEmpty(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
}
