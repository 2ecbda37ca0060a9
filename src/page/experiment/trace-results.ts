/** The results of one trace: machines side by side, what the curve says, and each result's own tables. */
import { messageOf, TraceError } from "../../errors.ts";
import { compareTable } from "../../report/compare-report.ts";
import { count, printable } from "../../report/format.ts";
import type { NamedRun } from "../../report/named-run.ts";
import type { ResultTable } from "../../report/result-table.ts";
import type { RunProfile, SweepResult } from "../../report/results.ts";
import { costPairs, runPairs, tlbTable, walkTable } from "../../report/run-report.ts";
import { curveStory, sweepPairs, sweepTables } from "../../report/sweep-report.ts";
import type { Pair } from "../../report/trace-words.ts";
import { h } from "../dom.ts";
import { EXPLAIN_DEFAULTS, type ExplainState, formatHash } from "../state.ts";
import { pairsElement, tableElement } from "../table.ts";
import { type Plan, runJobsOf, sweepJobOf } from "./plan.ts";
import type { Job, Runner } from "./runner.ts";

/** The runs of `plan` over `trace` that are done. */
export function runsOf(plan: Plan, trace: File, runner: Runner): NamedRun[] {
  return runJobsOf(plan, trace).flatMap(({ machine, job }) => {
    const run = runner.resultOf(job);
    return run === undefined ? [] : [{ machine, run }];
  });
}

/** The sweep of `plan` over `trace`, if it is done. */
export function sweepOf(plan: Plan, trace: File, runner: Runner): SweepResult | undefined {
  const job = sweepJobOf(plan, trace);
  return job === null ? undefined : runner.resultOf(job);
}

/** The results of one trace. */
export interface TraceSection {
  readonly element: HTMLElement;
  /** Shows what has come since; `isRunning`: whether more will. */
  update(isRunning: boolean): void;
}

/** What the results of one trace are made of. */
export interface TraceSectionOptions {
  plan: Plan;
  trace: File;
  runner: Runner;
  onRunAgain(): void;
  /** What the user has opened, to be open in the next section of the same trace, too. */
  opened: Set<string>;
}

/** What there is of `plan` over `trace`. Only what changes is made anew, so that the keyboard's focus stays. */
export function createTraceSection({ plan, trace, runner, onRunAgain, opened }: TraceSectionOptions): TraceSection {
  const name = printable(trace.name);
  const summary = h("div", { class: "trace-summary" });
  const sweepJob = sweepJobOf(plan, trace);
  const jobs = [
    ...(sweepJob === null ? [] : [{ label: "Sweep", job: sweepJob }]),
    ...runJobsOf(plan, trace).map(({ machine, job }) => ({ label: printable(machine), job })),
  ];
  const lines = jobs.map(({ label, job }) => createJobLine(label, job));
  let shown = "";

  function createJobLine(label: string, job: Job) {
    const element = h("div", { class: "job" });
    let state = "";
    /** Makes the line anew if its job has come to something else. */
    const become = (next: string, make: () => HTMLElement) => {
      if (state === next) return;
      state = next;
      element.replaceChildren(make());
    };
    const update = (isRunning: boolean) => {
      const error = runner.errorOf(job);
      if (runner.hasAll([job])) become("done", () => resultElement(label, job));
      else if (error !== undefined) {
        // What is wrong with a trace is told once, not for each of its jobs.
        const first = jobs.find((each) => runner.errorOf(each.job)?.message === error.message);
        if (first?.job === job) become(error.message, () => errorElement(label, error));
        else become("same", () => h("p", { class: "error" }, `${label}: failed for the same reason`));
        element.querySelector("button")?.toggleAttribute("disabled", isRunning);
      } else {
        const text = `${label}: ${isRunning ? "not done yet" : "not run"}`;
        become(text, () => h("p", { class: "soft" }, text));
      }
    };
    return { element, update };
  }

  function resultElement(label: string, job: Job): HTMLElement {
    const key = `${name}: ${label}`;
    const fill = () => {
      if (details.open) opened.add(key);
      else opened.delete(key);
      if (details.open && details.childElementCount === 1) details.append(contentOf(job));
    };
    const details = h("details", { ontoggle: fill, open: opened.has(key) }, h("summary", {}, `${label}: all tables`));
    fill();
    return details;
  }

  function contentOf(job: Job): HTMLElement {
    if (job.kind === "run") {
      const run = runner.resultOf(job);
      return run === undefined ? h("p") : stack(runPairs(run), [tlbTable(run), walkTable(run)], costPairs(run));
    }
    const sweep = runner.resultOf(job);
    return sweep === undefined ? h("p") : stack(sweepPairs(sweep), sweepTables(sweep), []);
  }

  function errorElement(label: string, error: Error): HTMLElement {
    const again =
      error instanceof TraceError ? null : h("button", { type: "button", onclick: onRunAgain }, "Run it again");
    return h("p", { class: "error", role: "alert" }, `${label}: ${messageOf(error)} `, again);
  }

  function updateSummary(isRunning: boolean): void {
    const runs = runsOf(plan, trace, runner);
    const sweep = sweepOf(plan, trace, runner);
    const isMore = isRunning && runJobsOf(plan, trace).some(({ job }) => runner.errorOf(job) === undefined);
    const hasTable = plan.machines.length > 0 && (runs.length > 0 || isMore);
    const next = `${runs.length} ${sweep !== undefined} ${hasTable}`;
    if (next === shown) return;
    shown = next;
    const story = sweep === undefined ? null : curveStory(sweep);
    summary.replaceChildren(
      // With its rows from the beginning: columns come without moving what is below.
      ...(hasTable ? [tableElement(compareTable(runs))] : []),
      ...runs.flatMap(({ machine, run }) => faultsElement(printable(machine), run.profile) ?? []),
      ...(story === null || story.sentences.length === 0 ? [] : [storyElement(story)]),
    );
  }

  return {
    element: h(
      "section",
      { class: "trace-result", "aria-label": `Results of ${name}` },
      h("h3", {}, name),
      summary,
      lines.map(({ element }) => element),
    ),
    update(isRunning) {
      updateSummary(isRunning);
      for (const line of lines) line.update(isRunning);
    },
  };
}

function storyElement({ title, sentences }: ReturnType<typeof curveStory>): HTMLElement {
  const items = sentences.map((sentence) => h("li", {}, sentence));
  return h("div", {}, h("h4", {}, title), h("ul", {}, items));
}

function stack(before: readonly Pair[], tables: readonly ResultTable[], after: readonly Pair[]): HTMLElement {
  return h("div", {}, pairsElement(before), tables.map(tableElement), pairsElement(after));
}

const EXPLAINED_ACCESS = { fetch: "fetch", load: "read", store: "write", modify: "write" } as const satisfies Record<
  RunProfile["generalProtections"][number]["access"],
  ExplainState["access"]
>;

/** The accesses that faulted for their address, each with the way to its explanation. */
function faultsElement(machine: string, profile: RunProfile | undefined): HTMLElement | null {
  if (profile === undefined || profile.generalProtections.length === 0) return null;
  return h(
    "div",
    {},
    h("h4", {}, `${machine}: first accesses that faulted with #GP`),
    h(
      "ul",
      {},
      profile.generalProtections.map(({ address, access, interval }) => {
        const state = { ...EXPLAIN_DEFAULTS, address, access: EXPLAINED_ACCESS[access] };
        const from = count(interval * profile.intervalRecords);
        return h(
          "li",
          {},
          `${access} of `,
          h("a", { href: formatHash(state) }, h("code", {}, address)),
          `, after record ${from}`,
        );
      }),
    ),
  );
}
