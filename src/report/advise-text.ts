/** Which regions to put on larger pages, as text for people: what to do first, then the numbers that say why. */

import { PAGE_SIZES } from "../config/types.ts";
import { adviceFor, ENABLED, kindWord } from "./advise-words.ts";
import type { AdvisedPlan, AdvisedRegion, AdviseResult, RegionSource } from "./advising.ts";
import { bytes, count, counted, decimal, percent, percentColumn, printable, seconds, shortened } from "./format.ts";
import { pairs, paragraphs, table } from "./lines.ts";
import { indented } from "./paragraphs.ts";
import { leftOut, type ResultTable } from "./result-table.ts";
import { type Pair, tracePairs } from "./trace-words.ts";

/** Rows of regions that people read. */
const MOST_REGIONS = 10;
const MAX_NAME = 32;

/** The verdict, what to do, regions and plans, and the commands that print the same counts. Ends with a newline. */
export function adviseText(result: AdviseResult): string {
  const { trace, plans, time } = result;
  const { runs } = time;
  return paragraphs(
    indented(verdictWords(result), "", ""),
    ...(result.verdict.recommended.length === 0 ? [] : [stepsText(result)]),
    pairs([...tracePairs(trace), ...machinePairs(result)]),
    tableText(regionTable(result)),
    tableText(planTable(result)),
    ["Each row is printed by", ...plans.map(({ command }) => `  ${printable(command)}`)].join("\n"),
    pairs([["time", `${seconds(time.seconds)}, ${counted(runs, "simulation")}`]]),
  );
}

function tableText(content: ResultTable): string {
  const notes = (content.notes ?? []).map((note) => `\n${indented(note, "  ")}`).join("");
  const { leftOut: rest } = content;
  const others = rest === undefined ? "" : `\n  and ${counted(rest.count, rest.noun)} more: --json has all`;
  return `${content.title}\n${table(content)}${others}${notes}`;
}

/** What is to be told first, in sentences. */
function verdictWords(result: AdviseResult): string {
  const { verdict } = result;
  const base = basePlan(result);
  const rate =
    base.stlbMpki === null ? `${count(base.stlbMisses)} in all` : `${decimal(base.stlbMpki, 3)} per 1,000 instructions`;
  const misses = `the STLB misses ${rate} with pages of 4 KiB, and walks read ${counted(base.walkReferences, "entry", "entries")}`;
  if (verdict.reason === "few-misses") {
    const later = Math.max(0, verdict.recurringMisses);
    const first = `of the misses ${later === 0 ? "are" : `but ${count(later)} are`} the first touch of a page, which faults anyway`;
    return `Nothing to gain: ${misses}${later < base.stlbMisses ? `; all ${first}` : ""}.`;
  }
  const best = plans(result, [verdict.together ?? verdict.recommended[0] ?? ""])[0];
  if (verdict.reason === "no-remedy" || best === undefined) {
    const why = "no plan takes a twentieth of that away without wasting memory";
    return `No larger pages help: ${misses}, but ${why}.`;
  }
  const what = whatOf(recommendedPlans(result));
  return `Put ${what}: ${percent(best.savedShare)} of the walk references go${memoryWords(best)}. Now ${misses}.`;
}

/** What `plans` put on which pages; transparent ones have no regions. */
function whatOf(plans: readonly AdvisedPlan[]): string {
  const all = plans.flatMap(({ regions }) => regions);
  if (all.length === 0) return "everything on transparent huge pages";
  const bySize = PAGE_SIZES.map(
    (pageSize) => [pageSize, all.filter((region) => region.pageSize === pageSize)] as const,
  );
  const parts = bySize.filter(([, regions]) => regions.length > 0);
  return listed(
    parts.map(([size, regions]) => `${listed(regions.map(({ name }) => shortened(name, MAX_NAME)))} on ${size} pages`),
  );
}

function memoryWords({ bloatBytes }: AdvisedPlan): string {
  if (bloatBytes <= 0) return ", for no more memory";
  return `, for ${bytes(bloatBytes)} more memory`;
}

/** What to do for each plan that is recommended, with the numbers that say why. */
function stepsText(result: AdviseResult): string {
  const base = basePlan(result);
  const told = new Map<string, number>();
  const steps = recommendedPlans(result).map((plan, index) => {
    const advice = adviceFor(plan);
    const before = told.get(advice.join());
    if (before === undefined) told.set(advice.join(), index + 1);
    const sentences = before === undefined ? advice : [`as for ${before}`];
    const items = sentences.map((sentence) => indented(sentence, "     ", "   - "));
    return [`${index + 1}. ${whatOf([plan])}`, changesText(base, plan), ...items].join("\n");
  });
  return `What to do\n\n${steps.join("\n\n")}`;
}

