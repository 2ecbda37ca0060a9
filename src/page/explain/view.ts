/** The explain view. */
import { h } from "../dom.ts";
import type { ExplainState } from "../state.ts";
import type { Changed, View } from "../view.ts";

export function createExplainView(_changed: Changed): View<ExplainState> {
  const element = h("div");
  return { element, show: (state) => element.replaceChildren(JSON.stringify(state)) };
}
