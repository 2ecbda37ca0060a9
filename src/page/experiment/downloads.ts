/** Results as files, and texts for the clipboard. */
import { h } from "../dom.ts";

/** Time for which text is made before the page may do something else. */
const SLICE_MS = 10;
/** Time after which the browser has certainly taken a file over. */
const TAKEN_OVER_MS = 60_000;

/** Has the browser save a file of these pieces. Of a long one, the page stays responsive while it is made. */
export async function saveFile(name: string, type: string, pieces: Iterable<string>): Promise<void> {
  const parts: Blob[] = [];
  let slice: string[] = [];
  let startMs = performance.now();
  for (const piece of pieces) {
    slice.push(piece);
    if (performance.now() - startMs < SLICE_MS) continue;
    parts.push(new Blob(slice));
    slice = [];
    await new Promise((resolve) => setTimeout(resolve));
    startMs = performance.now();
  }
  const url = URL.createObjectURL(new Blob([...parts, ...slice], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), TAKEN_OVER_MS);
}

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
