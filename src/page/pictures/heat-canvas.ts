/** The heat map on a canvas: cells, axes, scale. */
import { bytes, count, hexAddress } from "../../report/format.ts";
import { HEAT_LEVELS, type Heat, type RowBand, rowBands } from "../../report/heat.ts";
import { numberLabel, ratioTicks } from "../../report/ticks.ts";
import { colourScale, shadeOf } from "./colour-scale.ts";
import type { Theme } from "./theme.ts";

/** Where things are, in CSS pixels. */
export interface HeatLayout {
  width: number;
  height: number;
  /** The cells, without the axes. */
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const FONT = "12px system-ui, sans-serif";
const ADDRESS_FONT = "11px ui-monospace, Menlo, Consolas, monospace";
/** Of a character of an address. */
const CHARACTER = 6.7;
const LABEL_HEIGHT = 14;
const AXIS_HEIGHT = 40;
const SCALE_HEIGHT = 44;
const BAR_HEIGHT = 10;

/** The layout for addresses of so many characters at most. */
export function heatLayout(width: number, height: number, addressLength: number): HeatLayout {
  const left = Math.ceil(addressLength * CHARACTER) + 10;
  return { width, height, left, top: 8, right: width - 12, bottom: height - AXIS_HEIGHT - SCALE_HEIGHT };
}

/** Draws on `context`, whose unit is a CSS pixel. */
export function drawHeat(context: CanvasRenderingContext2D, heat: Heat, layout: HeatLayout, theme: Theme): void {
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, layout.width, layout.height);
  const { left, top, right, bottom } = layout;
  context.fillStyle = theme.panel;
  context.fillRect(left, top, right - left, bottom - top);
  const bands = rowBands(heat.rows, bottom - top);
  drawCells(context, heat, layout, bands, theme);
  drawAddresses(context, heat, layout, bands, theme);
  drawRecords(context, heat, layout, theme);
  drawScale(context, heat, layout, theme);
}

function drawCells(
  context: CanvasRenderingContext2D,
  { rows, columns, cells, most }: Heat,
  { left, top, right }: HeatLayout,
  bands: readonly RowBand[],
  theme: Theme,
): void {
  if (rows.length === 0 || columns.length === 0) return;
  const shades = colourScale(theme.isDark);
  const image = new ImageData(columns.length, rows.length);
  const pixels = new Uint32Array(image.data.buffer);
  // What was not missed stays without a colour.
  for (let cell = 0; cell < cells.length; cell++) {
    const misses = cells[cell] ?? 0;
    if (misses > 0) pixels[cell] = shades[shadeOf(misses, most)] ?? 0;
  }
  const source = document.createElement("canvas");
  source.width = columns.length;
  source.height = rows.length;
  source.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  // Neighbours in one piece, so that there are no seams between them.
  for (let from = 0; from < rows.length; ) {
    let to = from + 1;
    while (to < rows.length && rows[to]?.gapBytes === 0n) to++;
    const y = top + (bands[from]?.top ?? 0);
    const height = top + (bands[to - 1]?.bottom ?? 0) - y;
    context.drawImage(source, 0, from, columns.length, to - from, left, y, right - left, height);
    context.fillStyle = theme.soft;
    const before = bands[from - 1];
    if (before !== undefined)
      context.fillRect(left, top + before.bottom, right - left, Math.max(0.5, (y - top - before.bottom) / 3));
    from = to;
  }
}

/** First addresses of rows that begin after a gap and of others, where there is room, and the sizes of gaps. */
function drawAddresses(
  context: CanvasRenderingContext2D,
  { rows }: Heat,
  { left, top }: HeatLayout,
  bands: readonly RowBand[],
  theme: Theme,
): void {
  const taken: number[] = [];
  const isFree = (y: number, height: number) => taken.every((other) => Math.abs(other - y) >= height);
  const place = (y: number, label: string, colour: string, font: string) => {
    taken.push(y);
    context.font = font;
    context.fillStyle = colour;
    context.fillText(label, left - 6, y);
  };
  context.textAlign = "right";
  context.textBaseline = "middle";
  const bandOf = (row: number) => bands[row] ?? { top: 0, bottom: 0 };
  const addressAt = (row: number) => {
    const y = top + bandOf(row).top + 4;
    if (isFree(y, LABEL_HEIGHT)) place(y, hexAddress(rows[row]?.first ?? 0n), theme.text, ADDRESS_FONT);
  };
  if (rows.length > 0) addressAt(0);
  const gaps = rows.flatMap(({ gapBytes }, row) => (gapBytes > 0n ? [{ row, gapBytes }] : []));
  const largest = gaps.sort((a, b) => (a.gapBytes < b.gapBytes ? 1 : -1));
  for (const { row, gapBytes } of largest) {
    const y = top + bandOf(row).top;
    if (!isFree(y, 1.5 * LABEL_HEIGHT)) continue;
    place(y - LABEL_HEIGHT / 2 - 1, `gap ${bytes(Number(gapBytes))}`, theme.soft, FONT);
    place(y + LABEL_HEIGHT / 2, hexAddress(rows[row]?.first ?? 0n), theme.text, ADDRESS_FONT);
  }
  for (let row = 1; row < rows.length; row++) addressAt(row);
}

function drawRecords(
  context: CanvasRenderingContext2D,
  { columns }: Heat,
  { left, right, bottom }: HeatLayout,
  theme: Theme,
): void {
  const records = columns.reduce((sum, column) => sum + column.records, 0);
  context.font = FONT;
  context.fillStyle = theme.soft;
  context.textBaseline = "top";
  for (const [share, align] of [
    [0, "left"],
    [0.5, "center"],
    [1, "right"],
  ] as const) {
    context.textAlign = align;
    context.fillText(count(records * share), left + share * (right - left), bottom + 5);
  }
  context.textAlign = "center";
  context.fillText("records", (left + right) / 2, bottom + 20);
}

function drawScale(
  context: CanvasRenderingContext2D,
  { level, most }: Heat,
  { left, right, height }: HeatLayout,
  theme: Theme,
): void {
  const top = height - SCALE_HEIGHT + 8;
  context.font = FONT;
  context.fillStyle = theme.soft;
  context.textBaseline = "top";
  context.textAlign = "right";
  context.fillText(HEAT_LEVELS[level], left - 6, top - 2);
  if (most === 0) {
    context.textAlign = "left";
    context.fillText("none", left, top - 2);
    return;
  }
  const width = right - left;
  const shades = colourScale(theme.isDark);
  const bar = document.createElement("canvas");
  bar.width = shades.length;
  bar.height = 1;
  const image = new ImageData(shades.length, 1);
  new Uint32Array(image.data.buffer).set(shades);
  bar.getContext("2d")?.putImageData(image, 0, 0);
  context.drawImage(bar, left, top, width, BAR_HEIGHT);
  context.fillStyle = theme.soft;
  const at = (misses: number) => (most === 1 ? 1 : Math.log(misses) / Math.log(most));
  const ends = most === 1 ? [1] : [1, most];
  const between = ratioTicks([1, most]).filter((tick) => tick > 1 && at(tick) < 0.85 && at(tick) > 0.12);
  for (const misses of [...ends, ...between]) {
    context.textAlign = misses === most ? "right" : misses === 1 ? "left" : "center";
    context.fillText(
      misses === most ? count(most) : numberLabel(misses),
      left + at(misses) * width,
      top + BAR_HEIGHT + 4,
    );
  }
}
