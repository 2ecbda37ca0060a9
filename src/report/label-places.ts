/** Where labels of points go so that they can be read. */

/** A rectangle; y grows downwards. */
export interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Where a label begins or ends: the end of its text that `anchor` says is at `x`, its middle is at `y`. */
export interface LabelPlace {
  x: number;
  y: number;
  anchor: "start" | "end";
}

/** Heights of labels between a point and a label that is moved away from others. */
const MOST_STEPS = 4;

/**
 * One place for the label of each point, within `area`: beside the point or, if another label or point is there, above
 * or below that. Where there is no room at all labels overlap. `gap` is the distance of a label to its point,
 * `others` what else must not be covered.
 */
export function labelPlaces(
  points: readonly { x: number; y: number; width: number }[],
  area: Box,
  { height, gap, others = [] }: { height: number; gap: number; others?: readonly Box[] },
): LabelPlace[] {
  const ownBoxes = points.map(({ x, y }): Box => ({ left: x - gap, right: x + gap, top: y - gap, bottom: y + gap }));
  const taken = [...ownBoxes, ...others];
  return points.map(({ x, y, width }) => {
    const places = candidates(x, y, height, gap);
    const boxes = places.map((place) => boxOf(place, width, height));
    const inside = boxes.findIndex((box) => isInside(box, area));
    const free = boxes.findIndex((box) => isInside(box, area) && !taken.some((other) => overlap(box, other)));
    const chosen = Math.max(0, free === -1 ? inside : free);
    const box = boxes[chosen];
    if (box !== undefined) taken.push(box);
    return places[chosen] ?? { x, y, anchor: "start" };
  });
}

function candidates(x: number, y: number, height: number, gap: number): LabelPlace[] {
  const places: LabelPlace[] = [];
  for (let step = 0; step <= MOST_STEPS; step++) {
    for (const direction of step === 0 ? [1] : [-1, 1]) {
      places.push({ x: x + gap + 1, y: y + direction * step * height, anchor: "start" });
      places.push({ x: x - gap - 1, y: y + direction * step * height, anchor: "end" });
    }
  }
  return places;
}

function boxOf({ x, y, anchor }: LabelPlace, width: number, height: number): Box {
  const left = anchor === "start" ? x : x - width;
  return { left, right: left + width, top: y - height / 2, bottom: y + height / 2 };
}

function isInside(box: Box, area: Box): boolean {
  return box.left >= area.left && box.right <= area.right && box.top >= area.top && box.bottom <= area.bottom;
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
