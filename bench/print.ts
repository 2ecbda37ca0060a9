/** What the benches print. */
import type { TextResult } from "./decode.bench.ts";
import type { Environment } from "./environment.ts";
import { judge, type MeasuredGroup, summarize, targetOf } from "./groups.ts";
import type { Sizes } from "./pwt-sizes.ts";
import { figureOf, type TaskResult, type Unit } from "./tasks.ts";
import type { Comparison } from "./versus.ts";

const NAME_WIDTH = 46;
const CELL_WIDTH = 15;
/** Above it, what is measured by wall clock is a measure of other work. */
const BUSY_LOAD = 1;

export function printEnvironment(environment: Environment, quick: boolean): void {
  const { version, commit, cpu, cpus, memoryGib, load, system, node, v8, compiler, wasmBytes } = environment;
  console.log(`pagewalk ${version}, commit ${commit ?? "unknown"}, kernel of ${wasmBytes} bytes of Wasm`);
  console.log(`${cpu}, ${cpus} CPUs, ${memoryGib} GiB, ${system}`);
  console.log(`Node ${node} (V8 ${v8}); ${compiler ?? "no C compiler"}`);
  if (load > BUSY_LOAD) console.log(`Busy: a load of ${load.toFixed(1)}; take no figures of two cores from this.`);
  if (quick) console.log("Quick: short runs; take no figures from them.");
}

/** One row a workload, and one for the real traces together. */
export function printComparisons(group: MeasuredGroup): void {
  const { title, ours, theirs, unit, clock, better, comparisons } = group;
  const ratioName = better === "more" ? `${ours} / ${theirs}` : "times as long";
  printHead(`${title}, ${unit}, ${clock}`, [ours, theirs, ratioName, "[min..max]", "bar"]);
  const print = (
    name: string,
    row: Pick<Comparison, "ours" | "theirs" | "ratio">,
    target: number | null,
    failures: readonly string[],
  ) => {
    const { ratio } = row;
    const range = `[${ratio.min.toFixed(2)}..${ratio.max.toFixed(2)}]`;
    const verdict = judge(ratio.median, target, better);
    const bar = verdict === null ? "" : `${verdict.bar} ${verdict.isMet ? "met" : "NOT MET"}`;
    printRow(name, [row.ours.toFixed(1), row.theirs.toFixed(1), ratio.median.toFixed(2), range, bar], failures);
  };
  for (const each of comparisons) print(each.workload, each, targetOf(group, each), each.failures);
  const summary = summarize(group);
  if (summary !== null) print("geometric mean of the real traces", summary, group.target, []);
}

/** One row a task: its speed, or its time, at p50. */
export function printTasks(title: string, unit: Unit, results: readonly TaskResult[]): void {
  printHead(`${title}, ${unit}`, ["p50", "best", "± MAD", "samples"]);
  for (const result of results) {
    const figures = [result.p50Ms, result.minMs].map((ms) => figureOf(result, ms, unit));
    printRow(result.name, [...figures, percent(result.spread, 1), String(result.samples)], result.failures);
  }
}

/** One row a trace: its speed, and where its time goes. */
export function printText(results: readonly TextResult[]): void {
  printHead("Lackey text, one thread, MB/s", ["p50", "± MAD", "read", "decode", "replay"]);
  for (const { name, count, p50Ms, spread, shares, failures } of results) {
    const cells = [(count / p50Ms / 1e3).toFixed(1), percent(spread, 1)];
    printRow(name, [...cells, percent(shares.read), percent(shares.decode), percent(shares.replay)], failures);
  }
}

/** One row a trace: bytes for each record. */
export function printSizes(results: readonly Sizes[]): void {
  const [first] = results;
  if (first === undefined) return;
  printHead("Sizes, bytes a record", Object.keys(first.bytes));
  for (const { name, records, bytes } of results) {
    const cells = Object.values(bytes).map((count) => (count === null ? "-" : (count / records).toFixed(4)));
    printRow(name, cells, []);
  }
}

function percent(part: number, digits = 0): string {
  return `${(100 * part).toFixed(digits)}%`;
}

function printHead(title: string, columns: readonly string[]): void {
  console.log(`\n${title}`);
  printRow("", columns, []);
}

function printRow(name: string, cells: readonly string[], failures: readonly string[]): void {
  console.log([name.padEnd(NAME_WIDTH), ...cells.map((cell) => cell.padStart(CELL_WIDTH))].join("").trimEnd());
  for (const failure of failures) console.log(`  FAILED ${failure}`);
}
