/** One trace of the experiment: what it is, or why it is not there. */
import { messageOf } from "../../errors.ts";
import { bytes, printable } from "../../report/format.ts";
import { footprintTable, infoLine, infoPairs, regionsTable } from "../../report/info-report.ts";
import { progressLine } from "../../report/progress-words.ts";
import type { InfoResult } from "../../report/results.ts";
import { type BundledTrace, fetchBundled } from "../bundled.ts";
import { h } from "../dom.ts";
import { pairsElement, tableElement } from "../table.ts";
import type { Inspector } from "./inspector.ts";

/** Where the file of a trace comes from; `missing`: only its name is known, from a link. */
export type TraceSource =
  | { kind: "file"; file: File }
  | { kind: "bundled"; trace: BundledTrace }
  | { kind: "missing"; name: string };

/** What a trace tells the list that it is in. */
export interface TraceItemEvents {
  /** The trace has a file now. */
  onFile(item: TraceItem): void;
  onRemove(item: TraceItem): void;
  /** The user wants to choose the file that is missing. */
  onChoose(item: TraceItem): void;
}

/** One trace of the experiment, with its file once that is there. */
export class TraceItem {
  readonly element = h("li", { class: "trace" });
  name: string;
  /** `null` as long as it is not there. */
  file: File | null = null;
  readonly #inspector: Inspector;
  readonly #events: TraceItemEvents;
  readonly #gone = new AbortController();
  readonly #title = h("strong");
  readonly #size = h("span", { class: "soft" });
  readonly #state = h("p", { class: "state" });
  readonly #action = h("p", { class: "action" });
  readonly #details = h("details", { hidden: true }, h("summary", {}, "More about the trace"));
  readonly #remove: HTMLButtonElement;

  constructor(source: TraceSource, inspector: Inspector, events: TraceItemEvents) {
    this.#inspector = inspector;
    this.#events = events;
    this.name = source.kind === "file" ? source.file.name : source.kind === "bundled" ? source.trace.name : source.name;
    this.#remove = h("button", { type: "button", onclick: () => events.onRemove(this) }, "Remove");
    const head = h("p", { class: "head" }, this.#title, this.#size, this.#remove);
    this.element.append(head, this.#state, this.#action, this.#details);
    this.#showName();
    if (source.kind === "file") this.give(source.file);
    else if (source.kind === "bundled") void this.#fetch(source.trace);
    else this.#ask();
  }

  get isMissing(): boolean {
    return this.file === null;
  }

  /** Takes `file` for the trace, whose name it then has. */
  give(file: File): void {
    const said = this.name;
    this.file = file;
    this.name = file.name;
    this.#showName(said);
    this.#action.replaceChildren();
    void this.#inspect(file);
    this.#events.onFile(this);
  }

  /** Stops what is under way for the trace. */
  dispose(): void {
    this.#gone.abort();
  }

  #showName(said = this.name): void {
    this.#title.textContent = printable(this.name);
    this.#remove.setAttribute("aria-label", `Remove ${printable(this.name)}`);
    const note = said === this.name ? "" : `, instead of ${printable(said)}`;
    this.#size.textContent = this.file === null ? "" : `${bytes(this.file.size)}${note}`;
  }

  #ask(): void {
    const name = printable(this.name);
    this.#show(`The link names a file of yours: choose ${name} to go on.`);
    this.#action.replaceChildren(
      h("button", { type: "button", onclick: () => this.#events.onChoose(this) }, `Choose ${name}`),
    );
  }

  async #fetch(trace: BundledTrace): Promise<void> {
    this.#show("fetching it");
    this.#action.replaceChildren();
    try {
      const file = await fetchBundled(trace, this.#gone.signal);
      if (this.#isAwaited()) this.give(file);
    } catch (error) {
      if (!this.#isAwaited()) return;
      this.#show(messageOf(error), true);
      this.#action.replaceChildren(
        h("button", { type: "button", onclick: () => void this.#fetch(trace) }, "Fetch it again"),
      );
    }
  }

  async #inspect(file: File): Promise<void> {
    const { signal } = this.#gone;
    this.#show("reading it");
    let startMs: number | null = null;
    try {
      const info = await this.#inspector.inspect(file, {
        signal,
        onProgress: (progress) => {
          startMs ??= performance.now();
          this.#show(`reading it: ${progressLine(progress, (performance.now() - startMs) / 1000)}`);
        },
      });
      if (!signal.aborted) this.#showInfo(info);
    } catch (error) {
      if (signal.aborted) return;
      this.#show(messageOf(error), true);
      this.#action.replaceChildren(
        h("button", { type: "button", onclick: () => void this.#inspectAgain(file) }, "Read it again"),
      );
    }
  }

  /** Whether what was asked for is still wanted: the user may have dropped a file in its place. */
  #isAwaited(): boolean {
    return this.file === null && !this.#gone.signal.aborted;
  }

  #inspectAgain(file: File): Promise<void> {
    this.#action.replaceChildren();
    return this.#inspect(file);
  }

  #showInfo(info: InfoResult): void {
    this.#show(infoLine(info));
    const tables = [footprintTable(info), regionsTable(info)].map(tableElement);
    this.#details.append(pairsElement(infoPairs(info)), ...tables);
    this.#details.hidden = false;
  }

  #show(text: string, isError = false): void {
    this.#state.textContent = text;
    this.#state.classList.toggle("error", isError);
    if (isError) this.#state.setAttribute("role", "alert");
    else this.#state.removeAttribute("role");
  }
}
