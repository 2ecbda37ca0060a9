/** The page: two views, of which the part of the URL behind `#` says which one is shown and what is set in it. */
import { createExperimentView } from "./experiment/view.ts";
import { createExplainView } from "./explain/view.ts";
import { formatHash, type PageState, parseHash } from "./state.ts";

const main = document.querySelector("main") as HTMLElement;
const experiment = createExperimentView(changed);
const explain = createExplainView(changed);

addEventListener("hashchange", show);
// In a task of its own: running the script and building the page in one would stop the browser for too long.
setTimeout(show);

function show(): void {
  const state = parseHash(location.hash);
  if (state.view === "explain") {
    place(explain.element);
    explain.show(state);
  } else {
    place(experiment.element);
    experiment.show(state);
  }
  noteInLinks(state);
}

/** Has the link to each view lead back to what was last seen there. */
function noteInLinks(state: PageState): void {
  for (const link of document.querySelectorAll("nav a[data-view]")) {
    const isShown = link.getAttribute("data-view") === state.view;
    if (isShown) link.setAttribute("href", hashOf(state));
    link.toggleAttribute("aria-current", isShown);
    if (isShown) link.setAttribute("aria-current", "page");
  }
}

/** Never empty: a link to nothing would leave the page. */
function hashOf(state: PageState): string {
  return formatHash(state) || "#experiment";
}

function place(element: HTMLElement): void {
  if (main.firstElementChild !== element) main.replaceChildren(element);
}

function changed(state: PageState, { step } = { step: false }): void {
  const hash = hashOf(state);
  if (hash === location.hash) return;
  if (step) location.hash = hash;
  else history.replaceState(null, "", hash);
  noteInLinks(state);
}
