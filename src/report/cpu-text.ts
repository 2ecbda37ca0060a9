/** A description of a CPU as text for people: every value with a number, by which its source stands at the end. */
import {
  type ArrayDescription,
  type Claim,
  type CpuDescription,
  type Given,
  type IndexDescription,
  type Sourced,
  TABLE_ENTRIES,
  type TlbDescription,
} from "../config/cpus/description.ts";
import { ARRAY_DEFAULTS, givenValue, resolveCpu, TLB_DEFAULTS, TLB_RULES } from "../config/cpus/resolve.ts";
import { sourcesUsed } from "../config/cpus/sources.ts";
import { sourcedValues } from "../config/cpus/weakest.ts";
import { counted, printable } from "./format.ts";
import { sourceWords } from "./hierarchy-report.ts";
import { paragraphs, table } from "./lines.ts";
import { indented, itemized, section } from "./paragraphs.ts";

/** What each rule of a TLB is called. */
const RULE_WORDS = {
  holdsParts: "holds parts",
  filledByWalks: "filled by walks",
  filledByHitsBelow: "filled by hits below",
  takesVictims: "takes victims",
  exclusive: "exclusive",
  inclusive: "inclusive",
  touchedByHitsAbove: "touched by hits above",
} as const satisfies Record<keyof typeof TLB_DEFAULTS, string>;

/** The sources of a description, each once, numbered in the order in which they are met. */
class Sources {
  readonly #numbers = new Map<string, number>();

  /** ` [3]`. */
  mark({ status, source }: Claim<unknown>): string {
    const key = `${status}: ${source}`;
    const number = this.#numbers.get(key) ?? this.#numbers.size + 1;
    this.#numbers.set(key, number);
    return ` [${number}]`;
  }

