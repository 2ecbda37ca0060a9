/** The page: two views, of which the part of the URL behind `#` says which one is shown and what is set in it. */
import { setAttribute } from "./dom.ts";
import { createExperimentView } from "./experiment/view.ts";
import { createExplainView } from "./explain/view.ts";
import { formatHash, type PageState, parseHash } from "./state.ts";

const main = document.querySelector("main") as HTMLElement;
const experiment = createExperimentView(changed);
const explain = createExplainView(changed);

/** What the browser keeps with each page of its history that was shown. */
const SEEN = "seen";

// Not "hashchange", which comes later: who goes back is brought to the place where they were, if it is there by then.
addEventListener("popstate", show);
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
    setAttribute(link, "aria-current", isShown ? "page" : null);
    if (!isShown) continue;
    link.setAttribute("href", hashOf(state));
    document.title = `${link.textContent}: pagewalk lab`;
  }
}

/** Never empty: a link to nothing would leave the page. */
function hashOf(state: PageState): string {
  return formatHash(state) || "#experiment";
}

/** A view that comes instead of another begins at its top, unless the user goes back to it: browsers know where that was. */
function place(element: HTMLElement): void {
  const before = main.firstElementChild;
  const isNew = history.state === null;
  if (isNew) history.replaceState(SEEN, "");
  if (before === element) return;
  const hadFocus = main.contains(document.activeElement);
  main.replaceChildren(element);
  if (before === null) return;
  if (isNew) scrollTo(0, 0);
  if (hadFocus) main.focus({ preventScroll: true });
}

function changed(state: PageState, { step } = { step: false }): void {
  const hash = hashOf(state);
  if (hash === location.hash) return;
  if (step) location.hash = hash;
  else history.replaceState(history.state, "", hash);
  noteInLinks(state);
}
