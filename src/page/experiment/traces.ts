/** The traces of the experiment: the user's own files and those that come with the page. */
import { counted } from "../../report/format.ts";
import { BUNDLED_TRACES, type BundledTrace } from "../bundled.ts";
import { h, newId } from "../dom.ts";
import { LINK_LIMITS } from "../state.ts";
import type { Inspector } from "./inspector.ts";
import { TraceItem, type TraceSource } from "./trace-item.ts";

/** The traces' part of the settings. */
export interface Traces {
  readonly element: HTMLElement;
  names(): string[];
  /** The files, in order; `null` while one is not there. */
  files(): File[] | null;
  /** Shows the traces of these names: bundled ones, files chosen before, or ones to be chosen. */
  set(names: readonly string[]): void;
  addFiles(files: readonly File[]): void;
  addBundled(trace: BundledTrace): void;
  focus(): void;
}

/** What the traces tell the view. */
export interface TracesEvents {
  /** The user has added or removed traces, or chosen a file that was missing. */
  onChange(): void;
  /** A trace that was named has its file now. */
  onFile(): void;
}

/** The traces' part of the settings. */
export function createTraces(inspector: Inspector, { onChange, onFile }: TracesEvents): Traces {
  let items: TraceItem[] = [];
  /** Files chosen before: a step back may ask for them again. */
  const chosen = new Map<string, File>();
  /** What the user chose, by what stands for it under another name. */
  const originals = new WeakMap<File, File>();
  /** What the next choice of a file is for; `null`: for a new trace. */
  let target: TraceItem | null = null;

  const list = h("ul", { class: "traces" });
  const note = h("p", { class: "note", role: "status" });
  const ids = { files: newId("files"), bundled: newId("bundled") };
  const input = h("input", { type: "file", multiple: true, id: ids.files, onchange: takeChosen });
  const targetInput = h("input", { type: "file", hidden: true, onchange: takeTarget });
  const bundled = h(
    "select",
    { id: ids.bundled, onchange: takeBundled },
    h("option", { value: "" }, "choose one"),
    BUNDLED_TRACES.map(({ name, title }) => h("option", { value: name }, `${name}: ${title}`)),
  );
  const element = h(
    "section",
    { "aria-label": "Traces" },
    h("h2", {}, "Traces"),
    list,
    h(
      "div",
      { class: "drop" },
      h("label", { for: ids.files }, "Drop traces anywhere on the page, or choose files"),
      input,
      h("label", { for: ids.bundled }, "or take one that comes with the page"),
      bundled,
    ),
    note,
    targetInput,
  );

  const events = {
    onFile(item: TraceItem) {
      if (item.file !== null) chosen.set(item.name, item.file);
      if (items.includes(item)) onFile();
    },
    onRemove(item: TraceItem) {
      drop(item);
      onChange();
      input.focus();
    },
    onChoose(item: TraceItem) {
      target = item;
      targetInput.click();
    },
  };

  function create(source: TraceSource): TraceItem {
    return new TraceItem(source, inspector, events);
  }

  function add(source: TraceSource): void {
    if (items.length >= LINK_LIMITS.traces) {
      note.textContent = `An experiment has ${counted(LINK_LIMITS.traces, "trace")} at most.`;
      return;
    }
    const item = create(source);
    items.push(item);
    list.append(item.element);
  }

  function drop(item: TraceItem): void {
    item.dispose();
    item.element.remove();
    items = items.filter((each) => each !== item);
    note.textContent = "";
  }

  function addFiles(files: readonly File[]): void {
    for (const given of files) {
      if (items.some(({ file }) => file !== null && isSame(originals.get(file) ?? file, given))) continue;
      const file = apart(given);
      const missing = items.find((item) => item.isMissing && item.name === file.name);
      if (missing !== undefined) missing.give(file);
      else add({ kind: "file", file });
    }
    if (files.length > 0) onChange();
  }

  function addBundled(trace: BundledTrace): void {
    if (!items.some(({ name }) => name === trace.name)) add(sourceOf(trace.name));
    onChange();
  }

  /** `file`, under a name that no other trace has: links, pictures and results tell traces by their names. */
  function apart(file: File): File {
    const taken = new Set(items.filter(({ isMissing }) => !isMissing).map(({ name }) => name));
    const [, stem = "", extensions = ""] = /^(.[^.]*)(.*)$/s.exec(file.name) ?? [];
    let name = file.name;
    for (let number = 2; taken.has(name); number++) name = `${stem} (${number})${extensions}`;
    if (name === file.name) return file;
    const named = new File([file], name, { lastModified: file.lastModified });
    originals.set(named, file);
    return named;
  }

  function takeChosen(): void {
    addFiles([...(input.files ?? [])]);
    input.value = ""; // the same file may be chosen again after it was removed
  }

  function takeTarget(): void {
    const [file] = targetInput.files ?? [];
    if (file !== undefined && target !== null) {
      target.give(apart(file));
      onChange();
    }
    targetInput.value = "";
    target = null;
  }

  function takeBundled(): void {
    const trace = BUNDLED_TRACES.find(({ name }) => name === bundled.value);
    bundled.value = "";
    if (trace !== undefined) addBundled(trace);
  }

  function sourceOf(name: string): TraceSource {
    const file = chosen.get(name);
    if (file !== undefined) return { kind: "file", file };
    const trace = BUNDLED_TRACES.find((each) => each.name === name);
    return trace === undefined ? { kind: "missing", name } : { kind: "bundled", trace };
  }

  return {
    element,
    names: () => items.map(({ name }) => name),
    files() {
      const files = items.flatMap(({ file }) => file ?? []);
      return files.length === items.length ? files : null;
    },
    set(names) {
      const rest = [...items];
      const wanted = [...new Set(names)].map((name) => {
        const at = rest.findIndex((item) => item.name === name);
        return at < 0 ? create(sourceOf(name)) : (rest.splice(at, 1)[0] as TraceItem);
      });
      for (const item of rest) drop(item);
      items = wanted;
      list.replaceChildren(...items.map((item) => item.element));
    },
    addFiles,
    addBundled,
    focus: () => (targetOf(list) ?? input).focus(),
  };
}

/** The button that asks for a missing file. */
function targetOf(list: HTMLElement): HTMLElement | null {
  return list.querySelector<HTMLElement>(".action button");
}

function isSame(one: File, other: File): boolean {
  return one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;
}
