/** What every picture has around it: caption, controls, the same as a table, and downloads. */
import type { ResultTable } from "../../report/result-table.ts";
import { h } from "../dom.ts";
import { tableElement } from "../table.ts";

/** What a picture has beside itself. */
export interface FrameOptions {
  title: string;
  controls?: readonly HTMLElement[];
  body: readonly HTMLElement[];
  /** Whether there may be something to be said below it: that has a line of its own from the beginning. */
  hasNote?: boolean;
  /** What the picture shows, made when it is looked at. */
  tables(): ResultTable[];
  /** What the buttons are called, and what they do. */
  downloads: Readonly<Record<string, () => Promise<void>>>;
}

/** The figure around a picture. */
export interface Frame {
  readonly element: HTMLElement;
  /** Shows the tables of what is shown now, and what else is to be said of it; or nothing at all where there is nothing. */
  refresh(content: { isEmpty: boolean; note?: string }): void;
}

/** A figure with title, controls, tables and downloads. */
export function createFrame({ title, controls = [], body, hasNote = false, tables, downloads }: FrameOptions): Frame {
  const note = h("p", { class: "picture-note soft", hidden: !hasNote });
  const problem = h("p", { class: "error", role: "alert" });
  const place = h("div", { class: "picture-tables" });
  const details = h("details", { ontoggle: fill }, h("summary", {}, "Table"), place);
  let isStale = true;

  function fill(): void {
    if (!details.open || !isStale) return;
    isStale = false;
    place.replaceChildren(...tables().map(tableElement));
  }

  const buttons = Object.entries(downloads).map(([name, download]) => {
    const start = async () => {
      problem.textContent = "";
      button.disabled = true;
      try {
        await download();
      } catch (error) {
        problem.textContent = `${name}: ${(error as Error).message}`;
      }
      button.disabled = false;
    };
    const button = h("button", { type: "button", "aria-label": `Save ${name}: ${title}`, onclick: start }, name);
    return button;
  });

  const element = h(
    "figure",
    { class: "picture", hidden: true },
    h("figcaption", {}, title),
    controls.length === 0 ? null : h("div", { class: "picture-controls" }, controls),
    body,
    note,
    h("div", { class: "picture-actions" }, buttons),
    problem,
    details,
  );
  return {
    element,
    refresh({ isEmpty, note: words = "" }) {
      element.hidden = isEmpty;
      note.textContent = words;
      isStale = true;
      fill();
    },
  };
}

/** A choice of a few, with its label. `changed` is called when the user has chosen. */
export function createChoice<Value extends string>(
  label: string,
  values: Readonly<Record<Value, string>>,
  changed: () => void,
): { element: HTMLElement; select: HTMLSelectElement; value: () => Value } {
  const options = Object.entries<string>(values).map(([value, name]) => h("option", { value }, name));
  const select = h("select", { onchange: changed }, options);
  return { element: h("label", {}, `${label} `, select), select, value: () => select.value as Value };
}
