/** The lines of a chart by name: what each is where the cursor is, and a button that turns it off and on. */
import { type LineStyle, lineWidth } from "../../report/line-styles.ts";
import { h } from "../dom.ts";
import type { ChartData } from "./line-chart.ts";

/** The keys of a chart: what each line is, and its value under the cursor. */
export interface Keys {
  readonly element: HTMLElement;
  /** Lines that were turned off and are still there stay off. */
  show(data: ChartData): void;
  isShown(label: string): boolean;
  /** Shows the values at that index of the chart's x; none for `null`. */
  point(index: number | null): void;
}

/** `toggle` is called with the index of a line that the user turns off or on. */
export function createKeys(toggle: (line: number, isShown: boolean) => void): Keys {
  const at = h("p", { class: "chart-at soft" });
  const list = h("ul", { class: "chart-keys", "aria-label": "Lines" });
  const hidden = new Set<string>();
  let data: ChartData | null = null;
  let values: HTMLElement[] = [];

  return {
    element: h("div", {}, at, list),
    show(shown) {
      data = shown;
      values = shown.lines.map(() => h("span", { class: "chart-value" }));
      list.replaceChildren(
        ...shown.lines.map(({ label, style }, line) => {
          const press = () => {
            const isShown = hidden.delete(label);
            if (!isShown) hidden.add(label);
            button.setAttribute("aria-pressed", String(isShown));
            toggle(line, isShown);
          };
          const button = h(
            "button",
            { type: "button", "aria-pressed": String(!hidden.has(label)), onclick: press },
            sample(style),
            label,
            values[line],
          );
          return h("li", {}, button);
        }),
      );
      this.point(null);
    },
    isShown: (label) => !hidden.has(label),
    point(index) {
      if (data === null) return;
      const { x, xAxis, yAxis, lines } = data;
      const here = index === null ? undefined : x[index];
      at.textContent = here === undefined ? HINT : `${xAxis.name}: ${xAxis.text(here)}`;
      for (const [line, element] of values.entries()) {
        const value = index === null ? null : lines[line]?.values[index];
        const text = value === null || value === undefined ? "–" : yAxis.text(value);
        element.textContent = here === undefined ? "" : text;
      }
    },
  };
}

const HINT = "Point at the picture for values, drag to zoom, double-click to see all.";
const SVG = "http://www.w3.org/2000/svg";

/** A piece of the line. */
function sample(style: LineStyle): SVGElement {
  const { colour, dash } = style;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 32 8");
  svg.setAttribute("width", "32");
  svg.setAttribute("height", "8");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", "M0 4h32");
  line.setAttribute("stroke", colour ?? "currentColor");
  line.setAttribute("stroke-width", String(lineWidth(style)));
  if (dash !== "") line.setAttribute("stroke-dasharray", dash);
  svg.append(line);
  return svg;
}
