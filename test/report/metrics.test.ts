import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hitRate,
  missesPerThousandRecords,
  missRatio,
  mostMisses,
  mpki,
  nines,
  perSecond,
  referencesPerWalk,
} from "../../src/report/metrics.ts";

describe("metrics", () => {
  it("divides misses by lookups", () => {
    expect(missRatio(1, 4)).toBe(0.25);
    expect(missRatio(0, 4)).toBe(0);
  });

  it("gives a miss ratio of 0 and no hit rate to a TLB that was never looked up", () => {
    expect(missRatio(0, 0)).toBe(0);
    expect(hitRate(0, 0)).toBeNull();
  });

  it("has hit rate and miss ratio add up to 1", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (hits, misses) => {
        fc.pre(hits + misses > 0);
        const rate = hitRate(hits, hits + misses) ?? Number.NaN;
        expect(rate + missRatio(misses, hits + misses)).toBeCloseTo(1, 12);
      }),
    );
  });

  it("counts misses per 1,000 instructions, and has no MPKI without an instruction count", () => {
    expect(mpki(12_000, 250_000)).toBe(48);
    expect(mpki(12_000, 0)).toBeNull();
  });

  it("has no references per walk without walks, and no speed without time", () => {
    expect(referencesPerWalk(6, 4)).toBe(1.5);
    expect(referencesPerWalk(0, 0)).toBeNull();
    expect(perSecond(10, 4)).toBe(2.5);
    expect(perSecond(10, 0)).toBe(0);
  });

  it("allows one miss of each so many lookups and no more, at any size", () => {
    expect([0, 99, 100, 199, 200].map((lookups) => mostMisses(lookups, 100))).toEqual([0, 0, 1, 1, 2]);
    fc.assert(
      fc.property(fc.maxSafeNat(), (lookups) => {
        const most = BigInt(mostMisses(lookups, 1000));
        expect(most * 1000n <= BigInt(lookups) && (most + 1n) * 1000n > BigInt(lookups)).toBe(true);
      }),
    );
  });

  it("counts misses of a part of a trace per 1,000 of its records", () => {
    expect(missesPerThousandRecords(12, 4096)).toBe(12_000 / 4096);
    expect(missesPerThousandRecords(0, 0)).toBe(0);
  });

  it("has one nine more for each tenth of the misses, and no end where nothing missed", () => {
    expect([1, 0.1, 0.01, 0.001].map(nines)).toEqual([0, 1, 2, 3].map((each) => expect.closeTo(each, 12)));
    expect(nines(0)).toBe(Number.POSITIVE_INFINITY);
  });
});
