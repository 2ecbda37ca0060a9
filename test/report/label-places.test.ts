import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Box, labelPlaces } from "../../src/report/label-places.ts";

const AREA: Box = { left: 0, right: 400, top: 0, bottom: 300 };
const SIZES = { height: 16, gap: 8 };

describe("labelPlaces()", () => {
  it("are to the right of a point, or to the left where the picture ends", () => {
    expect(labelPlaces([{ x: 100, y: 50, width: 80 }], AREA, SIZES)).toEqual([{ x: 109, y: 50, anchor: "start" }]);
    expect(labelPlaces([{ x: 350, y: 50, width: 80 }], AREA, SIZES)).toEqual([{ x: 341, y: 50, anchor: "end" }]);
  });

  it("do not cover each other, other points or what else is there", () => {
    const points = [100, 104, 108].map((y) => ({ x: 200, y, width: 80 }));
    const others = [{ left: 210, right: 300, top: 90, bottom: 110 }];
    const boxes = labelPlaces(points, AREA, { ...SIZES, others }).map(({ x, y, anchor }): Box => {
      const left = anchor === "start" ? x : x - 80;
      return { left, right: left + 80, top: y - 8, bottom: y + 8 };
    });
    const all = [...boxes, ...others, ...points.map(({ x, y }) => ({ left: x, right: x, top: y, bottom: y }))];
    for (const [index, box] of boxes.entries()) {
      for (const other of all.slice(index + 1)) {
        const isApart =
          box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top;
        expect(isApart).toBe(true);
      }
    }
  });

  it("are there for every point, even where there is no room", () => {
    const points = fc.array(
      fc.record({ x: fc.integer({ min: 0, max: 400 }), y: fc.integer({ min: 0, max: 300 }), width: fc.nat(900) }),
      { maxLength: 30, size: "max" },
    );
    fc.assert(
      fc.property(points, (all) => {
        expect(labelPlaces(all, AREA, SIZES)).toHaveLength(all.length);
      }),
    );
  });
});
