/** What a view is to the page. */
import type { PageState } from "./state.ts";

/** A view of the page. */
export interface View<State extends PageState> {
  readonly element: HTMLElement;
  /** Shows `state`, which a link or the user's steps back and forth through them asked for. */
  show(state: State): void;
}

/** Tells the page that the user has changed what a view shows: the link to it changes. `step`: one to go back from. */
export type Changed = (state: PageState, how?: { step: boolean }) => void;
