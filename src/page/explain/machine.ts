/** The small machine: every entry of its caches, and what the last access did to them. */
import { stepWords } from "../../report/explain-words.ts";
import type { ExplainedStep, LevelName } from "../../report/explanation.ts";
import { CACHE_TITLES, placeName, shortAddress } from "../../report/step-words.ts";
import type { CacheContents, CachedEntry, CachePlace, Step } from "../../report/stepping.ts";
import { h } from "../dom.ts";
import type { Done } from "./timeline.ts";

/** What happened to an entry, or to a set: a mark and a word for it. */
const MARKS = {
  hit: "✓ hit",
  miss: "✗ miss",
  filled: "+ filled",
  updated: "● D set",
  dropped: "− dropped",
} as const;
type Mark = keyof typeof MARKS;

/** Of 4-level paging, which the small machine has. */
const LEVELS_WALKED: readonly LevelName[] = ["pml4e", "pdpte", "pde", "pte"];

/** All caches with what they hold, and the entries that a walk reads; `done` is what was done last. */
export function machineElements(contents: readonly CacheContents[], done: Done | null): HTMLElement[] {
  const marks = new Marks(done);
  const read = done?.what === "access" ? done.step.explanation.steps : [];
  return [...contents.map((cache) => cacheElement(cache, marks)), walkedElement(read)];
}

/** The levels of the page tables, and which entry of each the last walk has read. */
function walkedElement(read: readonly ExplainedStep[]): HTMLElement {
  return h(
    "table",
    { class: "cache walked" },
    h("caption", {}, h("strong", {}, "Page tables"), ": what the walk reads"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        LEVELS_WALKED.map((level) => h("th", { scope: "col", class: "way" }, level.toUpperCase())),
      ),
    ),
    h(
      "tbody",
      {},
      h(
        "tr",
        {},
        LEVELS_WALKED.map((level) => walkedCell(read.find((step) => step.level === level))),
      ),
    ),
  );
}

function walkedCell(step: ExplainedStep | undefined): HTMLElement {
  if (step === undefined) return h("td", { class: "entry" }, h("span", { class: "soft" }, "not read"));
  return h(
    "td",
    { class: "entry filled" },
    h("code", {}, step.entry),
    h("span", { class: "soft" }, `entry ${stepWords(step).index}`),
    h("span", { class: "happened" }, "→ read"),
  );
}

function cacheElement({ name, ways, sets }: CacheContents, marks: Marks): HTMLElement {
  return h(
    "table",
    { class: "cache" },
    h("caption", {}, h("strong", {}, name), `: ${CACHE_TITLES[name]}`),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("td", { class: "corner" }),
        Array.from({ length: ways }, (_, way) => h("th", { scope: "col", class: "way" }, `way ${way}`)),
      ),
    ),
    h(
      "tbody",
      {},
      sets.map((entries, set) => {
        const miss = marks.ofSet(name, set);
        return h(
          "tr",
          { class: miss === null ? null : "asked" },
          h(
            "th",
            { scope: "row" },
            `set ${set}`,
            miss === null ? null : h("span", { class: `happened ${miss}` }, MARKS[miss]),
          ),
          entries.map((entry, way) => entryCell(entry, marks.ofPlace({ cache: name, set, way }))),
        );
      }),
    ),
  );
}

function entryCell(entry: CachedEntry | null, { marks, evicted }: PlaceMarks): HTMLElement {
  return h(
    "td",
    { class: ["entry", ...marks].join(" ") },
    entry === null
      ? h("span", { class: "soft" }, "empty")
      : [h("code", {}, shortAddress(entry.address)), h("span", { class: "soft" }, entryText(entry))],
    marks.map((mark) => h("span", { class: `happened ${mark}` }, MARKS[mark])),
    evicted === null ? null : h("span", { class: "happened" }, `evicted ${shortAddress(evicted.address)}`),
  );
}

/** `4K rw-u D, age 0`. */
function entryText({ pageSize, write, user, execute, dirty, global, age }: CachedEntry): string {
  const rights = `r${write ? "w" : "-"}${execute ? "x" : "-"}${user ? "u" : "-"}`;
  const size = pageSize === null ? "" : `${pageSize} `;
  return `${size}${rights}${dirty === true ? " D" : ""}${global ? " G" : ""}, age ${age}`;
}

interface PlaceMarks {
  marks: readonly Mark[];
  /** What the entry held before it was filled. */
  evicted: CachedEntry | null;
}

/** Which entries and sets the last access has to do with. */
class Marks {
  readonly #step: Step | null;
  readonly #dropped: ReadonlySet<string>;

  constructor(done: Done | null) {
    this.#step = done?.what === "access" ? done.step : null;
    const dropped = done === null ? [] : done.what === "flush" ? done.dropped : done.step.invalidated;
    this.#dropped = new Set(dropped.map(placeName));
  }

  /** "miss" for a set that was looked at in vain. */
  ofSet(cache: CacheContents["name"], set: number): "miss" | null {
    const lookups = this.#step?.lookups ?? [];
    return lookups.some((lookup) => lookup.cache === cache && lookup.set === set && lookup.place === null)
      ? "miss"
      : null;
  }

  ofPlace(place: CachePlace): PlaceMarks {
    const name = placeName(place);
    const isIt = (other: CachePlace | null) => other !== null && placeName(other) === name;
    const fill = this.#step?.fills.find((filled) => isIt(filled.place));
    const marks: Mark[] = [];
    if (this.#step?.lookups.some((lookup) => isIt(lookup.place))) marks.push("hit");
    if (fill !== undefined) marks.push("filled");
    if (this.#step?.updated.some(isIt)) marks.push("updated");
    if (this.#dropped.has(name)) marks.push("dropped");
    return { marks, evicted: fill?.evicted ?? null };
  }
}
