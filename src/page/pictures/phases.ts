/** Misses over time: a chart for each trace. */
import { count, decimal } from "../../report/format.ts";
import { jsonPieces } from "../../report/json.ts";
import type { NamedRun } from "../../report/named-run.ts";
import { overTime, type Phases, phasesOf, phasesTable } from "../../report/phases.ts";
import type { RunResult } from "../../report/results.ts";
import { linearTicks, numberLabel, wholeTicks } from "../../report/ticks.ts";
import { saveText, svgDownloads } from "../download.ts";
import { createFrame } from "./frame.ts";
import { type ChartData, LABEL_CHARACTER } from "./line-chart.ts";
import { createPanels } from "./panels.ts";
import type { Picture } from "./pictures.ts";

/** Misses over time, a panel for each trace. */
export function createPhasesPicture(): Picture<readonly NamedRun[]> {
  let runs: readonly NamedRun[] = [];
  const panels = createPanels("phases");
  const svg = async () => {
    const { phasesSvg } = await import("../../report/phases-svg.ts");
    return phasesSvg(phasesOf(runs));
  };
  const frame = createFrame({
    title: "Misses over time",
    body: [panels.element],
    tables: () => runs.map(phasesTable),
    downloads: {
      CSV: async () => {
        await saveText("pagewalk-phases.csv", await csvOf(runs.map(({ run }) => run)));
      },
      JSON: () => saveText("pagewalk-phases.json", jsonPieces(runs.map(intervalsOf))),
      ...svgDownloads("pagewalk-phases", svg, panels.canvas),
    },
  });
  return {
    element: frame.element,
    show(shown) {
      runs = shown.filter(({ run }) => overTime(run) !== undefined);
      panels.show(phasesOf(runs).map((phases) => ({ title: phases.trace, chart: chartOf(phases) })));
      frame.refresh({ isEmpty: runs.length === 0 });
    },
  };
}

/** Those of profiles or, where there are none, of series, which have more columns. */
async function csvOf(runs: readonly RunResult[]): Promise<Iterable<string>> {
  if (runs.some(({ profile }) => profile !== undefined))
    return (await import("../../report/csv.ts")).intervalsCsv(runs);
  return (await import("../../report/attribution-csv.ts")).seriesCsv(runs);
}

/** What of a run is misses over time. */
function intervalsOf({ machine, run }: NamedRun): object {
  return {
    machine,
    trace: run.trace,
    config: run.config,
    intervalRecords: overTime(run)?.intervalRecords,
    intervals: overTime(run)?.intervals,
  };
}

function chartOf({ trace, records, lines }: Phases): ChartData {
  const x = [...new Set([...lines.flatMap(({ steps }) => steps.map(({ from }) => from)), records])].sort(
    (a, b) => a - b,
  );
  const charted = lines.map(({ label, style, steps }) => {
    const misses = new Map(steps.map((step) => [step.from, step.misses]));
    // The last step has a length, too.
    const last = steps.at(-1)?.misses ?? null;
    return { label, style, values: x.map((from) => misses.get(from) ?? (from === records ? last : null)), dots: [] };
  });
  const words = charted.map(({ label, values }) => {
    const most = values.reduce<number>((greatest, value) => Math.max(greatest, value ?? 0), 0);
    return `${label}: at most ${decimal(most, 3)}.`;
  });
  return {
    name: [`Misses per 1,000 records over the ${count(records)} records of ${trace}.`, ...words].join(" "),
    x,
    stops: x.slice(0, -1),
    xAxis: {
      name: "records",
      scale: "linear",
      ticks: (least, most, at) => {
        const shown = wholeTicks(least, most);
        const [first = 0, second = first] = shown;
        const room = Math.abs(at(second) - at(first)) / (LABEL_CHARACTER * (count(most).length + 1));
        const every = Math.max(1, Math.ceil(1 / room));
        return shown.filter((_, index) => index % every === 0);
      },
      label: count,
      text: (from) => `from ${count(from + 1)}`,
    },
    yAxis: {
      name: "misses per 1,000 records",
      scale: "linear",
      ticks: (_, most) => linearTicks([most]),
      label: numberLabel,
      text: (value) => decimal(value, 3),
    },
    lines: charted,
    marks: [],
    isStepped: true,
  };
}
