/** Miss ratio or MPKI against entries: a chart for each trace. */
import {
  axisLabel,
  axisTicks,
  type CurveAxis,
  entrySizes,
  fitting,
  heightOf,
  quantityName,
  quantityText,
} from "../../report/curve-axis.ts";
import { count, printable } from "../../report/format.ts";
import { jsonPieces } from "../../report/json.ts";
import { curveStyles, MAX_DOTS, MAX_LINES } from "../../report/line-styles.ts";
import { type MachineMark, marksNote, marksOf, marksTable } from "../../report/machine-marks.ts";
import type { SweepResult } from "../../report/results.ts";
import { linesOf, type SweepLine } from "../../report/sweep-groups.ts";
import { curveStory, sweepTables } from "../../report/sweep-report.ts";
import { saveText, svgDownloads } from "../download.ts";
import { createChoice, createFrame } from "./frame.ts";
import { type ChartData, LABEL_CHARACTER } from "./line-chart.ts";
import { createPanels } from "./panels.ts";
import type { CurveData, Picture } from "./pictures.ts";

/** The cursor stops where points were asked for, if they are so many; else wherever a line has a point. */
const FEWEST_STOPS = 4;

/** Misses against entries, with machines marked; a panel for each sweep. */
export function createCurvePicture(): Picture<CurveData> {
  let data: CurveData = { sweeps: [], runs: [], waiting: [] };
  let drawn: DrawnSweep[] = [];
  const panels = createPanels("curve");
  const quantity = createChoice("Show", { missRatio: "miss ratio", mpki: "MPKI" }, draw);
  const scale = createChoice("Axis", { log: "logarithmic", linear: "linear" }, draw);
  const frame = createFrame({
    title: "Misses against entries",
    controls: [quantity.element, scale.element],
    body: [panels.element],
    hasNote: true,
    tables: () => [
      ...drawn.flatMap(({ sweep, marks }) => {
        const tables = [...(marks.length === 0 ? [] : [marksTable(marks)]), ...sweepTables(sweep)];
        return tables.map((table) => ({ ...table, title: `${table.title}: ${titleOf(sweep)}` }));
      }),
    ],
    downloads: {
      CSV: async () => {
        const { sweepCsv } = await import("../../report/csv.ts");
        await saveText("pagewalk-curve.csv", sweepCsv(data.sweeps));
      },
      JSON: () => saveText("pagewalk-curve.json", jsonPieces(data.sweeps)),
      ...svgDownloads("pagewalk-curve", svg, panels.canvas),
    },
  });

  function axis(): CurveAxis {
    return { quantity: quantity.value(), scale: scale.value() };
  }

  async function svg(): Promise<string> {
    const { sweepSvg } = await import("../../report/svg.ts");
    return sweepSvg(data.sweeps, { axis: axis(), marks: drawn.map(({ marks }) => marks) });
  }

  function draw(): void {
    const shown: Parameters<typeof panels.show>[0][number][] = drawn.map((each) => ({
      title: titleOf(each.sweep),
      chart: chartOf(each, axis()),
    }));
    for (const { at, trace } of data.waiting) shown.splice(at, 0, { title: printable(trace), chart: null });
    panels.show(shown);
    const notes = drawn.flatMap(({ sweep, marks }) => marksNote(sweep, marks) ?? []);
    frame.element.classList.toggle("to-come", drawn.length === 0);
    frame.refresh({ isEmpty: shown.length === 0, note: notes[0] ?? "" });
  }

  return {
    element: frame.element,
    show(shown) {
      data = shown;
      drawn = shown.sweeps.map((sweep) => {
        return { sweep, lines: linesOf(sweep, MAX_LINES).lines, marks: marksOf(sweep, shown.runs) };
      });
      const knowsInstructions = shown.sweeps.every(({ trace }) => trace.instructions > 0);
      if (!knowsInstructions) quantity.select.value = "missRatio";
      quantity.select.disabled = !knowsInstructions;
      draw();
    },
  };
}

interface DrawnSweep {
  sweep: SweepResult;
  lines: SweepLine[];
  marks: MachineMark[];
}

/** What one panel is of. */
function titleOf({ trace, stream }: SweepResult): string {
  return `${printable(trace.path)}, ${stream}`;
}

function chartOf({ sweep, lines, marks }: DrawnSweep, axis: CurveAxis): ChartData {
  const styles = curveStyles(lines);
  const drawnMarks = marks.flatMap((mark) => {
    const y = heightOf(mark, axis);
    return y === null ? [] : [{ x: mark.entries, y, label: mark.label }];
  });
  const sizes = [
    ...lines.flatMap(({ points }) => points.map(({ entries }) => entries)),
    ...drawnMarks.map(({ x }) => x),
  ];
  const x = [...new Set(sizes)].sort((a, b) => a - b);
  const asked = new Set(lines.flatMap((line) => [...line.marks]));
  const stops = x.filter((entries) => asked.has(entries));
  const marked = marks.map((mark) => `${mark.label}: ${quantityText(mark[axis.quantity], axis)}`);
  const name = quantityName(sweep, axis.quantity);
  return {
    name: [`${name} against entries, ${titleOf(sweep)}.`, ...curveStory(sweep).sentences, ...marked].join(" "),
    x,
    stops: stops.length < FEWEST_STOPS ? x : stops,
    xAxis: {
      name: "entries",
      scale: "log",
      ticks: (least, most, at) =>
        fitting(entrySizes(lines, least, most).byInterest, at, LABEL_CHARACTER).sort((a, b) => a - b),
      label: String,
      text: count,
    },
    yAxis: {
      name,
      scale: axis.scale,
      ticks: (least, most) => axisTicks([least, most], axis),
      label: (value) => axisLabel(value, axis),
      text: (value) => quantityText(value, axis),
    },
    lines: lines.map((line, index) => {
      const heights = new Map(line.points.map((point) => [point.entries, heightOf(point, axis)]));
      const values = x.map((entries) => heights.get(entries) ?? null);
      const hasDots = line.marks.size <= MAX_DOTS;
      return {
        label: line.label,
        style: styles[index] ?? { colour: null, dash: "" },
        values,
        dots: hasDots ? x.flatMap((entries, at) => (line.marks.has(entries) && values[at] !== null ? at : [])) : [],
      };
    }),
    marks: drawnMarks,
    isStepped: false,
  };
}
