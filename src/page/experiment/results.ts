/** The results of an experiment: pictures, tables, and what to take along. */
import { runCsv, sweepCsv } from "../../report/csv.ts";
import { jsonPieces } from "../../report/json.ts";
import { h } from "../dom.ts";
import { createCurvePicture } from "../pictures/curve.ts";
import { saveText } from "../pictures/download.ts";
import { createHeatMapPicture } from "../pictures/heat-map.ts";
import { createHitRatesPicture } from "../pictures/hit-rates.ts";
import { createPhasesPicture } from "../pictures/phases.ts";
import type { ExplainAddress } from "../pictures/pictures.ts";
import { copyButton } from "./copy-button.ts";
import { commandLines, type Plan } from "./plan.ts";
import type { Runner } from "./runner.ts";
import { createTraceSection, runsOf, sweepOf, type TraceSection } from "./trace-results.ts";

export interface Results {
  readonly element: HTMLElement;
  /** Shows what there is of `plan`; `null`: nothing was asked for. */
  show(plan: Plan | null, isRunning: boolean): void;
}

export interface ResultsEvents {
  onRunAgain(): void;
  explain: ExplainAddress;
}

/** The results' part of the view; `invitation` stands there while nothing was asked for. */
export function createResults(
  runner: Runner,
  invitation: HTMLElement,
  { onRunAgain, explain }: ResultsEvents,
): Results {
  const opened = new Set<string>();
  let shown: Plan | null = null;
  let sections: TraceSection[] = [];
  const curve = createCurvePicture();
  const hitRates = createHitRatesPicture();
  const phases = createPhasesPicture();
  const heatMap = createHeatMapPicture(explain);
  const traces = h("div", { class: "trace-results" });
  const along = createAlong();
  const pictures = h("div", { class: "pictures" }, hitRates.element, phases.element, heatMap.element);
  const element = h("div", { class: "results-body" }, invitation, curve.element, traces, pictures, along.element);

  return {
    element,
    show(plan, isRunning) {
      const asked = plan?.traces ?? [];
      const sweeps = plan === null ? [] : asked.flatMap((trace) => sweepOf(plan, trace, runner) ?? []);
      const runs = plan === null ? [] : asked.flatMap((trace) => runsOf(plan, trace, runner));
      invitation.hidden = plan !== null;
      if (plan !== shown) {
        shown = plan;
        sections =
          plan === null
            ? []
            : plan.traces.map((trace) => createTraceSection({ plan, trace, runner, onRunAgain, opened }));
        traces.replaceChildren(...sections.map((section) => section.element));
      }
      for (const section of sections) section.update(isRunning);
      curve.show({ sweeps, runs });
      hitRates.show(runs);
      phases.show(runs);
      heatMap.show(runs);
      along.show(plan, { runs: runs.map(({ run }) => run), sweeps });
    },
  };
}

type Done = { runs: Parameters<typeof runCsv>[0]; sweeps: Parameters<typeof sweepCsv>[0] };

/** Files, the link and the commands. */
function createAlong(): { element: HTMLElement; show(plan: Plan | null, done: Done): void } {
  let done: Done = { runs: [], sweeps: [] };
  const saveButton = (label: string, name: string, pieces: () => Iterable<string>) =>
    h("button", { type: "button", onclick: () => void saveText(name, pieces()) }, label);
  const ofRuns = [
    saveButton("Runs as JSON", "pagewalk-run.json", () => jsonPieces(done.runs)),
    saveButton("Runs as CSV", "pagewalk-run.csv", () => [runCsv(done.runs)]),
  ];
  const ofSweeps = [
    saveButton("Sweeps as JSON", "pagewalk-sweep.json", () => jsonPieces(done.sweeps)),
    saveButton("Sweeps as CSV", "pagewalk-sweep.csv", () => sweepCsv(done.sweeps)),
  ];
  const commands = h("code");
  const element = h(
    "section",
    { class: "along", "aria-label": "Take it along" },
    h("h3", {}, "Take it along"),
    h(
      "p",
      { class: "buttons" },
      ofRuns,
      ofSweeps,
      copyButton("Copy link", () => location.href),
    ),
    h(
      "details",
      {},
      h("summary", {}, "The same on the command line"),
      h("pre", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Commands" }, commands),
      copyButton("Copy commands", () => commands.textContent ?? ""),
    ),
  );
  return {
    element,
    show(plan, nowDone) {
      done = nowDone;
      element.hidden = plan === null;
      for (const button of ofRuns) button.disabled = done.runs.length === 0;
      for (const button of ofSweeps) button.disabled = done.sweeps.length === 0;
      commands.textContent = plan === null ? "" : commandLines(plan);
    },
  };
}
