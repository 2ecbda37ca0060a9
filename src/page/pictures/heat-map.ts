/** To be drawn. */
import { h } from "../dom.ts";
import type { ExplainAddress, NamedRun, Picture } from "./pictures.ts";

export function createHeatMapPicture(_explain: ExplainAddress): Picture<readonly NamedRun[]> {
  const element = h("figure");
  return { element, show: () => undefined };
}
