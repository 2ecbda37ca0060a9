/** Charts beside or below each other, one for each trace. */
import { h } from "../dom.ts";
import { type ChartData, createLineChart, type LineChart } from "./line-chart.ts";
import { onThemeChange } from "./theme.ts";

/** Charts of the same kind. */
export interface Panels {
  readonly element: HTMLElement;
  /** `null`: the chart is to come, and has its place. */
  show(panels: readonly { title: string; chart: ChartData | null }[]): void;
  /** That of the first chart. */
  canvas(): HTMLCanvasElement | null;
}

/** `syncKey`: the cursor is at the same place in all of them. */
export function createPanels(syncKey: string): Panels {
  const element = h("div", { class: "chart-panels" });
  const charts: LineChart[] = [];
  onThemeChange(() => {
    for (const chart of charts) chart.redraw();
  });
  return {
    element,
    show(panels) {
      while (charts.length < panels.length) charts.push(createLineChart(syncKey));
      for (const chart of charts.splice(panels.length)) chart.destroy();
      element.replaceChildren(
        ...panels.map(({ title, chart }, index) => {
          const heading = panels.length > 1 ? h("p", { class: "chart-title" }, title) : null;
          return h("div", {}, heading, chart === null ? placeToCome() : charts[index]?.element);
        }),
      );
      for (const [index, { chart }] of panels.entries()) if (chart !== null) charts[index]?.show(chart);
    },
    canvas: () => charts[0]?.canvas() ?? null,
  };
}

/** As high as a chart with its lines by name, or nearly so. */
function placeToCome(): HTMLElement {
  return h(
    "div",
    { class: "chart" },
    h("div", { class: "chart-place to-come" }, "The curve is on its way."),
    h("p", { class: "keys-to-come" }),
  );
}
