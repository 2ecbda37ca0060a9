/** The explain view, whose code is fetched when it is first shown: who runs experiments can do without. */
import { messageOf } from "../../errors.ts";
import { h } from "../dom.ts";
import type { ExplainState } from "../state.ts";
import type { Changed, View } from "../view.ts";

/** The view, whose code is fetched when it is first shown. */
export function createExplainView(changed: Changed): View<ExplainState> {
  const element = h("div", { class: "explain" });
  let view: View<ExplainState> | null = null;
  let wanted: ExplainState | null = null;

  async function load(): Promise<void> {
    element.replaceChildren(h("p", { role: "status" }, "The view is being loaded …"));
    try {
      const { createAddressView } = await import("./address-view.ts");
      view = createAddressView(changed);
      element.replaceChildren(view.element);
      if (wanted !== null) view.show(wanted);
    } catch (error) {
      const message = `The view cannot be loaded: ${messageOf(error)}`;
      // Browsers remember for as long as the page is there that a module could not be loaded.
      const again = h("button", { type: "button", onclick: () => location.reload() }, "Reload the page");
      element.replaceChildren(h("p", { class: "error", role: "alert" }, message), again);
    }
  }

  return {
    element,
    show(state) {
      const isFirst = wanted === null;
      wanted = state;
      if (view !== null) view.show(state);
      else if (isFirst) void load();
    },
  };
}
