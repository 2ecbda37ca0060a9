/** The settings of the sweep: which TLBs the curve is of. */
import { SWEEP_OPTIONS } from "../../config/options.ts";
import { resolveSweep } from "../../config/resolve.ts";
import { STREAMS, type SweepConfig } from "../../config/types.ts";
import { h, newId } from "../dom.ts";
import { errorText } from "../notation.ts";
import { configErrorOf, createOptionField, type Field, withoutEmpty } from "./fields.ts";

/** The sweep's part of the settings. */
export interface SweepSettings {
  readonly element: HTMLElement;
  /** `null`: no sweep. */
  get(): SweepConfig | null;
  set(sweep: SweepConfig | null): void;
  /** The first field that is wrong. */
  firstWrong(): HTMLElement | null;
}

/** The sweep of a page that no link asked anything of: the whole curve, as far as TLBs are built. */
export const START_SWEEP: SweepConfig = { entries: "1..4096" };

type Option = keyof typeof SWEEP_OPTIONS;

/** Those that are seen at once; the others are one step away. */
const USUAL: readonly Option[] = ["entries", "ways", "pageSizes", "stream"];
const OPTIONS = Object.keys(SWEEP_OPTIONS) as Option[];

const CHOICES: Partial<Record<Option, readonly string[]>> = { stream: STREAMS };

/** The fields of the sweep; `onInput` is called after each change by the user. */
export function createSweepSettings(onInput: () => void): SweepSettings {
  const changed = () => {
    check();
    onInput();
  };
  const fields = new Map<Option, Field>(
    OPTIONS.map((option) => [option, createOptionField(SWEEP_OPTIONS[option], CHOICES[option], changed)]),
  );
  const elementsOf = (options: readonly Option[]) => options.map((option) => fields.get(option)?.element);
  const id = newId("sweep");
  const isWanted = h("input", { type: "checkbox", id, onchange: changed });
  const more = h(
    "details",
    {},
    h("summary", {}, "More of the sweep"),
    h("div", { class: "fields" }, elementsOf(OPTIONS.filter((option) => !USUAL.includes(option)))),
  );
  const settings = h(
    "fieldset",
    { "aria-label": "Sweep" },
    h("div", { class: "fields sweep-usual" }, elementsOf(USUAL)),
    more,
  );
  const element = h(
    "section",
    { "aria-label": "Sweep" },
    h("h2", {}, "Sweep"),
    h("p", {}, isWanted, " ", h("label", { for: id }, "The whole curve: miss ratio against entries, from one pass")),
    settings,
  );

  const values = () =>
    withoutEmpty(Object.fromEntries([...fields].map(([option, field]) => [option, field.value()]))) as SweepConfig;

  function check(): void {
    settings.disabled = !isWanted.checked;
    const error = isWanted.checked ? configErrorOf(() => resolveSweep(values())) : null;
    const wrong = error?.option.split(/[.[]/)[0];
    for (const [option, field] of fields) {
      field.setError(error !== null && option === wrong ? errorText(error) : null);
    }
    if (wrong !== undefined && !USUAL.includes(wrong as Option)) more.open = true;
  }

  return {
    element,
    get: () => (isWanted.checked ? values() : null),
    set(sweep) {
      isWanted.checked = sweep !== null;
      for (const [option, field] of fields) {
        const value = sweep?.[option];
        field.set(value === undefined ? "" : String(value));
      }
      check();
    },
    firstWrong: () => settings.querySelector<HTMLElement>("[aria-invalid]"),
  };
}
