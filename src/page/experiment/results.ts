/** The results of an experiment: pictures, tables, and what to take along. */
import { messageOf } from "../../errors.ts";
import type { runCsv, sweepCsv } from "../../report/csv.ts";
import { jsonPieces } from "../../report/json.ts";
import { TERMS } from "../../report/terms.ts";
import { h } from "../dom.ts";
import { saveText } from "../download.ts";
import { createCurvePicture } from "../pictures/curve.ts";
import { createHeatMapPicture } from "../pictures/heat-map.ts";
import { createHitRatesPicture } from "../pictures/hit-rates.ts";
import { createPhasesPicture } from "../pictures/phases.ts";
import type { CurveData, ExplainAddress } from "../pictures/pictures.ts";
import { copyButton } from "./copy-button.ts";
import { commandLines, jobsOf, type Plan, sweepJobOf } from "./plan.ts";
import type { Job, Runner } from "./runner.ts";
import { createTraceSection, runsOf, sweepOf, type TraceSection } from "./trace-results.ts";

/** The results' part of the view. */
export interface Results {
  readonly element: HTMLElement;
  /** Shows what there is of `plan`; `null`: nothing was asked for. */
  show(plan: Plan | null, isRunning: boolean): void;
}

/** What the results ask of the view. */
export interface ResultsEvents {
  onRunAgain(): void;
  explain: ExplainAddress;
}

/**
 * How far down the results are shown. What comes first stands above: until it is there, what is below it is not shown,
 * lest it be pushed down. Once shown, a part stays.
 */
const SHOWN = { curves: 0, traces: 1, all: 2 } as const;

/** The results' part of the view. */
export function createResults(runner: Runner, { onRunAgain, explain }: ResultsEvents): Results {
  const curve = createCurvePicture();
  const hitRates = createHitRatesPicture();
  const phases = createPhasesPicture();
  const heatMap = createHeatMapPicture(explain);
  const traces = h("div", { class: "trace-results" });
  const terms = createTerms();
  const along = createAlong();
  const pictures = h("div", { class: "pictures" }, hitRates.element, phases.element, heatMap.element);
  const opened = new Set<string>();
  const turns = createTurns();
  let shown: Plan | null = null;
  let sections: TraceSection[] = [];
  /** What jobs that came to an end have shown; a run that was cancelled shows all, too, but only until the next one. */
  let reached: number = SHOWN.curves;

  function depthOf(plan: Plan): number {
    const jobs = jobsOf(plan);
    const hasFailed = (job: Job) => runner.errorOf(job) !== undefined;
    const isSettled = (job: Job) => runner.hasAll([job]) || hasFailed(job);
    if (jobs.every(isSettled)) return SHOWN.all;
    // Why a job failed is told at once, even where a curve will then push it down.
    const curvesSettled = jobs.filter(({ kind }) => kind === "sweep").every(isSettled);
    return curvesSettled || jobs.some(hasFailed) ? SHOWN.traces : SHOWN.curves;
  }

  function begin(plan: Plan | null): void {
    shown = plan;
    sections = (plan?.traces ?? []).map((trace) =>
      createTraceSection({ plan: plan as Plan, trace, runner, onRunAgain, opened }),
    );
    traces.replaceChildren(...sections.map((section) => section.element));
  }

  return {
    element: h("div", { class: "results-body" }, curve.element, traces, terms, pictures, along.element),
    show(plan, isRunning) {
      const asked = plan?.traces ?? [];
      const sweeps = plan === null ? [] : asked.flatMap((trace) => sweepOf(plan, trace, runner) ?? []);
      const runs = plan === null ? [] : asked.flatMap((trace) => runsOf(plan, trace, runner));
      reached = plan === null ? SHOWN.curves : Math.max(reached, depthOf(plan));
      const depth = plan === null || isRunning ? reached : SHOWN.all;
      const waiting = plan === null || !isRunning ? [] : waitingSweeps(plan, runner);
      const results = [...sweeps, ...runs.map(({ run }) => run)];
      const names = runs.map(({ machine }) => machine);
      const made = [...results, ...names];
      const showTraces = () => {
        for (const section of sections) section.update(isRunning);
        traces.hidden = false;
        terms.hidden = false;
      };
      const showAlong = () => {
        along.show(plan, { runs: runs.map(({ run }) => run), sweeps });
        along.element.hidden = false;
      };
      if (plan !== shown) begin(plan);
      if (depth < SHOWN.traces) {
        traces.hidden = true;
        terms.hidden = true;
      }
      if (depth < SHOWN.all) along.element.hidden = true;
      pictures.hidden = depth < SHOWN.all;
      turns.start([
        {
          part: "curve",
          of: [...made, ...waiting.map(({ at, trace }) => `${at} ${trace}`)],
          make: () => curve.show({ sweeps, runs, waiting }),
        },
        ...(depth < SHOWN.traces ? [] : [{ part: "traces", of: null, make: showTraces }]),
        ...(depth < SHOWN.all
          ? []
          : [
              { part: "hit rates", of: made, make: () => hitRates.show(runs) },
              { part: "phases", of: made, make: () => phases.show(runs) },
              { part: "heat map", of: made, make: () => heatMap.show(runs) },
              { part: "along", of: null, make: showAlong },
            ]),
      ]);
    },
  };
}

