/** The accesses that are made to the small machine, and a form to add one. */

import { ConfigError } from "../../errors.ts";
import { parseAddress } from "../../explain/addresses.ts";
import { ACCESS_KINDS } from "../../explain/options.ts";
import { hexAddress } from "../../report/format.ts";
import { OUTCOME_TITLES } from "../../report/step-words.ts";
import type { StepAccess } from "../../report/stepping.ts";
import { h, newId } from "../dom.ts";
import { errorText, markInvalid, NOTATION_INPUT } from "../notation.ts";
import type { Done, Item } from "./timeline.ts";

/** The items in order: what is done with what it came to, the last one marked. */
export function itemElements(items: readonly Item[], done: readonly Done[]): HTMLElement[] {
  return items.map((item, index) => {
    const result = done[index];
    const isLast = index === done.length - 1;
    return h(
      "li",
      { class: isLast ? "last" : result === undefined ? "to-do" : null, "aria-current": isLast ? "step" : null },
      itemText(item),
      h("span", { class: "came-to" }, result === undefined ? "" : ` → ${resultText(result)}`),
    );
  });
}

/** `write 0x404000`. */
export function itemText(item: Item): string {
  if (item.what === "flush") return "flush (MOV to CR3)";
  const { kind, address, privilege } = item.access;
  return `${kind} ${typeof address === "bigint" ? hexAddress(address) : address}${privilege === "supervisor" ? " (supervisor)" : ""}`;
}

function resultText(done: Done): string {
  return done.what === "flush" ? "dropped" : OUTCOME_TITLES[done.step.outcome];
}

/** A form for one more access; `add` makes it. */
export function accessForm(add: (access: StepAccess) => void): HTMLElement {
  const [addressId, kindId, errorId] = [newId("step-address"), newId("step-kind"), newId("step-error")];
  const error = h("p", { id: errorId, class: "error field-error" });
  const address = h("input", {
    ...NOTATION_INPUT,
    ...{ id: addressId, class: "mono", "aria-describedby": errorId, placeholder: "0x404000" },
  });
  const kind = h(
    "select",
    { id: kindId },
    ACCESS_KINDS.map((value) => h("option", { value }, value)),
  );
  const submit = (event: Event) => {
    event.preventDefault();
    try {
      add({ address: parseAddress(address.value), kind: kind.value as StepAccess["kind"] });
      markInvalid(address, false);
      error.textContent = "";
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      markInvalid(address, true);
      error.textContent = errorText(thrown);
    }
  };
  return h(
    "form",
    { class: "add-access", onsubmit: submit },
    h("label", { for: addressId }, "An access of your own"),
    h(
      "div",
      { class: "row" },
      address,
      h("label", { for: kindId, class: "visually-hidden" }, "Kind"),
      kind,
      h("button", { type: "submit" }, "Add and step"),
    ),
    error,
  );
}
