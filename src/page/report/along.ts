/** All results as files, and the commands that make them again. */
import { messageOf } from "../../errors.ts";
import { tableCsv } from "../../report/data-table.ts";
import { count, counted, printable } from "../../report/format.ts";
import { jsonPieces } from "../../report/json.ts";
import type { Labelled, LabelledResults, ReportData, ReportedResult } from "../../report/report-data.ts";
import { runsTable } from "../../report/report-metrics.ts";
import type { RunResult, SweepResult } from "../../report/results.ts";
import { h } from "../dom.ts";
import { saveText } from "../download.ts";
import { copyButton } from "../experiment/copy-button.ts";
import { openOnPaper } from "./printing.ts";

/** Commands that are shown; all are copied and saved. */
const SHOWN_COMMANDS = 100;

/** Files and commands. */
export function createAlong(data: ReportData, { runs, sweeps }: LabelledResults): HTMLElement[] {
  const problem = h("p", { class: "error", role: "alert" });
  const save = (label: string, name: string, pieces: () => Iterable<string> | Promise<Iterable<string>>) => {
    const start = async () => {
      problem.textContent = "";
      try {
        await saveText(name, await pieces());
      } catch (error) {
        problem.textContent = `${label}: ${messageOf(error)}`;
      }
    };
    return h("button", { type: "button", onclick: () => void start() }, label);
  };
  const csv = () => import("../../report/csv.ts");
  const attribution = () => import("../../report/attribution-csv.ts");
  const ofRuns = runs.map(withFullPath);
  const ofSweeps = sweeps.map(withFullPath);
  const has = (field: "by" | "series") => runs.some(({ result }) => result[field] !== undefined);
  const commands = data.results.map(({ command }) => command);
  const left = commands.length - SHOWN_COMMANDS;
  const shown = h("code", {}, commands.slice(0, SHOWN_COMMANDS).join("\n"));
  return [
    h(
      "p",
      { class: "buttons" },
      save("All results as JSON", "pagewalk-results.json", () => jsonPieces(data.results.map(({ result }) => result))),
      runs.length === 0 ? null : save("Runs as CSV", "pagewalk-runs.csv", () => [tableCsv(runsTable(runs))]),
      runs.length === 0 ? null : save("TLBs as CSV", "pagewalk-tlbs.csv", async () => [(await csv()).runCsv(ofRuns)]),
      sweeps.length === 0
        ? null
        : save("Sweeps as CSV", "pagewalk-sweeps.csv", async () => (await csv()).sweepCsv(ofSweeps)),
      has("by")
        ? save("Who missed as CSV", "pagewalk-misses.csv", async () => (await attribution()).attributionCsv(ofRuns))
        : null,
      has("series")
        ? save("Series as CSV", "pagewalk-series.csv", async () => (await attribution()).seriesCsv(ofRuns))
        : null,
      save("Commands", "pagewalk-commands.sh", () => data.results.map(scriptLines)),
    ),
    problem,
    h(
      "p",
      { class: "soft" },
      "The JSON is that of the commands: pagewalk report reads it, too. Whoever runs the commands gets the same counts.",
    ),
    openOnPaper(
      h(
        "details",
        { class: "commands" },
        h("summary", {}, `The same on the command line: ${counted(commands.length, "command")}`),
        h("pre", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Commands" }, shown),
        left > 0 ? h("p", { class: "soft" }, `And ${count(left)} more: copied and saved with these.`) : null,
        copyButton("Copy commands", () => commands.join("\n")),
      ),
    ),
  ];
}

/** A command for a shell, below what it takes beside. */
function scriptLines({ command, missing }: ReportedResult): string {
  const comments = missing.map((sentence) => `# ${printable(sentence)}\n`);
  return `${comments.join("")}${command}\n`;
}

/** The result with the path of its trace as it was, and the window that tells it from others. */
function withFullPath<Result extends RunResult | SweepResult>({ result, reported }: Labelled<Result>): Result {
  const path = `${reported.trace}${reported.window === null ? "" : `, ${reported.window}`}`;
  return { ...result, trace: { ...result.trace, path } };
}
