/** Misses over addresses and time: rows of addresses, columns of records, and a cursor that says what a cell is. */
import { count, hexAddress, printable } from "../../report/format.ts";
import {
  blocksTable,
  cellWords,
  HEAT_LEVELS,
  type Heat,
  type HeatLevel,
  heatOf,
  hottestAddress,
  rowBands,
} from "../../report/heat.ts";
import { jsonPieces } from "../../report/json.ts";
import { type NamedRun, runNames } from "../../report/named-run.ts";
import type { RunProfile } from "../../report/results.ts";
import { h, newId } from "../dom.ts";
import { PNG_SCALE, savePng, saveText } from "../download.ts";
import { createChoice, createFrame } from "./frame.ts";
import { drawHeat, type HeatLayout, heatLayout } from "./heat-canvas.ts";
import type { ExplainAddress, Picture } from "./pictures.ts";
import { onThemeChange, themeOf } from "./theme.ts";

/** Cells that are lower or narrower, in CSS pixels, are added up. */
const LEAST_HEIGHT = 3;
const LEAST_WIDTH = 2;
/** Cells that Page Up and Page Down go. */
const PAGE = 10;

const HELP =
  "Point at a cell to see what it is. With the keyboard: arrow keys, Page Up and Page Down (ten rows), Home and End.";
const EXPLAIN_HELP = " A click or Enter explains its address.";