/** The sweeps of `plan` that have come to nothing yet: the curve has places for them. */
function waitingSweeps(plan: Plan, runner: Runner): CurveData["waiting"] {
  const jobs = plan.traces
    .flatMap((trace) => sweepJobOf(plan, trace) ?? [])
    .filter((job) => runner.errorOf(job) === undefined);
  return jobs.flatMap((job, at) => (runner.hasAll([job]) ? [] : [{ at, trace: job.trace.name }]));
}

interface Turn {
  part: string;
  /** What the part is made of: it is made again only if that is other than it was. `null`: always. */
  of: readonly unknown[] | null;
  make(): void;
}

/** Makes one part after the other, each in a task of its own, so that the page stays responsive. */
function createTurns(): { start(turns: readonly Turn[]): void } {
  const made = new Map<string, readonly unknown[]>();
  let waiting: Turn[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function next(): void {
    const turn = waiting.shift();
    timer = waiting.length > 0 ? setTimeout(next) : undefined;
    if (turn === undefined) return;
    if (turn.of !== null) made.set(turn.part, turn.of);
    turn.make();
  }

  return {
    start(turns) {
      clearTimeout(timer);
      waiting = turns.filter(({ part, of }) => of === null || !isSame(of, made.get(part)));
      next();
    },
  };
}

function isSame(one: readonly unknown[], other: readonly unknown[] | undefined): boolean {
  return one.length === other?.length && one.every((item, index) => item === other[index]);
}

/** What the words of tables and pictures mean. */
function createTerms(): HTMLElement {
  return h(
    "details",
    { class: "terms" },
    h("summary", {}, "What the words mean"),
    h(
      "dl",
      {},
      TERMS.flatMap(([term, meaning]) => [h("dt", {}, term), h("dd", {}, meaning)]),
    ),
  );
}

type Done = { runs: Parameters<typeof runCsv>[0]; sweeps: Parameters<typeof sweepCsv>[0] };

/** Files, the link and the commands. */
function createAlong(): { element: HTMLElement; show(plan: Plan | null, done: Done): void } {
  let done: Done = { runs: [], sweeps: [] };
  const problem = h("p", { class: "error", role: "alert" });
  const saveButton = (label: string, name: string, pieces: () => Iterable<string> | Promise<Iterable<string>>) => {
    const save = async () => {
      problem.textContent = "";
      try {
        await saveText(name, await pieces());
      } catch (error) {
        problem.textContent = `${label}: ${messageOf(error)}`;
      }
    };
    return h("button", { type: "button", onclick: () => void save() }, label);
  };
  const csv = () => import("../../report/csv.ts");
  const ofRuns = [
    saveButton("Runs as JSON", "pagewalk-run.json", () => jsonPieces(done.runs)),
    saveButton("Runs as CSV", "pagewalk-run.csv", async () => [(await csv()).runCsv(done.runs)]),
  ];
  const ofSweeps = [
    saveButton("Sweeps as JSON", "pagewalk-sweep.json", () => jsonPieces(done.sweeps)),
    saveButton("Sweeps as CSV", "pagewalk-sweep.csv", async () => (await csv()).sweepCsv(done.sweeps)),
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
    problem,
    h(
      "p",
      { class: "soft" },
      "The link has the settings and the names of the traces. Whoever opens it runs the same; files of your own are not in it, and have to be chosen again.",
    ),
    h(
      "details",
      {},
      h("summary", {}, "The same on the command line"),
      h("pre", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Commands" }, commands),
      copyButton("Copy commands", () => commands.textContent ?? ""),
    ),
  );
  return {
    element,
    show(plan, nowDone) {
      done = nowDone;
      for (const button of ofRuns) button.disabled = done.runs.length === 0;
      for (const button of ofSweeps) button.disabled = done.sweeps.length === 0;
      commands.textContent = plan === null ? "" : commandLines(plan);
    },
  };
}