/** What becomes of the counts of `base`. */
function changesText(base: AdvisedPlan, plan: AdvisedPlan): string {
  const rows: [label: string, before: string, after: string, remark: string][] = [
    [
      "walk references",
      count(base.walkReferences),
      count(plan.walkReferences),
      `  ${percent(Math.max(0, plan.savedShare))} fewer`,
    ],
    ["STLB misses", count(base.stlbMisses), count(plan.stlbMisses), ""],
    ["L1 misses", count(base.l1Misses), count(plan.l1Misses), ""],
    ["page faults", count(base.minorFaults), count(plan.minorFaults), ""],
    ["memory", bytes(base.mappedBytes), bytes(plan.mappedBytes), ""],
  ];
  const width = (column: 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  const [before, after] = [width(1), width(2)];
  return rows
    .map(([label, was, is, remark]) => {
      return `   ${label.padEnd(15)}  ${was.padStart(before)} -> ${is.padStart(after)}${remark}`;
    })
    .join("\n");
}

const SOURCES: Record<RegionSource, string> = {
  maps: "those given with --maps",
  recorded: "recorded with the trace",
  inferred: "inferred from what the trace touches; --maps FILE gives those that the program had",
};

function machinePairs({ config, regions, verdict, plans: all }: AdviseResult): Pair[] {
  const faults = all.find(({ name }) => name === "4K")?.minorFaults ?? 0;
  return [
    ["machine", printable(config.cpu)],
    ["regions", SOURCES[regions.source]],
    ...(regions.forbidden === 0 ? [] : [["WARNING", forbiddenWords(regions.forbidden)] as const]),
    ["first touches", `${count(faults)} of the STLB misses; ${count(Math.max(0, verdict.recurringMisses))} come later`],
  ];
}

function forbiddenWords(forbidden: number): string {
  const of = forbidden === 1 ? "access is" : "accesses are";
  return `${count(forbidden)} ${of} not allowed by the mappings, and not counted: are they of this run?`;
}

/** What each region costs with pages of 4 KiB. */
function regionTable({ regions }: AdviseResult): ResultTable {
  const shown = regions.rows.slice(0, MOST_REGIONS);
  const shares = percentColumn(shown.map(({ walkReferenceShare }) => walkReferenceShare));
  const row = (region: AdvisedRegion, index: number) => [
    shortened(region.name, MAX_NAME),
    kindWord(region.kind),
    region.bytes === 0 ? "" : bytes(region.bytes),
    count(region.l1Misses),
    count(region.stlbMisses),
    count(region.walkReferences),
    shares[index] ?? "",
    region.largestPage,
  ];
  return {
    title: "Who misses, with pages of 4 KiB",
    head: ["region", "kind", "size", "L1 misses", "STLB misses", "walk refs", "share", "room for"],
    rows: shown.map(row),
    nameColumns: 2,
    ...leftOut(regions.rows.length - shown.length, "region"),
  };
}

const ONE_MAPPING =
  "here code and files are on huge pages as well, since mappings are not known, and in Linux only anonymous memory is";

/** What each plan costs. */
function planTable(result: AdviseResult): ResultTable {
  const { plans: all } = result;
  const base = basePlan(result);
  const shares = percentColumn(all.map(({ savedShare }) => Math.max(0, savedShare)));
  const rows = all.map((plan, index) => [
    shortened(plan.name, MAX_NAME),
    count(plan.l1Misses),
    count(plan.stlbMisses),
    count(plan.walkReferences),
    plan === base ? "-" : plan.savedWalkReferences < 0 ? "more" : (shares[index] ?? ""),
    count(plan.minorFaults),
    bytes(plan.mappedBytes),
    plan === base ? "" : markOf(plan, result),
  ]);
  const isInferred = result.regions.source === "inferred";
  const notes = [
    `thp: what a program has where ${ENABLED} says always${isInferred ? `; but ${ONE_MAPPING}` : ""}`,
    ...(all.some(({ isWasteful }) => isWasteful)
      ? ["wasteful: memory grows by a larger share than walk references shrink by"]
      : []),
    "A walk reference costs a few cycles where the entry is in the cache, hundreds where it is in memory.",
  ];
  return {
    title: "Plans, each simulated",
    head: ["plan", "L1 misses", "STLB misses", "walk refs", "saved", "faults", "memory", ""],
    rows,
    nameColumns: 1,
    notes,
  };
}

function markOf({ name, isWasteful }: AdvisedPlan, { verdict }: AdviseResult): string {
  if (isWasteful) return "wasteful";
  return verdict.recommended.includes(name) ? "do this" : "";
}

/** In the order of the verdict. */
function recommendedPlans(result: AdviseResult): AdvisedPlan[] {
  return plans(result, result.verdict.recommended);
}

function plans({ plans: all }: AdviseResult, names: readonly string[]): AdvisedPlan[] {
  return names.flatMap((wanted) => all.find(({ name }) => name === wanted) ?? []);
}

function basePlan({ plans: all }: AdviseResult): AdvisedPlan {
  const base = all.find(({ name, regions }) => name === "4K" && regions.length === 0);
  if (base === undefined) throw new TypeError("advice without the plan that others are compared with");
  return base;
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}
