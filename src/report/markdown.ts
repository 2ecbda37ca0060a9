/** Results as GitHub-flavoured Markdown: what was run and on what, what came of it, and how to get it again. */
import { commandOf, type Reproduction } from "./command-of.ts";
import { cpuTotals } from "./cpus-report.ts";
import type { ResultEntry, ResultFile, RunEntry, SweepEntry } from "./entries.ts";
import { count, counted, decimal, NOT_AVAILABLE, percent, percentColumn, printable } from "./format.ts";
import { arrayWords, sourceWords } from "./hierarchy-report.ts";
import { hitRate, mpki, share } from "./metrics.ts";
import { pageSizeName } from "./page-words.ts";
import type { ResultTable } from "./result-table.ts";
import type { AttributionRow, RunResult, SweepResult } from "./results.ts";
import { seriesText } from "./series-text.ts";
import { curveStory, sweepTables } from "./sweep-report.ts";
import { formatName, geometryName, SAMPLED } from "./trace-words.ts";

/** Rows of who missed that are shown of each result. */
const TOP_ROWS = 10;
/** Columns of pictures over time. */
const SERIES_WIDTH = 100;
/** Rows of a table of a sweep from which on it is folded away. */
const LONG_TABLE = 16;
/** Units that are named of those a partial merge has not. */
const MAX_UNITS = 20;

const DIMENSION_TITLES: Readonly<Record<string, string>> = {
  region: "By region",
  page: "By 4 KiB page",
  pc: "By instruction",
  kind: "By kind of access",
};

/** `files` as one document, in pieces. Names in it are of files, so that none of them is taken for markup. */
export function* markdownReport(files: readonly ResultFile[], title?: string): Generator<string> {
  const entries = files.flatMap((file) => file.entries);
  const runs = entries.filter((entry) => entry.kind === "run");
  const sweeps = entries.filter((entry) => entry.kind === "sweep");
  const titles = title === undefined ? [...new Set(files.flatMap((file) => file.title ?? []))] : [title];
  yield `# ${titles.length === 0 ? "Results of pagewalk" : titles.map(escaped).join(", ")}\n`;
  yield* warnings(files, entries);
  yield "\n## What was run\n";
  yield markdownTable(fileTable(files));
  yield markdownTable(traceTable(entries));
  if (runs.length > 0) {
    yield markdownTable(machineTable(runs));
    yield "\n## Machines and traces\n";
    yield markdownTable(countTable(runs));
  }
  for (const [index, entry] of sweeps.entries()) {
    if (index === 0) yield "\n## Sweeps\n";
    yield* sweepPieces(entry);
  }
  const attributed = runs.filter(({ result: { by } }) => by !== undefined);
  for (const [index, entry] of attributed.entries()) {
    if (index === 0) yield "\n## Who missed\n";
    yield* attributionPieces(entry);
  }
  const timed = runs.filter(({ result: { series } }) => series !== undefined);
  for (const [
    index,
    {
      result: { series },
      ...entry
    },
  ] of timed.entries()) {
    if (index === 0) yield "\n## Over time\n";
    yield `\n### ${titleOf(entry)}\n`;
    if (series !== undefined) yield codeBlock(seriesText(series, { width: SERIES_WIDTH, ascii: false }), "text");
  }
  yield "\n## The same again\n";
  for (const entry of entries) yield reproduction(entry, commandOf(entry));
}

/** What has to be known before any number is believed. */
function* warnings(files: readonly ResultFile[], entries: readonly ResultEntry[]): Generator<string> {
  for (const { path, plan } of files) {
    if (plan === null || plan.missing.length === 0) continue;
    const { missing, units } = plan;
    const named = missing.slice(0, MAX_UNITS).join(", ");
    const rest = missing.length > MAX_UNITS ? ", …" : "";
    yield warning(
      `PARTIAL: ${escaped(path)} has no result of ${count(missing.length)} of ${counted(units, "unit")} (${named}${rest}).`,
    );
  }
  for (const trace of new Map(entries.map(({ trace, result }) => [trace, result.trace])).values()) {
    const { path, sampled, damagedLines } = trace;
    if (sampled) yield warning(`${escaped(path)}: ${SAMPLED}.`);
    if (damagedLines !== undefined) {
      yield warning(
        `${escaped(path)}: ${counted(damagedLines, "line")} damaged, likely mixed with other output: counts are too low.`,
      );
    }
  }
  const versions = new Set(files.flatMap((file) => file.versions));
  if (versions.size > 1)
    yield warning(`These results are of several versions of pagewalk: ${[...versions].map(escaped).join(", ")}.`);
  const assumed = entries.filter(
    (entry) => entry.kind === "run" && entry.result.config.cpuSources?.weakest === "assumed",
  );
  const cpus = new Set(assumed.map((entry) => (entry as RunEntry).result.config.cpu));
  if (cpus.size > 0) {
    yield warning(
      `Some values of ${[...cpus].map(escaped).join(", ")} are assumed: nobody vouches for them (see sources below).`,
    );
  }
}

