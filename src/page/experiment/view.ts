/** The experiment view: settings, runs and results, which the link to the page says. */
import { counted, seconds } from "../../report/format.ts";
import { startWorker } from "../../worker/client.ts";
import { BUNDLED_TRACES } from "../bundled.ts";
import { h } from "../dom.ts";
import { EXPLAIN_DEFAULTS, type ExperimentState, formatHash } from "../state.ts";
import type { Changed, View } from "../view.ts";
import { acceptDrops } from "./drop.ts";
import { Inspector } from "./inspector.ts";
import { createMachines, START_MACHINE } from "./machines.ts";
import { jobsOf, type Plan } from "./plan.ts";
import { createResults } from "./results.ts";
import { createRunBar } from "./run-bar.ts";
import { Runner } from "./runner.ts";
import { createSweepSettings, START_SWEEP } from "./sweep-settings.ts";
import { createTraces } from "./traces.ts";

/** Workers that run jobs; one more finds out what traces are. */
const THREADS = navigator.hardwareConcurrency >= 2 ? 2 : 1;

/** The view; `changed` is told of every change of its settings. */
export function createExperimentView(changed: Changed): View<ExperimentState> {
  const runner = new Runner(startWorker, THREADS);
  const traces = createTraces(new Inspector(startWorker), { onChange: edited, onFile: runIfAsked });
  const machines = createMachines(edited);
  const sweep = createSweepSettings(edited);
  const bar = createRunBar(runAsStep, () => running?.abort());
  const invitation = createInvitation(tryBundled);
  const results = createResults(runner, {
    onRunAgain: runAsStep,
    explain: (address) => {
      location.hash = formatHash({ ...EXPLAIN_DEFAULTS, address });
    },
  });
  /** Cancels the run under way. */
  let running: AbortController | null = null;
  /** The link to what the settings are; `null` before anything was shown. */
  let shownHash: string | null = null;
  let plan: Plan | null = null;
  /** The link to `plan`. */
  let planHash: string | null = null;
  /** Whether a link asked for an experiment that has not been run yet. */
  let isAsked = false;

  const settings = h("div", { class: "settings" }, traces.element, machines.element, sweep.element);
  const title = h("h2", {}, "Results");
  const outcome = h(
    "section",
    { class: "results", "aria-label": "Results" },
    title,
    bar.element,
    invitation,
    results.element,
  );
  const element = h("div", { class: "experiment" }, settings, outcome);
  document.addEventListener("keydown", runByKey);
  acceptDrops(element, traces.addFiles);

  return { element, show };

  function show(state: ExperimentState): void {
    const hash = formatHash(state);
    if (hash === shownHash) return;
    shownHash = hash;
    traces.set(state.traces);
    machines.set(state.machines.length > 0 ? state.machines : [START_MACHINE]);
    sweep.set(hash === "" ? START_SWEEP : state.sweep);
    if (hash === planHash) {
      // A step back to what was run, or still runs: its results are there.
      if (running === null) bar.say(wordsOf(state));
      return;
    }
    stop();
    bar.end("");
    isAsked = state.traces.length > 0;
    plan = null;
    planHash = null;
    results.show(null, false);
    invitation.hidden = state.traces.length > 0;
    runIfAsked();
  }

  /** Ends what runs, without a word. */
  function stop(): void {
    running?.abort();
    running = null;
  }

  function stateNow(): ExperimentState {
    return { view: "experiment", traces: traces.names(), machines: machines.get(), sweep: sweep.get() };
  }

  /** Whether the settings are those of `plan`. Another file of the same name is another trace. */
  function isPlanned(): boolean {
    const files = traces.files();
    const isSame = (file: File, index: number) => file === files?.[index];
    return plan !== null && shownHash === planHash && plan.traces.every(isSame);
  }

  /** After each change by the user. The first one after a run is a step, which leads back to what was run. */
  function edited(): void {
    const state = stateNow();
    const isStep = planHash !== null && shownHash === planHash;
    shownHash = formatHash(state);
    changed(state, { step: isStep });
    if (plan === null) invitation.hidden = state.traces.length > 0;
    if (running === null) bar.say(wordsOf(state));
  }

  /** What is said of settings that have not been run. */
  function wordsOf({ traces: { length } }: ExperimentState): string {
    if (plan !== null) return isPlanned() ? "" : "The settings have changed: Run shows what they do.";
    return length === 0 ? "" : "Run, or Ctrl+Enter, runs it.";
  }

  /** Runs what a link asked for, or says what it waits for. The link is then that to what runs: no step leads back to it. */
  function runIfAsked(): void {
    if (!isAsked) return;
    const refused = refusal();
    if (refused !== null) bar.say(refused.text);
    else run({ step: false });
  }

  function wrongField(): HTMLElement | null {
    return machines.firstWrong() ?? sweep.firstWrong();
  }

  function runByKey(event: KeyboardEvent): void {
    const { key, ctrlKey, metaKey } = event;
    if (!element.isConnected || key !== "Enter" || !(ctrlKey || metaKey)) return;
    event.preventDefault();
    runAsStep();
  }

  function tryBundled(): void {
    const [trace] = BUNDLED_TRACES;
    if (trace === undefined) return;
    isAsked = true;
    traces.addBundled(trace);
    runIfAsked();
  }

  /** Why it cannot run, and where that can be changed. */
  function refusal(): { text: string; focus(): void } | null {
    const files = traces.files();
    const wrong = wrongField();
    if (files === null) return { text: "A trace is not there yet.", focus: traces.focus };
    if (files.length === 0) return { text: "Add a trace first.", focus: traces.focus };
    if (wrong !== null) return { text: "A setting is wrong: see what is said at it.", focus: () => wrong.focus() };
    if (machines.get().length > 0 || sweep.get() !== null) return null;
    return { text: "Add a machine, or ask for the curve.", focus: machines.focus };
  }

  function runAsStep(): void {
    const refused = refusal();
    if (refused === null) {
      run({ step: true });
      return;
    }
    bar.say(refused.text, true);
    refused.focus();
  }

  function run(how: { step: boolean }): void {
    const state = stateNow();
    shownHash = formatHash(state);
    if (running?.signal.aborted === false && isPlanned()) return;
    stop();
    isAsked = false;
    changed(state, how);
    plan = { traces: traces.files() ?? [], machines: state.machines, sweep: state.sweep };
    planHash = shownHash;
    void perform(plan);
    // On a narrow page they are below the settings.
    if (title.getBoundingClientRect().top > innerHeight) title.scrollIntoView();
  }

  async function perform(next: Plan): Promise<void> {
    const mine = new AbortController();
    const isMine = () => running === mine;
    running = mine;
    const jobs = jobsOf(next);
    const startMs = performance.now();
    bar.start();
    results.show(next, true);
    const listener = {
      onSettled: () => isMine() && results.show(next, true),
      onProgress: (progress: Parameters<typeof bar.show>[0]) => isMine() && bar.show(progress),
    };
    let text = "Cancelled. The results that were complete are kept.";
    let failed = 0;
    try {
      await runner.run(jobs, listener, mine.signal);
      failed = jobs.filter((job) => runner.errorOf(job) !== undefined).length;
      text =
        failed > 0
          ? `${failed} of ${counted(jobs.length, "job")} failed: see below.`
          : `Done: ${counted(jobs.length, "job")} in ${seconds((performance.now() - startMs) / 1000)}`;
    } catch (error) {
      if (!mine.signal.aborted) throw error;
    }
    if (!isMine()) return;
    running = null;
    bar.end(text, failed > 0);
    if (plan === next) results.show(next, false);
  }
}

/** What a page shows of which nothing was asked yet. */
function createInvitation(onTry: () => void): HTMLElement {
  const [trace] = BUNDLED_TRACES;
  return h(
    "div",
    { class: "invitation" },
    h("p", {}, "Drop a memory trace here: at once you see how its TLB misses fall with the size of the TLB."),
    trace === undefined
      ? null
      : h("p", {}, h("button", { type: "button", onclick: onTry }, `Try it with ${trace.name}: ${trace.title}`)),
  );
}
