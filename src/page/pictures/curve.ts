/** To be drawn. */
import { h } from "../dom.ts";
import type { CurveData, Picture } from "./pictures.ts";

export function createCurvePicture(): Picture<CurveData> {
  const element = h("figure");
  return { element, show: () => undefined };
}