function warning(text: string): string {
  return `\n> [!WARNING]\n> ${text}\n`;
}

function fileTable(files: readonly ResultFile[]): ResultTable {
  const rows = files.map(({ path, schemas, versions, title, plan, entries }) => [
    path === "-" ? "standard input" : path,
    title ?? "-",
    schemas.map((schema) => schema.replace("pagewalk/", "")).join(", "),
    versions.join(", "),
    plan === null ? "-" : plan.hash.slice(0, 12),
    count(entries.length),
  ]);
  return { title: "Files", head: ["file", "title", "kind", "pagewalk", "plan", "results"], rows, nameColumns: 5 };
}

function traceTable(entries: readonly ResultEntry[]): ResultTable {
  const traces = new Map(entries.map((entry) => [`${entry.trace}\n${entry.window}`, entry]));
  const rows = [...traces.values()].map(({ trace: path, window, result: { trace } }) => [
    path === "-" ? "standard input" : path,
    window ?? "all",
    formatName(trace),
    count(trace.records),
    trace.instructions === 0 ? NOT_AVAILABLE : count(trace.instructions),
    trace.recorder ?? "-",
  ]);
  const head = ["trace", "window", "format", "records", "instructions", "recorded by"];
  return { title: "Traces", head, rows, nameColumns: 3 };
}

function machineTable(runs: readonly RunEntry[]): ResultTable {
  const machines = new Map(runs.map((entry) => [`${entry.name}\n${JSON.stringify(entry.result.config)}`, entry]));
  const rows = [...machines.values()].map(({ name, result: { config, tlbs, walkCaches } }) => [
    name,
    config.hierarchy === undefined || config.hierarchy.title === config.cpu
      ? config.cpu
      : `${config.cpu}: ${config.hierarchy.title}`,
    pageSizeName(config),
    tlbs
      .map(
        (tlb) =>
          `${tlb.name} ${tlb.arrays === undefined ? `${geometryName(tlb)} ${tlb.policy}` : tlb.arrays.map(arrayWords).join(" + ")}`,
      )
      .join("; "),
    walkCaches === undefined
      ? `PDE ${config.psc.pde}, PDPTE ${config.psc.pdpte}, PML4E ${config.psc.pml4e}`
      : walkCaches.map((cache) => `${cache.name} ${geometryName(cache)}`).join(", ") || "none",
    config.cpuSources === undefined ? "-" : sourceWords(config.cpuSources),
  ]);
  const head = ["machine", "CPU", "pages", "TLBs", "walk caches", "sources"];
  return { title: "Machines", head, rows, nameColumns: 6 };
}

/** Every machine on every trace. */
function countTable(runs: readonly RunEntry[]): ResultTable {
  const totals = runs.map(({ result }) => cpuTotals(result as RunResult));
  const rates = (["l1i", "l1d", "below"] as const).map((of) =>
    percentColumn(totals.map((each) => hitRate(each[of].hits, each[of].lookups))),
  );
  const rows = runs.map((entry, index) => {
    const { walks, faults, trace } = entry.result;
    const { below, walksPerThousand, walkReferencesPerThousand } = totals[index] as (typeof totals)[number];
    const missed = below.lookups - below.hits;
    return [
      entry.trace === "-" ? "standard input" : entry.trace,
      entry.window ?? "all",
      entry.name,
      ...rates.map((column) => (column[index] ?? NOT_AVAILABLE).trim()),
      count(missed),
      decimal(mpki(missed, trace.instructions), 3),
      count(walks.count),
      decimal(walksPerThousand, 3),
      decimal(walkReferencesPerThousand, 3),
      count(faults.minor + faults.major),
    ];
  });
  return {
    title: "Counts",
    head: [
      "trace",
      "window",
      "machine",
      "L1I hits",
      "L1D hits",
      "hits below",
      "misses of all TLBs",
      "MPKI",
      "walks",
      "walks/1k",
      "walk refs/1k",
      "faults",
    ],
    rows,
    nameColumns: 3,
    notes: [
      "L1I, L1D hits: hit rates of the first level; hits below: of its misses, those that another TLB answered; MPKI: misses of all TLBs for 1,000 instructions; /1k: likewise.",
    ],
  };
}

