/** Charts beside or below each other, one for each trace. */
import { h } from "../dom.ts";
import { type ChartData, createLineChart, type LineChart } from "./line-chart.ts";
import { onThemeChange } from "./theme.ts";

export interface Panels {
  readonly element: HTMLElement;
  show(panels: readonly { title: string; chart: ChartData }[]): void;
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
        ...panels.map(({ title }, index) => {
          const heading = panels.length > 1 ? h("p", { class: "chart-title" }, title) : null;
          return h("div", {}, heading, charts[index]?.element);
        }),
      );
      for (const [index, { chart }] of panels.entries()) charts[index]?.show(chart);
    },
    canvas: () => charts[0]?.canvas() ?? null,
  };
}
