/** Run, Cancel, and how far it has come. */
import { progressLine } from "../../report/progress-words.ts";
import { h } from "../dom.ts";
import type { RunProgress } from "./runner.ts";

/** Time between two announcements to a screen reader. */
const ANNOUNCE_MS = 2000;

/** Buttons, progress, and how it ended. */
export interface RunBar {
  readonly element: HTMLElement;
  start(): void;
  show(progress: RunProgress): void;
  /** Nothing runs any more; `text` says how it ended. */
  end(text: string, isError?: boolean): void;
  /** Says something while nothing runs. */
  say(text: string, isError?: boolean): void;
}

/** The bar, whose parts are always there: nothing moves when a run begins or ends. */
export function createRunBar(onRun: () => void, onCancel: () => void): RunBar {
  const run = h("button", { type: "button", class: "primary", onclick: onRun, title: "Ctrl+Enter" }, "Run");
  const cancel = h("button", { type: "button", onclick: onCancel, disabled: true }, "Cancel");
  const progress = h("progress", { max: 1, value: 0, "aria-label": "Progress of the run", hidden: true });
  const line = h("p", { class: "line" });
  const announcement = h("p", { class: "visually-hidden", "aria-live": "polite" });
  let startMs = 0;
  let announcedMs = 0;

  function say(text: string, isError = false): void {
    line.textContent = text;
    line.classList.toggle("error", isError);
    announcement.textContent = text;
  }

  return {
    element: h("div", { class: "run-bar" }, h("div", { class: "buttons" }, run, cancel), line, progress, announcement),
    start() {
      startMs = performance.now();
      announcedMs = startMs;
      cancel.disabled = false;
      progress.hidden = false;
      progress.value = 0;
      say("starting");
    },
    show(state) {
      const nowMs = performance.now();
      const { consumedBytes, storedBytes, jobs, jobsDone, jobsFailed } = state;
      progress.value = storedBytes === 0 ? 0 : Math.min(1, consumedBytes / storedBytes);
      const failed = jobsFailed === 0 ? "" : `, ${jobsFailed} failed`;
      const text = `${jobsDone} of ${jobs} jobs done${failed}; ${progressLine(state, (nowMs - startMs) / 1000)}`;
      line.textContent = text;
      if (nowMs - announcedMs < ANNOUNCE_MS) return;
      announcedMs = nowMs;
      announcement.textContent = text;
    },
    end(text, isError) {
      if (document.activeElement === cancel) run.focus();
      cancel.disabled = true;
      progress.hidden = true;
      say(text, isError);
    },
    say,
  };
}
