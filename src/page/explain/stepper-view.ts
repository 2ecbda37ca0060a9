/** Step by step: a machine small enough to be seen whole, and accesses to it, one at a time. */
import { messageOf } from "../../errors.ts";
import { LESSONS } from "../../explain/lessons.ts";
import { Stepper } from "../../explain/stepper.ts";
import { countsTable, flushEvents, OUTCOME_TITLES, stepEvents } from "../../report/step-words.ts";
import { h, newId } from "../dom.ts";
import { tableElement } from "../table.ts";
import { accessForm, itemElements, itemText } from "./accesses.ts";
import { machineElements } from "./machine.ts";
import { type Item, MOST_ITEMS, Timeline } from "./timeline.ts";

/** A mark before each sentence, by what it tells. */
const EVENT_MARKS = {
  hit: "✓",
  miss: "✗",
  walk: "→",
  mark: "●",
  write: "●",
  fill: "+",
  evict: "↥",
  update: "●",
  drop: "−",
  done: "=",
  fault: "!",
} as const;

const OWN = "own";

/** The small machine's part of the view. */
export interface StepperView {
  readonly element: HTMLElement;
  /** Makes the machine, if there is none yet. */
  start(): void;
}

/** The part of the view with the small machine. */
export function createStepperView(): StepperView {
  const parts = createParts();
  let isStarted = false;
  return {
    element: parts.element,
    start() {
      if (isStarted) return;
      isStarted = true;
      Stepper.create().then(
        (stepper) => connect(parts, new Timeline(stepper)),
        (error: unknown) => {
          isStarted = false;
          parts.now.replaceChildren(h("p", { class: "error" }, messageOf(error)));
        },
      );
    },
  };
}

interface Parts {
  element: HTMLElement;
  lesson: HTMLSelectElement;
  lessonText: HTMLElement;
  controls: HTMLElement;
  /** What has just happened. */
  now: HTMLElement;
  events: HTMLElement;
  machine: HTMLElement;
  items: HTMLElement;
  counts: HTMLElement;
  own: HTMLElement;
}

function createParts(): Parts {
  const lessonId = newId("lesson");
  const lesson = h(
    "select",
    { id: lessonId },
    LESSONS.map(({ title }, index) => h("option", { value: index }, title)),
    h("option", { value: OWN }, "Accesses of my own"),
  );
  const parts = {
    lesson,
    lessonText: h("div", { class: "lesson-text" }),
    controls: h("div", { class: "row step-controls" }),
    now: h("div", { class: "now" }, h("p", {}, "The simulator is being loaded …")),
    events: h("ol", { class: "events" }),
    machine: h("div", { class: "caches" }),
    items: h("ol", { class: "items" }),
    counts: h("div"),
    own: h("div"),
  };
  const element = h(
    "section",
    { class: "stepper" },
    h("h2", {}, "Step by step"),
    h(
      "p",
      { class: "soft" },
      "A machine with caches so small that one sees all of them, on the tables of the example process. Each entry shows " +
        "the first address that it covers; its rights (r: read, w: write, x: execute, u: user mode); D if it is dirty, G " +
        "if it is global; and its age: 0 was used last in its set. A full set loses the oldest.",
    ),
    h("div", { class: "row" }, h("label", { for: lessonId }, "Lesson"), lesson),
    parts.lessonText,
    h(
      "div",
      { class: "stepper-columns" },
      h(
        "div",
        { class: "stepper-now" },
        h("h3", {}, "What happens"),
        parts.controls,
        h("div", { role: "status", class: "happens" }, parts.now, parts.events),
      ),
      h("div", { class: "stepper-machine" }, h("h3", {}, "The machine"), parts.machine),
      h("div", { class: "stepper-list" }, h("h3", {}, "The accesses"), parts.items, parts.own, parts.counts),
    ),
  );
  return { element, ...parts };
}

function connect(parts: Parts, timeline: Timeline): void {
  const { lesson, controls, own } = parts;
  const button = (label: string, act: () => void, primary = false) => {
    const element = h("button", { type: "button", class: primary ? "primary" : null }, label);
    element.addEventListener("click", () => {
      act();
      show();
    });
    return element;
  };
  const step = button("Step", () => timeline.goTo(timeline.done.length + 1), true);
  const back = button("Back", () => timeline.goTo(timeline.done.length - 1));
  const all = button("Run all", () => timeline.goTo(timeline.items.length));
  const reset = button("Reset", begin);
  const flush = button("Flush", () => timeline.insert({ what: "flush" }));
  flush.title = "MOV to CR3: drops every translation but those of global pages";
  controls.replaceChildren(step, back, all, reset, flush);
  own.replaceChildren(
    accessForm((access) => {
      timeline.insert({ what: "access", access, says: null });
      show();
    }),
  );
  lesson.addEventListener("change", () => {
    begin();
    show();
  });
  begin();
  show();

  function begin(): void {
    const chosen = LESSONS[Number(lesson.value)];
    parts.lessonText.replaceChildren(...(chosen?.sentences ?? []).map((sentence) => h("p", {}, sentence)));
    timeline.start((chosen?.accesses ?? []).map((access) => ({ what: "access", access, says: access.says })));
  }

  function show(): void {
    const { items, done } = timeline;
    const isAtEnd = done.length === items.length;
    setEnabled(step, !isAtEnd);
    setEnabled(all, !isAtEnd);
    setEnabled(back, done.length > 0);
    setEnabled(flush, items.length < MOST_ITEMS);
    parts.items.replaceChildren(...itemElements(items, done));
    parts.machine.replaceChildren(...machineElements(timeline.contents, done.at(-1) ?? null));
    parts.counts.replaceChildren(tableElement(countsTable(timeline.counts)));
    showLast(parts, timeline);
  }
}

/** Not with `disabled`, which would take the focus from a button that has just been pressed. */
function setEnabled(button: HTMLButtonElement, isEnabled: boolean): void {
  button.setAttribute("aria-disabled", String(!isEnabled));
}

function showLast({ now, events }: Parts, { items, done, contents }: Timeline): void {
  const item = items[done.length - 1];
  const last = done.at(-1);
  if (item === undefined || last === undefined) {
    const what = items.length === 0 ? "Add an access." : "Nothing has been accessed yet: step.";
    now.replaceChildren(h("p", {}, what));
    events.replaceChildren();
    return;
  }
  now.replaceChildren(
    h("p", { class: "step-title" }, `${done.length} of ${items.length}: ${itemText(item)}`, outcomeElement(last)),
    ...saysElements(item),
  );
  const told = last.what === "flush" ? flushEvents(last.dropped) : stepEvents(last.step, contents);
  events.replaceChildren(
    ...told.map(({ kind, text }) =>
      h("li", { class: `event event-${kind}` }, h("span", { "aria-hidden": "true" }, EVENT_MARKS[kind]), ` ${text}`),
    ),
  );
}

function outcomeElement(last: Timeline["done"][number]): HTMLElement {
  return h("strong", {}, last.what === "flush" ? "" : ` → ${OUTCOME_TITLES[last.step.outcome]}`);
}

function saysElements(item: Item): HTMLElement[] {
  return item.what === "access" && item.says !== null ? [h("p", { class: "says" }, item.says)] : [];
}
