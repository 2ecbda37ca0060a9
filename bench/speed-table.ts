/** The results of the benches as README tells them. */
import { judge, type MeasuredGroup, summarize, targetOf } from "./groups.ts";
import type { Results } from "./results.ts";
import { type Comparison, geometricMean } from "./versus.ts";

const COLUMNS = ["what", "over", "speeds", "ratio", "from..to", "bar"];

/** Machine, ratios, and the speed of the decoder, as Markdown. */
export function speedTable({ environment, groups, text }: Results): string {
  const { date, version, commit, cpu, cpus, memoryGib, system, node, v8, compiler } = environment;
  const machine =
    `${date}, pagewalk ${version}, commit ${commit ?? "unknown"}: ${cpu}, ${cpus} CPUs, ${memoryGib} GiB, ${system}; ` +
    `Node ${node} (V8 ${v8}); ${compiler ?? "no C compiler"}.`;
  const rows = [COLUMNS, COLUMNS.map(() => "---"), ...groups.flatMap(rowsOf)];
  return `${machine}\n\n${rows.map((cells) => `| ${cells.join(" | ")} |\n`).join("")}${singleFigures(text)}`;
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
    `${ours} ${speeds.ours.toFixed(0)}, ${theirs} ${speeds.theirs.toFixed(0)} ${unit}`,
    `${ratio.median.toFixed(2)}${better === "less" ? " times as long" : ""}`,
    `${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}`,
    verdict === null ? "" : `${verdict.bar} ${verdict.isMet ? "met" : "**not met**"}`,
  ];
}

function singleFigures(text: Results["text"]): string {
  if (text.length === 0) return "";
  const speed = geometricMean(text.map(({ count, p50Ms }) => count / p50Ms / 1e6));
  const part = (of: "read" | "decode" | "replay") => {
    const mean = text.reduce((sum, { shares }) => sum + shares[of], 0) / text.length;
    return `${(100 * mean).toFixed(0)}%`;
  };
  return (
    `\nLackey text is read, decoded and replayed at ${speed.toFixed(1)} GB/s on one core, of which reading takes ` +
    `${part("read")}, decoding ${part("decode")}, and replaying ${part("replay")}.\n`
  );
}
