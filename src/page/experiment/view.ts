/** The experiment view. */
import { messageOf } from "../../errors.ts";
import { count } from "../../report/format.ts";
import { type PagewalkWorker, startWorker } from "../../worker/client.ts";
import { BUNDLED_TRACES, type BundledTrace, fetchBundled } from "../bundled.ts";
import { h } from "../dom.ts";
import { EMPTY_EXPERIMENT, type ExperimentState } from "../state.ts";
import type { Changed, View } from "../view.ts";

export function createExperimentView(changed: Changed): View<ExperimentState> {
  const result = h("p", { role: "status" });
  const buttons = BUNDLED_TRACES.map((trace) =>
    h("button", { type: "button", title: trace.title, onclick: () => void run(trace) }, trace.name),
  );
  let worker: PagewalkWorker | null = null;

  async function run(trace: BundledTrace): Promise<void> {
    changed({ ...EMPTY_EXPERIMENT, traces: [trace.name] }, { step: false });
    result.textContent = "…";
    try {
      worker ??= await startWorker();
      const { tlbs } = await worker.simulate(await fetchBundled(trace));
      result.textContent = tlbs.map(({ name, misses }) => `${name}: ${count(misses)} misses`).join(", ");
    } catch (error) {
      worker = null;
      result.textContent = messageOf(error);
    }
  }

  return {
    element: h("div", {}, ...buttons, result),
    show: ({ traces }) => {
      const chosen = BUNDLED_TRACES.find(({ name }) => name === traces[0]);
      if (chosen !== undefined) void run(chosen);
    },
  };
}
