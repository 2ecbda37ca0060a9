import { h } from "../dom.ts";

export function createStepperView(): HTMLElement {
  return h("section");
}
