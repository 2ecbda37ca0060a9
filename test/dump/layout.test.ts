import fc from "fast-check";
import { expect, it } from "vitest";
import { overlapIn, type Segment, withoutOverlaps } from "../../src/dump/layout.ts";

it("withoutOverlaps() gives each address to the stored segment that begins first, then to zeros", () => {
  const segment = fc
    .tuple(fc.nat(30), fc.integer({ min: 1, max: 12 }), fc.option(fc.nat(1000)))
    .map(([start, length, offset]): Segment => ({ start, end: start + length, offset }));
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 12 }), (segments) => {
      const disjoint = withoutOverlaps(segments);
      expect(overlapIn(disjoint)).toBeNull();
      for (let at = 0; at < 45; at++) {
        const holds = ({ start, end }: Segment) => start <= at && at < end;
        const offsetIn = ({ start, offset }: Segment) => (offset === null ? null : offset + at - start);
        const owners = segments.filter(holds);
        const first = Math.min(...owners.filter(({ offset }) => offset !== null).map(({ start }) => start));
        const allowed = owners.filter(({ start, offset }) => (first < 45 ? offset !== null && start <= at : true));
        const owner = disjoint.filter(holds);
        expect(owner.length).toBe(owners.length === 0 ? 0 : 1);
        for (const one of owner) expect(allowed.map(offsetIn)).toContain(offsetIn(one));
      }
    }),
    { numRuns: 1000, seed: 11 },
  );
});