function* sweepPieces(entry: SweepEntry): Generator<string> {
  const result = entry.result as SweepResult;
  yield `\n### ${titleOf(entry)}\n`;
  const front = result.l1.map(
    (tlb) =>
      `${tlb.name} ${geometryName(tlb)} in front, ${tlb.pageSize} pages: ${percent(hitRate(tlb.hits, tlb.lookups))} hits`,
  );
  yield `\n${[`${counted(result.references, "reference")} (${result.stream})`, ...front].map(escaped).join("; ")}.\n`;
  const { title, sentences } = curveStory(result);
  if (sentences.length > 0)
    yield `\n${escaped(title)}:\n\n${sentences.map((sentence) => `- ${escaped(sentence)}\n`).join("")}`;
  for (const table of sweepTables(result)) {
    const text = markdownTable(table);
    if (table.rows.length <= LONG_TABLE) yield text;
    else
      yield `\n<details><summary>${htmlEscaped(table.title)}: ${counted(table.rows.length, "row")}</summary>\n${text}\n</details>\n`;
  }
}

function* attributionPieces(entry: RunEntry): Generator<string> {
  yield `\n### ${titleOf(entry)}\n`;
  for (const [dimension, rows] of Object.entries(entry.result.by ?? {}))
    yield markdownTable(attributionTable(dimension, rows));
}

function attributionTable(dimension: string, all: readonly AttributionRow[]): ResultTable {
  const walkReferences = all.reduce((sum, row) => sum + row.walkReferences, 0);
  const shown = all.slice(0, TOP_ROWS);
  const shares = percentColumn(shown.map((row) => share(row.walkReferences, walkReferences)));
  const rows = shown.map((row, index) => [
    row.region === undefined ? row.name : `${row.name} (${row.region})`,
    ...[row.references.fetch + row.references.data, row.l1Misses, row.stlbMisses, row.walkReferences].map(count),
    (shares[index] ?? NOT_AVAILABLE).trim(),
    count(row.faults),
  ]);
  return {
    title: DIMENSION_TITLES[dimension] ?? dimension,
    head: [dimension, "references", "L1 misses", "STLB misses", "walk refs", "share of walk refs", "faults"],
    rows,
    nameColumns: 1,
    ...(all.length > shown.length ? { leftOut: { count: all.length - shown.length, noun: "row" } } : {}),
  };
}

function reproduction(entry: ResultEntry, { command, missing }: Reproduction): string {
  const notes = missing.map((sentence) => `- ${escaped(sentence)}\n`).join("");
  return `\n#### ${titleOf(entry)}\n${codeBlock(command, "sh")}${notes === "" ? "" : `\n${notes}`}`;
}

function titleOf({ trace, window, name }: Pick<ResultEntry, "trace" | "window" | "name">): string {
  const path = trace === "-" ? "standard input" : trace;
  return [path, ...(window === null ? [] : [window]), name].map(escaped).join(", ");
}

/** A table with its title, notes and what was left out. Every row has as many cells as the head. */
export function markdownTable({ title, head, rows, nameColumns, leftOut, notes = [] }: ResultTable): string {
  const line = (cells: readonly string[]) => `| ${head.map((_, index) => cells[index] ?? "").join(" | ")} |\n`;
  const rest = leftOut === undefined ? [] : [`and ${counted(leftOut.count, leftOut.noun)} more, in the JSON`];
  return [
    `\n**${escaped(title)}**\n\n`,
    line(head.map(escaped)),
    line(head.map((_, index) => (index < nameColumns ? "---" : "---:"))),
    ...rows.map((row) => line(row.map((cell) => escaped(cell.trim())))),
    ...[...notes, ...rest].map((note) => `\n${escaped(note)}\n`),
  ].join("");
}

/** `text` in a fence that nothing in it can close. */
export function codeBlock(text: string, language: string): string {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const lines = text.split("\n").map(printable).join("\n");
  return `\n${fence}${language}\n${lines}\n${fence}\n`;
}

/** `text` as Markdown that shows it as it is, in one line: no markup, no HTML, no link, no cell. */
export function escaped(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+!|~@$^]|:(?=\/\/)/g, "\\$&")
    .replace(/www\./gi, (found) => `${found.slice(0, 3)}\\.`)
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}

function htmlEscaped(text: string): string {
  return printable(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
}
