/** To be drawn. */
import { h } from "../dom.ts";
import type { NamedRun, Picture } from "./pictures.ts";

export function createHitRatesPicture(): Picture<readonly NamedRun[]> {
  const element = h("figure");
  return { element, show: () => undefined };
}
