/** The experiment view. */
import { h } from "../dom.ts";
import type { ExperimentState } from "../state.ts";
import type { Changed, View } from "../view.ts";

export function createExperimentView(_changed: Changed): View<ExperimentState> {
  const element = h("div");
  return { element, show: (state) => element.replaceChildren(JSON.stringify(state)) };
}