  lines(): string {
    return [...this.#numbers]
      .map(([source, number]) => indented(printable(source), "       ", `${`[${number}]`.padStart(6)} `))
      .join("\n");
  }
}

/** `cpu`, called `name`, as a person wants to read it. Ends with a newline. */
export function cpuText(name: string, cpu: CpuDescription): string {
  const sources = new Sources();
  const tlbs = [...cpu.tlbs].sort((one, other) => one.level - other.level);
  // The order is that of the text, so that the numbers of sources ascend.
  const parts = [
    headText(name, cpu),
    arraysText(tlbs, sources),
    rulesText(tlbs, sources),
    walkCachesText(cpu, sources),
    prefetchText(cpu, sources),
    timesText(cpu, sources),
    othersText(cpu, sources),
    ...(cpu.notes === undefined ? [] : [section("Notes", itemized(cpu.notes.map(printable)))]),
  ];
  const known = sources.lines();
  return paragraphs(...parts.filter((part) => part !== ""), ...(known === "" ? [] : [section("Sources", known)]));
}

function headText(name: string, cpu: CpuDescription): string {
  const { architecture, pageSizes } = resolveCpu(cpu);
  const title = indented(printable(name === cpu.title ? name : `${name}: ${cpu.title}`), "");
  const values = sourceWords(sourcesUsed(cpu));
  return `${title}\n${architecture}, pages of ${pageSizes.join(", ")}\nvalues of TLBs and walk caches: ${values}`;
}

const ARRAY_HEAD = ["holds", "entries", "ways", "policy", "index"];

function arraysText(tlbs: readonly TlbDescription[], sources: Sources): string {
  const rows = tlbs.flatMap(({ name, level, kinds, arrays }) =>
    arrays.map((array, index) => {
      const first = index === 0 ? [name, String(level), kinds.join(", ")] : ["", "", ""];
      return [...first, ...arrayCells(array, sources)];
    }),
  );
  const head = ["TLB", "level", "accesses", ...ARRAY_HEAD];
  return `${table({ head, rows, nameColumns: head.length })}\n${DEFAULTS_NOTE}`;
}

const DEFAULTS_NOTE = "[n]: who says so; (...): not in the description, the default";

function arrayCells(array: ArrayDescription, sources: Sources): string[] {
  const { policy = null, index = null, coalesces = 1 } = array;
  const isOneSet = givenValue(array.ways) === "full" || givenValue(array.ways) === givenValue(array.entries);
  return [
    array.holds.join() + (coalesces === 1 ? "" : `, ${cell(coalesces, sources, (pages) => `up to ${pages} an entry`)}`),
    cell(array.entries, sources),
    cell(array.ways, sources),
    policy === null ? `(${ARRAY_DEFAULTS.policy})` : cell(policy, sources),
    index !== null ? cell(index, sources, indexWords) : isOneSet ? "" : `(${ARRAY_DEFAULTS.index})`,
  ];
}

function cell<Value>(given: Given<Value>, sources: Sources, words: (value: Value) => string = String): string {
  return words(givenValue(given)) + (isSourced(given) ? sources.mark(given) : "");
}

function isSourced<Value>(given: Given<Value>): given is Sourced<Value> {
  return typeof given === "object" && given !== null && "status" in given;
}

function indexWords(index: IndexDescription): string {
  return typeof index === "string" ? index : `masks ${index.masks.map(printable).join(" ")}`;
}

function rulesText(tlbs: readonly TlbDescription[], sources: Sources): string {
  const words = (is: boolean) => (is ? "yes" : "no");
  const rows = TLB_RULES.map((rule) => [
    RULE_WORDS[rule],
    ...tlbs.map((tlb) => {
      const given = tlb[rule];
      return given === undefined ? `(${words(TLB_DEFAULTS[rule])})` : cell(given, sources, words);
    }),
  ]);
  const head = ["Rules", ...tlbs.map(({ name }) => name)];
  return table({ head, rows, nameColumns: head.length });
}

function walkCachesText({ tlbs, walkCaches = [] }: CpuDescription, sources: Sources): string {
  const isTable = (held: string) => (TABLE_ENTRIES as readonly string[]).includes(held);
  if (walkCaches.length === 0) {
    return tlbs.some(({ arrays }) => arrays.some(({ holds }) => holds.some(isTable)))
      ? "No walk caches but entries of paging structures in the TLBs."
      : "No walk caches: walks begin at the root.";
  }
  const rows = walkCaches.map(({ name, ...array }) => [name, ...arrayCells(array, sources)]);
  const head = ["Walk cache", ...ARRAY_HEAD];
  return table({ head, rows, nameColumns: head.length });
}

/** The prefetcher, if there is one. */
function prefetchText({ prefetch }: CpuDescription, sources: Sources): string {
  if (prefetch === undefined) return "";
  const { policy, kinds, ...numbers } = prefetch;
  const told = Object.entries(numbers).map(([name, given]) => `${name} ${cell<number | string>(given, sources)}`);
  const of = kinds === undefined ? [] : [`for ${kinds.join(", ")}`];
  return `prefetcher: ${[cell(policy, sources), ...told, ...of].join(", ")}`;
}

const TIME_WORDS: Readonly<Record<string, string>> = {
  walkers: "walks at once",
  walkCycles: "a walk",
  walkReferenceCycles: "an entry that a walk reads",
  memoryCycles: "an entry in memory",
};

function belowWords(index: number): string {
  return `an L1 miss that level ${index + 2} answers`;
}

/** Walkers and cycles, as far as they are known. */
function timesText(cpu: CpuDescription, sources: Sources): string {
  const { walkers, hitBelowCycles = [], walkCycles, walkReferenceCycles, dataCaches = [], memoryCycles } = cpu;
  const cycles = (value: number) => counted(value, "cycle");
  return [
    `${TIME_WORDS.walkers}: ${walkers === undefined ? "(1)" : cell(walkers, sources)}`,
    ...hitBelowCycles.map((given, index) => `${belowWords(index)}: ${cell(given, sources, cycles)}`),
    ...(walkCycles === undefined ? [] : [`${TIME_WORDS.walkCycles}: ${cell(walkCycles, sources, cycles)}`]),
    ...(walkReferenceCycles === undefined
      ? []
      : [`${TIME_WORDS.walkReferenceCycles}: ${cell(walkReferenceCycles, sources, cycles)}`]),
    ...dataCaches.map((cache) => {
      const size = `${cell(cache.bytes, sources)} bytes in ${cell(cache.ways, sources)} ways`;
      return `an entry in ${cache.name}, ${size}: ${cell(cache.cycles, sources, cycles)}`;
    }),
    ...(memoryCycles === undefined ? [] : [`${TIME_WORDS.memoryCycles}: ${cell(memoryCycles, sources, cycles)}`]),
  ].join("\n");
}

/** Where sources disagree. */
function othersText(cpu: CpuDescription, sources: Sources): string {
  const disputed = sourcedValues(cpu).filter(({ claim }) => (claim.others?.length ?? 0) > 0);
  if (disputed.length === 0) return "";
  const items = disputed.map(({ path, claim }) => {
    const others = (claim.others ?? []).map((other) => valueWords(other.value) + sources.mark(other));
    return `${placeWords(cpu, path)}: ${valueWords(claim.value)}${sources.mark(claim)}; others say ${others.join(", ")}`;
  });
  return section("Where sources disagree, the first is simulated", itemized(items));
}

function valueWords(value: unknown): string {
  return typeof value === "object" && value !== null ? indexWords(value as IndexDescription) : printable(String(value));
}

/** `tlbs[1].arrays[0].entries` as `L1D for 4K, entries`. */
function placeWords({ tlbs, walkCaches = [], dataCaches = [] }: CpuDescription, path: string): string {
  const [, list, outer, inner, field = path] =
    /^(tlbs|walkCaches)\[(\d+)\](?:\.arrays\[(\d+)\])?\.(\w+)$/.exec(path) ?? [];
  const below = /^hitBelowCycles\[(\d+)\]$/.exec(path);
  if (below !== null) return belowWords(Number(below[1]));
  const cache = /^dataCaches\[(\d+)\]\.(\w+)$/.exec(path);
  if (cache !== null) return `${dataCaches[Number(cache[1])]?.name}, ${cache[2]}`;
  if (path in TIME_WORDS) return TIME_WORDS[path] ?? path;
  const words = field in RULE_WORDS ? RULE_WORDS[field as keyof typeof RULE_WORDS] : field;
  if (list === undefined) return words;
  const tlb = tlbs[Number(outer)];
  if (list === "walkCaches" || tlb === undefined) return `${walkCaches[Number(outer)]?.name}, ${words}`;
  return `${tlb.name}${inner === undefined ? "" : ` for ${tlb.arrays[Number(inner)]?.holds.join()}`}, ${words}`;
}
