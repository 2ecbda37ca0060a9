/** The results of the benches as README tells them. */
import { judge, type MeasuredGroup, summarize, targetOf } from "./groups.ts";
import type { Results } from "./results.ts";
import { figureOf, type Unit } from "./tasks.ts";
import { type Comparison, geometricMean } from "./versus.ts";
import { FLOOR } from "./workloads.ts";

const COLUMNS = ["what", "over", "speeds", "ratio", "from..to", "bar"];

/** Machine, ratios, and what was measured by itself, as Markdown. */
export function speedTable(results: Results): string {
  const { date, version, commit, cpu, cpus, memoryGib, load, system, node, v8, compiler } = results.environment;
  const machine =
    `${date}, pagewalk ${version}, commit ${commit ?? "unknown"}: ${cpu}, ${cpus} CPUs with a load of ${load.toFixed(1)} from others, ` +
    `${memoryGib} GiB, ${system}; ` +
    `Node ${node} (V8 ${v8}); ${compiler ?? "no C compiler"}.`;
  const rows = [COLUMNS, COLUMNS.map(() => "---"), ...results.groups.flatMap(rowsOf)];
  return `${machine}\n\n${rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}${singleFigures(results)}`;
}

/** One row for the real traces together, and one for each comparison with a bar of its own. */
function rowsOf(group: MeasuredGroup): string[][] {
  const summary = summarize(group);
  const alone = group.comparisons.filter((comparison) => targetOf(group, comparison) !== null);
  return [
    ...(summary === null ? [] : [rowOf(group, `${summary.traces} real traces`, summary, group.target)]),
    ...alone.map((comparison) => rowOf(group, comparison.workload, comparison, targetOf(group, comparison))),
  ];
}

function rowOf(
  group: MeasuredGroup,
  over: string,
  speeds: Pick<Comparison, "ours" | "theirs" | "ratio">,
  target: number | null,
): string[] {
  const { title, clock, ours, theirs, unit, better } = group;
  const { ratio } = speeds;
  const verdict = judge(ratio.median, target, better);
  return [
    clock === "CPU time" ? title : `${title} (${clock})`,
    over,
    `${ours} ${rounded(speeds.ours)}, ${theirs} ${rounded(speeds.theirs)} ${unit}`,
    `${ratio.median.toFixed(2)}${better === "less" ? " times as long" : ""}`,
    `${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}`,
    verdict === null ? "" : `${verdict.bar} ${verdict.isMet ? "met" : "**not met**"}`,
  ];
}

/** What has no other side. */
function singleFigures({ tasks, text }: Results): string {
  const lines = tasks.flatMap((task) => {
    const unit = task.name === FLOOR ? "M words/s" : UNITS[task.group];
    if (unit === undefined) return [];
    return [
      `- ${task.group}: ${task.name}: ${figureOf(task, task.p50Ms, unit)} ${unit}, ± ${(100 * task.spread).toFixed(1)}%`,
    ];
  });
  if (text.length > 0) lines.push(`- ${textFigures(text)}`);
  return lines.length === 0 ? "" : `\n${lines.join("\n")}\n`;
}

/** Groups of tasks all of which are told. */
const UNITS: Readonly<Record<string, Unit>> = {
  "boundary, calls": "ns",
  memory: "M calls/s",
  "memory, browser": "M calls/s",
  "worker, jobs": "ms",
};

function textFigures(text: Results["text"]): string {
  const speed = geometricMean(text.map(({ count, p50Ms }) => count / p50Ms / 1e6));
  const part = (of: keyof Results["text"][number]["shares"]) => {
    const mean = text.reduce((sum, { shares }) => sum + shares[of], 0) / text.length;
    return `${of} ${(100 * mean).toFixed(0)}%`;
  };
  return `lackey text: ${speed.toFixed(1)} GB/s on one core, ${part("read")}, ${part("decode")}, ${part("replay")}`;
}

/** Three digits, or all of those before the point. */
function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
