/** Fields for what people write in a notation: geometries, lists, addresses, entries. */
import type { ConfigError } from "../errors.ts";
import { setAttribute } from "./dom.ts";

/** Attributes of an input for a notation, which no browser is to complete or correct. */
export const NOTATION_INPUT = {
  type: "text",
  autocomplete: "off",
  autocapitalize: "off",
  spellcheck: "false",
} as const;

/** Marks `control` as wrong, or as not wrong any more. */
export function markInvalid(control: HTMLElement, isInvalid: boolean): void {
  setAttribute(control, "aria-invalid", isInvalid ? "true" : null);
}

/** What is told at the field of an option: it need not be named again. */
export function errorText({ got, allowed }: ConfigError): string {
  return `got ${got === "" ? "nothing" : got}; allowed: ${allowed}`;
}
