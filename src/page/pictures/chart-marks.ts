/** Points beside the lines of a chart, with their labels. */
import "./language.ts";
import uPlot from "uplot";
import { labelPlaces } from "../../report/label-places.ts";
import type { ChartMark } from "./line-chart.ts";
import type { Theme } from "./theme.ts";

// In CSS pixels.
const HALF_DIAGONAL = 6;
const LABEL_HEIGHT = 16;
const GAP = 8;

/** Draws diamonds on the canvas of `u`, those in the range that is shown. */
export function drawMarks(u: uPlot, marks: readonly ChartMark[], theme: Theme, font: string): void {
  const { ctx, bbox } = u;
  const { min = 0, max = 0 } = u.scales.x ?? {};
  const shown = marks.filter(({ x }) => x >= (min ?? 0) && x <= (max ?? 0));
  const ratio = uPlot.pxRatio;
  ctx.save();
  ctx.scale(ratio, ratio);
  ctx.font = font;
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  const points = shown.map(({ x, y, label }) => ({
    x: u.valToPos(x, "x", true) / ratio,
    y: u.valToPos(y, "y", true) / ratio,
    width: ctx.measureText(label).width,
  }));
  const [left, top] = [bbox.left / ratio, bbox.top / ratio];
  const area = { left, top, right: left + bbox.width / ratio, bottom: top + bbox.height / ratio };
  const places = labelPlaces(points, area, { height: LABEL_HEIGHT, gap: GAP });
  ctx.strokeStyle = theme.paper;
  for (const { x, y } of points) {
    const diamond = new Path2D();
    diamond.moveTo(x, y - HALF_DIAGONAL);
    diamond.lineTo(x + HALF_DIAGONAL, y);
    diamond.lineTo(x, y + HALF_DIAGONAL);
    diamond.lineTo(x - HALF_DIAGONAL, y);
    diamond.closePath();
    ctx.lineWidth = 3;
    ctx.stroke(diamond);
    ctx.fillStyle = theme.bad;
    ctx.fill(diamond);
  }
  ctx.fillStyle = theme.text;
  for (const [index, { x, y, anchor }] of places.entries()) {
    const label = shown[index]?.label ?? "";
    ctx.textAlign = anchor;
    ctx.lineWidth = 4;
    ctx.strokeText(label, x, y);
    ctx.fillText(label, x, y);
  }
  ctx.restore();
}
