/** By what a file is known to be a `.pwt`: all of this container that is loaded before there is one. */
import { FORMS, MAGIC, type PwtForm } from "./layout.ts";

/** Whether `head`, the first bytes of a file, has the magic number. */
export function hasMagic(head: Uint8Array): boolean {
  return MAGIC.every((byte, index) => head[index] === byte);
}

/** The form that `head` names; `null` if it is none that is known. */
export function formOf(head: Uint8Array): PwtForm | null {
  return (Object.keys(FORMS) as PwtForm[]).find((form) => FORMS[form] === head[9]) ?? null;
}
