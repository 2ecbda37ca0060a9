/** The lab's pictures of the results that are chosen: of some hundreds no picture could be read. */
import { count } from "../../report/format.ts";
import { marksOf } from "../../report/machine-marks.ts";
import type { NamedRun } from "../../report/named-run.ts";
import { phasesOf } from "../../report/phases.ts";
import { phasesSvg } from "../../report/phases-svg.ts";
import type { Labelled, LabelledResults } from "../../report/report-data.ts";
import type { RunResult, SweepResult } from "../../report/results.ts";
import { sweepSvg } from "../../report/svg.ts";
import { curveStory } from "../../report/sweep-report.ts";
import { h } from "../dom.ts";
import { SVG_TYPE } from "../download.ts";
import { createCurvePicture } from "../pictures/curve.ts";
import { createChoice } from "../pictures/frame.ts";
import { createHeatMapPicture } from "../pictures/heat-map.ts";
import { createHitRatesPicture } from "../pictures/hit-rates.ts";
import { createPhasesPicture } from "../pictures/phases.ts";
import { createMisses } from "./misses.ts";

/** What is drawn at once. */
const MOST_PLACES = 4;
const MOST_MACHINES = 6;

const ALL = "all";

/** What is chosen, and pictures of that. */
export function createPictures({ runs, sweeps }: LabelledResults): HTMLElement[] {
  const place = placeChoice([...new Set([...sweeps, ...runs].map((result) => result.place))]);
  const machines = machineChoice([...new Set(runs.map(({ name }) => name))]);
  const sweepNames = [...new Set(sweeps.map(({ name }) => name))];
  const sweepName = createChoice("Sweep", indexed(sweepNames), show);

  const curve = createCurvePicture();
  const curveOnPaper = createPaperPictures();
  const stories = h("div");
  const hitRates = createHitRatesPicture();
  const phases = createPhasesPicture();
  const phasesOnPaper = createPaperPictures();
  const heatMap = createHeatMapPicture(null);
  const misses = createMisses();
  const nothing = h("p", { class: "soft" }, "There is no result of what is chosen.");

  function placeChoice(places: readonly string[]) {
    const isAll = places.length <= MOST_PLACES;
    const options: Record<string, string> = { ...(isAll ? { [ALL]: "all" } : {}), ...indexed(places) };
    const choice = createChoice("Trace", options, show);
    choice.select.value = isAll ? ALL : "#0";
    return {
      element: places.length > 1 ? choice.element : null,
      has: (name: string) => choice.value() === ALL || places[Number(choice.value().slice(1))] === name,
    };
  }

  /** Some machines beside each other, or one. */
  function machineChoice(names: readonly string[]) {
    const groups: [string, readonly string[]][] = [];
    for (let from = 0; from < names.length; from += MOST_MACHINES) {
      const group = names.slice(from, from + MOST_MACHINES);
      const title =
        names.length <= MOST_MACHINES
          ? "all"
          : `${count(from + 1)} to ${count(from + group.length)} of ${count(names.length)}`;
      groups.push([title, group]);
    }
    const all = [...groups, ...(names.length > 1 ? names.map((name) => [name, [name]] as [string, string[]]) : [])];
    const choice = createChoice("Machines", indexed(all.map(([title]) => title)), show);
    return {
      element: names.length > 1 ? choice.element : null,
      has: (name: string) => all[Number(choice.value().slice(1))]?.[1].includes(name) === true,
    };
  }

  function show(): void {
    const shownRuns = runs.filter((run) => place.has(run.place) && machines.has(run.name));
    const shownSweeps = sweeps.filter(
      (sweep) => place.has(sweep.place) && sweep.name === sweepNames[Number(sweepName.value().slice(1))],
    );
    const named = shownRuns.map(namedRun);
    const swept = shownSweeps.map(({ result }) => result);
    curve.show({ sweeps: swept, runs: named, waiting: [] });
    curveOnPaper.show(swept.map((sweep) => sweepSvg([sweep], { marks: [marksOf(sweep, named)] })));
    stories.replaceChildren(...swept.flatMap((sweep) => storyElement(sweep, swept.length > 1) ?? []));
    hitRates.show(named);
    phases.show(named);
    phasesOnPaper.show(phasesOf(named).map((each) => phasesSvg([each])));
    heatMap.show(named);
    misses.show(shownRuns);
    nothing.hidden = named.length + swept.length > 0;
  }

  const controls = [place.element, machines.element, sweepNames.length > 1 ? sweepName.element : null].filter(
    (element) => element !== null,
  );
  show();
  return [
    ...(controls.length > 0 ? [h("div", { class: "picture-controls focus" }, controls)] : []),
    nothing,
    h("div", { class: "with-paper" }, curve.element, curveOnPaper.element, stories),
    hitRates.element,
    h("div", { class: "with-paper" }, phases.element, phasesOnPaper.element),
    heatMap.element,
    misses.element,
  ];
}

function namedRun({ name, result }: Labelled<RunResult>): NamedRun {
  return { machine: name, run: result };
}

/** By index, since names could be anything. */
function indexed(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name, index) => [`#${index}`, name]));
}

function storyElement(sweep: SweepResult, isOneOfSeveral: boolean): HTMLElement | null {
  const { title, sentences } = curveStory(sweep);
  if (sentences.length === 0) return null;
  const items = sentences.map((sentence) => h("li", {}, sentence));
  return h("div", {}, h("h3", {}, isOneOfSeveral ? `${title}: ${sweep.trace.path}` : title), h("ul", {}, items));
}

/** Pictures that are only on paper: there canvases are grey and small, and these are lines. */
function createPaperPictures(): { element: HTMLElement; show(svgs: readonly string[]): void } {
  const element = h("div", { class: "paper-only" });
  return {
    element,
    show(svgs) {
      for (const image of element.querySelectorAll("img")) URL.revokeObjectURL(image.src);
      element.replaceChildren(
        ...svgs.map((svg) => {
          // Paper is light, whatever the screen is.
          const light = svg.replace(/@media screen and \(prefers-color-scheme:dark\)\{.*?\}\}/s, "");
          return h("img", {
            class: "paper-picture",
            alt: "",
            src: URL.createObjectURL(new Blob([light], { type: SVG_TYPE })),
          });
        }),
      );
    },
  };
}
