/** The machines of an experiment: a set of fields for each. */
import { pscText } from "../../config/geometry.ts";
import { RUN_OPTIONS } from "../../config/options.ts";
import { AVAILABLE_POLICIES } from "../../config/policies.ts";
import { DEFAULT_CPU, isPreset, PRESETS } from "../../config/presets.ts";
import { resolve } from "../../config/resolve.ts";
import { type Config, PAGE_SIZES } from "../../config/types.ts";
import { h } from "../dom.ts";
import { errorText } from "../notation.ts";
import { LINK_LIMITS, type NamedMachine } from "../state.ts";
import { configErrorOf, createField, createOptionField, type Field, withoutEmpty } from "./fields.ts";

/** The machines' part of the settings. */
export interface Machines {
  readonly element: HTMLElement;
  get(): NamedMachine[];
  set(machines: readonly NamedMachine[]): void;
  /** The first field that is wrong. */
  firstWrong(): HTMLElement | null;
  focus(): void;
}

/** What there is where a link names no machine. */
export const START_MACHINE: NamedMachine = { name: DEFAULT_CPU, config: {} };

type Option = keyof typeof RUN_OPTIONS;

const OPTIONS = Object.keys(RUN_OPTIONS) as Option[];
const CHOICES: Partial<Record<Option, readonly string[]>> = {
  cpu: Object.keys(PRESETS),
  policy: AVAILABLE_POLICIES,
  pageSize: PAGE_SIZES,
};

/** The machines' fields; `onInput` is called after each change by the user. */
export function createMachines(onInput: () => void): Machines {
  let machines: Machine[] = [];
  const list = h("div", { class: "machines" });
  const add = h("button", { type: "button", onclick: addCopy }, "Add a machine");
  const element = h(
    "section",
    { "aria-label": "Machines" },
    h("h2", {}, "Machines"),
    h(
      "p",
      { class: "soft" },
      "Each runs every trace; results stand side by side. Empty fields are as the CPU has them.",
    ),
    list,
    add,
  );

  function changed(): void {
    check();
    onInput();
  }

  function check(): void {
    const names = machines.map((machine) => machine.get().name);
    for (const [index, machine] of machines.entries()) {
      const name = names[index] ?? "";
      const isTaken = names.indexOf(name) < index;
      machine.check(name === "" ? "a machine needs a name" : isTaken ? "another machine has this name" : null);
    }
    add.disabled = machines.length >= LINK_LIMITS.machines;
  }

  function insert(state: NamedMachine): Machine {
    const machine = createMachine(state, changed, () => remove(machine));
    machines.push(machine);
    list.append(machine.element);
    return machine;
  }

  function addCopy(): void {
    const { name, config } = machines.at(-1)?.get() ?? START_MACHINE;
    const names = new Set(machines.map((machine) => machine.get().name));
    const stem = name.replace(/ \d+$/, "");
    let next = machines.length === 0 ? stem : `${stem} 2`;
    for (let number = 3; names.has(next); number++) next = `${stem} ${number}`;
    const machine = insert({ name: next, config });
    changed();
    machine.focus();
  }

  function remove(machine: Machine): void {
    machines = machines.filter((each) => each !== machine);
    machine.element.remove();
    changed();
    add.focus();
  }

  return {
    element,
    get: () => machines.map((machine) => machine.get()),
    set(states) {
      machines = [];
      list.replaceChildren();
      for (const state of states) insert(state);
      check();
    },
    firstWrong: () => list.querySelector<HTMLElement>("[aria-invalid]"),
    focus: () => add.focus(),
  };
}

interface Machine {
  readonly element: HTMLElement;
  get(): NamedMachine;
  /** Shows what is wrong with each field; `nameError` with the name. */
  check(nameError: string | null): void;
  focus(): void;
}

function createMachine(state: NamedMachine, onInput: () => void, onRemove: () => void): Machine {
  const legend = h("legend");
  const name = createField({ label: "Name" }, onInput);
  const fields = new Map<Option, Field>(
    OPTIONS.map((option) => [option, createOptionField(RUN_OPTIONS[option], CHOICES[option], onInput)]),
  );
  const remove = h("button", { type: "button", onclick: onRemove }, "Remove");
  const sources = h("dl", { class: "pairs" });
  const title = h("p", { class: "soft" });

  name.set(state.name);
  for (const [option, field] of fields) field.set(textOf(state.config[option]));

  const get = (): NamedMachine => ({ name: name.value(), config: values() as Config });
  const values = () => withoutEmpty(Object.fromEntries([...fields].map(([option, field]) => [option, field.value()])));

  let shownCpu: string | null = null;
  function showPreset(cpu: string): void {
    if (!isPreset(cpu) || cpu === shownCpu) return;
    shownCpu = cpu;
    const { title: titleText, ...parameters } = PRESETS[cpu];
    title.textContent = titleText;
    const rows = Object.entries(parameters).flatMap(([parameter, { value, status, source }]) => {
      const text = typeof value === "string" ? value : pscText(value);
      fields.get(parameter as Option)?.setPlaceholder(text);
      return [h("dt", {}, parameter), h("dd", {}, `${text}; ${status}: ${source}`)];
    });
    sources.replaceChildren(...rows);
  }

  function check(nameError: string | null): void {
    const given = values() as Config;
    const { cpu } = given;
    legend.textContent = name.value() || "Machine";
    remove.setAttribute("aria-label", `Remove ${name.value()}`);
    name.setError(nameError);
    const isKnown = configErrorOf(() => resolve({ ...(cpu === undefined ? {} : { cpu }) })) === null;
    for (const [option, field] of fields) {
      const own = given[option];
      const config = {
        ...(isKnown && cpu !== undefined ? { cpu } : {}),
        ...(own === undefined ? {} : { [option]: own }),
      };
      const error = configErrorOf(() => resolve(config));
      field.setError(error === null ? null : errorText(error));
    }
    showPreset(typeof cpu === "string" ? cpu : DEFAULT_CPU);
  }

  const element = h(
    "fieldset",
    { class: "machine" },
    legend,
    h("div", { class: "fields" }, name.element, ...[...fields.values()].map((field) => field.element)),
    h(
      "div",
      { class: "machine-foot" },
      h("details", {}, h("summary", {}, "Where the CPU's numbers come from"), title, sources),
      remove,
    ),
  );
  return { element, get, check, focus: () => name.control.focus() };
}

/** As it is written in a field. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
