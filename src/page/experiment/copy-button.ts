/** Texts for the clipboard. */
import { h } from "../dom.ts";

/** A button that copies what `text` gives, and says so. */
export function copyButton(label: string, text: () => string): HTMLElement {
  const said = h("span", { role: "status", class: "soft" });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text());
      said.textContent = " copied";
    } catch {
      said.textContent = " the browser does not allow it here";
    }
  };
  return h("span", { class: "copy" }, h("button", { type: "button", onclick: () => void copy() }, label), said);
}