/** Misses over addresses and time, of one run at a time; `null`: there is nothing here that explains addresses. */
export function createHeatMapPicture(explain: ExplainAddress | null): Picture<readonly NamedRun[]> {
  let runs: readonly NamedRun[] = [];
  let drawn: { profile: RunProfile; heat: Heat; layout: HeatLayout } | null = null;
  let cursor = { row: 0, column: 0 };

  const level = createChoice<HeatLevel>("Show", HEAT_LEVELS, changed);
  const machine = h("select", { onchange: changed });
  const machineLabel = h("label", {}, "Machine ", machine);
  const canvas = h("canvas", { "aria-hidden": "true" });
  const frameOfCell = h("div", { class: "heat-cell", hidden: true });
  const readout = h("p", { class: "heat-readout mono", role: "status", id: newId("heat") });
  const help = h("span", { class: "soft", id: newId("heat") }, explain === null ? HELP : HELP + EXPLAIN_HELP);
  const explainButton = h("button", { type: "button", onclick: explainCell }, "Explain this cell");
  const place = h(
    "div",
    {
      class: "heat-map",
      tabindex: 0,
      role: "application",
      "aria-roledescription": "heat map",
      "aria-describedby": `${help.id} ${readout.id}`,
      onkeydown: (event) => pressed(event as KeyboardEvent),
      onfocus: () => point(cursor),
      onpointermove: (event) => hovered(event as PointerEvent),
      onpointerleave: () => document.activeElement !== place && unpoint(),
      onblur: unpoint,
      onclick: (event) => {
        hovered(event as PointerEvent);
        // A finger cannot point without a tap: it has the button.
        if ((event as PointerEvent).pointerType !== "touch") explainCell();
      },
    },
    canvas,
    frameOfCell,
  );

  const frame = createFrame({
    title: "Misses over addresses and time",
    controls: [level.element, machineLabel],
    body: [place, readout, h("p", {}, help), ...(explain === null ? [] : [h("p", {}, explainButton)])],
    tables: () => {
      const { machine, run } = chosen() ?? {};
      if (run?.profile === undefined) return [];
      const table = blocksTable(run.profile, level.value());
      return [{ ...table, title: `${table.title}: ${printable(`${machine}, ${run.trace.path}`)}` }];
    },
    downloads: {
      CSV: async () => {
        const { blocksCsv } = await import("../../report/csv.ts");
        await saveText("pagewalk-heat.csv", blocksCsv(chosen() === undefined ? [] : [(chosen() as NamedRun).run]));
      },
      JSON: () => saveText("pagewalk-heat.json", jsonPieces(chosenProfile())),
      PNG: () => savePng("pagewalk-heat.png", drawnAt(PNG_SCALE)),
    },
  });

  // Drawn once for all that has changed before the next frame.
  let frameRequest = 0;
  let paintTimer = 0;
  const drawSoon = () => {
    cancelAnimationFrame(frameRequest);
    frameRequest = requestAnimationFrame(draw);
  };
  onThemeChange(drawSoon);
  new ResizeObserver(() => {
    const { width = 0, height = 0 } = drawn?.layout ?? {};
    if (place.clientWidth !== width || place.clientHeight !== height) drawSoon();
  }).observe(place);

  function chosen(): NamedRun | undefined {
    return runs[Number(machine.value)] ?? runs[0];
  }

  function chosenProfile(): object[] {
    const named = chosen();
    if (named?.run.profile === undefined) return [];
    const { trace, config, profile } = named.run;
    return [{ machine: named.machine, trace, config, profile }];
  }

  function changed(): void {
    cursor = { row: 0, column: 0 };
    drawn = null;
    frame.refresh({ isEmpty: runs.length === 0 });
    drawSoon();
  }

  function draw(): void {
    const [width, height] = [place.clientWidth, place.clientHeight];
    const profile = chosen()?.run.profile;
    drawn = null;
    unpoint();
    if (width === 0 || profile === undefined) return;
    const longest = Math.max(3, ...profile.blocks.map(({ address }) => address.length));
    const layout = heatLayout(width, height, longest);
    const heat = heatOf(profile, level.value(), {
      rows: Math.max(1, Math.floor((layout.bottom - layout.top) / LEAST_HEIGHT)),
      columns: Math.max(1, Math.floor((layout.right - layout.left) / LEAST_WIDTH)),
    });
    drawn = { profile, heat, layout };
    cursor = {
      row: Math.min(cursor.row, heat.rows.length - 1),
      column: Math.min(cursor.column, heat.columns.length - 1),
    };
    place.setAttribute("aria-label", nameOf(heat));
    // In a task of its own: adding up and painting in one would stop the page for too long.
    clearTimeout(paintTimer);
    paintTimer = window.setTimeout(() => paint(canvas, devicePixelRatio));
  }

  function drawnAt(scale: number): HTMLCanvasElement {
    const copy = h("canvas");
    paint(copy, scale);
    return copy;
  }

  function paint(target: HTMLCanvasElement, scale: number): void {
    const context = target.getContext("2d");
    if (drawn === null || context === null) return;
    target.width = Math.round(drawn.layout.width * scale);
    target.height = Math.round(drawn.layout.height * scale);
    context.scale(scale, scale);
    drawHeat(context, drawn.heat, drawn.layout, themeOf(place));
  }

  function nameOf({ level, rows, columns, most }: Heat): string {
    const [first, last] = [rows[0]?.first ?? 0n, rows.at(-1)?.last ?? 0n];
    const what = `${HEAT_LEVELS[level]} of ${printable(chosen()?.machine ?? "")} from ${hexAddress(first)} to ${hexAddress(last)}`;
    return `${what}: ${count(rows.length)} rows of addresses, ${count(columns.length)} columns of records, at most ${count(most)} in one cell`;
  }

  /** Puts the cursor on a cell, and says what it is. */
  function point(to: { row: number; column: number }): void {
    if (drawn === null || drawn.heat.rows.length === 0) return;
    const { heat, layout } = drawn;
    const last = { row: heat.rows.length - 1, column: heat.columns.length - 1 };
    cursor = { row: clamped(to.row, last.row), column: clamped(to.column, last.column) };
    const { left, top, right, bottom } = layout;
    const band = rowBands(heat.rows, bottom - top)[cursor.row] ?? { top: 0, bottom: 0 };
    const width = (right - left) / heat.columns.length;
    frameOfCell.style.left = `${left + cursor.column * width}px`;
    frameOfCell.style.top = `${top + band.top}px`;
    frameOfCell.style.width = `${width}px`;
    frameOfCell.style.height = `${band.bottom - band.top}px`;
    frameOfCell.hidden = false;
    readout.textContent = cellWords(heat, cursor.row, cursor.column);
  }

  function unpoint(): void {
    frameOfCell.hidden = true;
    readout.textContent = "";
  }

  function hovered(event: PointerEvent): void {
    if (drawn === null) return;
    const { heat, layout } = drawn;
    const { left, top, right, bottom } = layout;
    const box = place.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left - left, event.clientY - box.top - top];
    const row = rowBands(heat.rows, bottom - top).findIndex((band) => y < band.bottom);
    point({
      row: row === -1 ? heat.rows.length - 1 : row,
      column: Math.floor((x / (right - left)) * heat.columns.length),
    });
  }

  function explainCell(): void {
    const row = drawn?.heat.rows[cursor.row];
    const column = drawn?.heat.columns[cursor.column];
    if (drawn === null || row === undefined || column === undefined) return;
    explain?.(hottestAddress(drawn.profile, drawn.heat, row, column));
  }

  function pressed(event: KeyboardEvent): void {
    const { row, column } = cursor;
    const moves: Record<string, typeof cursor> = {
      ArrowUp: { row: row - 1, column },
      ArrowDown: { row: row + 1, column },
      ArrowLeft: { row, column: column - 1 },
      ArrowRight: { row, column: column + 1 },
      PageUp: { row: row - PAGE, column },
      PageDown: { row: row + PAGE, column },
      Home: { row, column: 0 },
      End: { row, column: Number.MAX_SAFE_INTEGER },
    };
    const move = moves[event.key];
    if (move === undefined && event.key !== "Enter") return;
    event.preventDefault();
    if (move === undefined) explainCell();
    else point(move);
  }

  return {
    element: frame.element,
    show(shown) {
      runs = shown.filter(({ run }) => run.profile !== undefined);
      const names = runNames(runs);
      machine.replaceChildren(...names.map((name, index) => h("option", { value: index }, name)));
      machineLabel.hidden = runs.length < 2;
      changed();
    },
  };
}

function clamped(value: number, most: number): number {
  return Math.max(0, Math.min(value, most));
}
