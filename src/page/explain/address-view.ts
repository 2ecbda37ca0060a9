/** All of the explain view: an address, its bits, the walk, the outcome, and a small machine to step through. */
import { ConfigError, messageOf } from "../../errors.ts";
import { Processor } from "../../kernel/processor.ts";
import { comparisonText, outcomeWords } from "../../report/explain-outcome.ts";
import { accessWords } from "../../report/explain-words.ts";
import type { ExplainedStep } from "../../report/explanation.ts";
import { hexAddress } from "../../report/format.ts";
import { levelNumber } from "../../tables.ts";
import { h } from "../dom.ts";
import { EXPLAIN_DEFAULTS, type ExplainState, formatHash } from "../state.ts";
import type { Changed, View } from "../view.ts";
import { bitsElement } from "./bits.ts";
import type { EntryActions } from "./entry-card.ts";
import { type Explained, explainState, withEntry } from "./explained.ts";
import { type Choose, createForm } from "./form.ts";
import { outcomeElement } from "./outcome.ts";
import { createStepperView } from "./stepper-view.ts";
import { walkElement } from "./walk.ts";

/** Of typing: what is explained in between would only be read out. */
const PAUSE_MS = 150;

/** The view as it is once its code is there; `changed` is told of every change. */
export function createAddressView(changed: Changed): View<ExplainState> {
  const summary = h("p", { class: "summary", role: "status" }, "The simulator is being loaded …");
  const results = h("div", { class: "explanation" });
  const form = createForm(choose);
  let state = EXPLAIN_DEFAULTS;
  let isShown = false;
  /** Number of the explanation that was asked for last. */
  let latest = 0;
  let pause: ReturnType<typeof setTimeout> | undefined;
  let processor: Processor | null = null;

  function choose(...[change, how]: Parameters<Choose>): void {
    state = { ...state, ...change };
    form.show(state);
    changed(state, how);
    clearTimeout(pause);
    if (change.address === undefined || how.step) void update();
    else pause = setTimeout(() => void update(), PAUSE_MS);
  }

  async function update(): Promise<void> {
    const asked = ++latest;
    try {
      processor ??= await Processor.create();
      stepper.start();
      const explained = await explainState(state);
      if (asked === latest) show(explained, entryActions(processor));
    } catch (error) {
      if (asked === latest) showError(error);
    }
  }

  function show({ explanation, unchanged }: Explained, actions: EntryActions): void {
    form.showError(null);
    const { address, access } = explanation;
    summary.className = explanation.fault === null ? "summary" : "summary bad";
    summary.replaceChildren(
      h("code", {}, address),
      ` ${accessWords(access)}: `,
      unchanged === null ? `${outcomeWords(explanation)}.` : h("strong", {}, comparisonText(unchanged, explanation)),
    );
    const undoAll = state.entries.length === 0 ? null : () => choose({ entries: [] }, { step: true });
    keepFocus(results, () =>
      results.replaceChildren(
        bitsElement(explanation),
        walkElement(explanation, undoAll, actions),
        outcomeElement(explanation),
      ),
    );
  }

  function showError(error: unknown): void {
    const isAddress = error instanceof ConfigError && error.option === "address";
    form.showError(isAddress ? `${error.got === "" ? "Nothing" : error.got} is no address: ${error.allowed}` : null);
    summary.className = "summary bad";
    summary.replaceChildren(isAddress ? "No address." : messageOf(error));
    const isEntry = error instanceof ConfigError && error.option.startsWith("entries");
    if (isEntry) summary.append(" ", undoButton());
    if (isAddress) return;
    results.replaceChildren();
  }

  function undoButton(): HTMLElement {
    return h("button", { type: "button", onclick: () => choose({ entries: [] }, { step: true }) }, "Undo all changes");
  }

  function entryActions({ entries }: Processor): EntryActions {
    const set = (step: ExplainedStep, entry: string | null) =>
      choose({ entries: withEntry(state.entries, step.physicalAddress, entry) }, { step: true });
    return {
      set,
      flip(step, flag, value) {
        const entry = hexAddress(entries.withFlag(BigInt(step.entry), levelNumber(step.level), flag, value));
        set(step, entry === step.changedFrom ? null : entry);
      },
    };
  }

  const stepper = createStepperView();
  return {
    element: h("div", {}, form.element, h("div", {}, summary, results), stepper.element),
    show(next) {
      if (isShown && formatHash(next) === formatHash(state)) return;
      isShown = true;
      state = next;
      form.show(state);
      clearTimeout(pause);
      void update();
    },
  };
}

/**
 * Focus stays on the control with the same key when `replace` has made the elements within anew; where an undone change
 * leaves nothing to undo, it goes to the entry.
 */
function keepFocus(within: HTMLElement, replace: () => void): void {
  const focused = document.activeElement;
  const key = within.contains(focused) ? focused?.getAttribute("data-key") : null;
  replace();
  if (key === null || key === undefined) return;
  const find = (wanted: string) =>
    [...within.querySelectorAll<HTMLElement>("[data-key]")].find(
      (element) => element.getAttribute("data-key") === wanted,
    );
  const again = find(key) ?? find(key.replace(/^undo (.+)$/, "$1 entry"));
  again?.focus({ preventScroll: true });
}
