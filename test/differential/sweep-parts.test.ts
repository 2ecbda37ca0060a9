/** What a sweep counts depends on nothing but the trace and the question: not on pieces, shares, order, or checks. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { SweepConfig } from "../../src/config/types.ts";
import type { SweepResult } from "../../src/report/results.ts";
import { LocalSimulator, sweep } from "../../src/sweep.ts";
import { chunkedTrace } from "../helpers/chunked-trace.ts";
import { expectPlainCounts } from "../helpers/compare-sweeps.ts";
import { randomShapes, randomUnmaps, stepsOf } from "../helpers/page-streams.ts";
import { traceText } from "../helpers/syscalls.ts";
import { assertSweepCounters } from "../reference/assert-counters.ts";

const CONFIGS: SweepConfig[] = [
  {
    geometries: "1:1,8:4,24:12,17:full",
    pageSizes: "4K,2M",
    indexes: "modulo,xor",
    policies: "lru,fifo",
    check: "all",
  },
  { geometries: "4:1,36:18", stream: "all", flushEvery: 7, check: 3 },
  { stlb: "4:1,16:4,24:full", l1i: "2:2", l1d: "4:2", stream: "all", pageSizes: "4K,1G", flushEvery: 40, check: 0 },
  { entries: "auto", stream: "fetch" },
];

const shapes = randomShapes({ unmaps: randomUnmaps });

async function countsOf(text: string, config: SweepConfig, chunkBytes: number, simulators: number) {
  const result = await sweep(chunkedTrace(new TextEncoder().encode(text), chunkBytes), config, {
    simulators: Array.from({ length: simulators }, () => new LocalSimulator()),
  });
  assertSweepCounters(result);
  const { time, ...counts } = result;
  return counts;
}

it("counts the same in pieces of any size, by any number of simulators", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...CONFIGS),
      shapes,
      fc.constantFrom(1, 2, 7, 64, 1000, 4096),
      fc.integer({ min: 1, max: 3 }),
      async (config, shape, chunkBytes, simulators) => {
        const text = traceText(stepsOf(shape));
        const whole = await countsOf(text, config, 1 << 20, 1);
        expect(await countsOf(text, config, chunkBytes, simulators)).toEqual(whole);
      },
    ),
    { seed: 51, numRuns: 60 },
  );
});

it("counts in pieces what plain TLBs count", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CONFIGS), shapes, fc.integer({ min: 1, max: 200 }), async (...drawn) => {
      const [config, shape, chunkBytes] = drawn;
      await expectPlainCounts(stepsOf(shape), config, { chunkBytes, simulators: 2 });
    }),
    { seed: 52, numRuns: 40 },
  );
});

it("counts the same whatever lines stand between those that matter", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...CONFIGS), shapes, async (config, shape) => {
      const [with_, without] = [traceText(stepsOf(shape), true), traceText(stepsOf(shape), false)];
      const [one, other] = [await countsOf(with_, config, 4096, 1), await countsOf(without, config, 4096, 1)];
      // Lines that are no records are counted.
      expect({ ...one, trace: null }).toEqual({ ...other, trace: null });
    }),
    { seed: 53, numRuns: 40 },
  );
});

it("counts the same for a point whatever points stand beside it", async () => {
  const alone = ["1:1", "8:2", "16:full", "36:18", "40:8", "64:16", "17:17"];
  await fc.assert(
    fc.asyncProperty(shapes, fc.constantFrom("data", "all"), async (shape, stream) => {
      const text = traceText(stepsOf(shape));
      const config = { stream, pageSizes: "2M,4K", policies: "fifo,lru", check: 0 } as const;
      const together = await countsOf(text, { ...config, geometries: alone.join(",") }, 4096, 1);
      const reversed = await countsOf(text, { ...config, geometries: [...alone].reverse() }, 4096, 2);
      expect(sorted(reversed.points)).toEqual(sorted(together.points));
      for (const geometries of alone) {
        const { points } = await countsOf(text, { ...config, geometries }, 4096, 1);
        expect(sorted(together.points)).toEqual(expect.arrayContaining(sorted(points)));
      }
    }),
    { seed: 54, numRuns: 15 },
  );
});

it("checks as many points as it is told to, and counts no differently for it", async () => {
  await fc.assert(
    fc.asyncProperty(shapes, fc.integer({ min: 0, max: 20 }), async (shape, check) => {
      const text = traceText(stepsOf(shape));
      const config = { geometries: "1:1,4:2,8:4,16:4,40:20,64:full", policies: "lru,fifo" } as const;
      const { checkedPoints, ...counts } = await countsOf(text, { ...config, check: 0 }, 4096, 1);
      expect(checkedPoints).toBe(0);
      expect(await countsOf(text, { ...config, check }, 4096, 2)).toEqual({
        ...counts,
        checkedPoints: Math.min(check, 6),
      });
      expect(await countsOf(text, { ...config, check: "all" }, 4096, 1)).toEqual({ ...counts, checkedPoints: 6 });
      const unasked = { checkedPoints: 3, checkedReferences: 2 ** 20 };
      expect(await countsOf(text, config, 4096, 1)).toEqual({ ...counts, ...unasked });
    }),
    { seed: 55, numRuns: 20 },
  );
});

function sorted(points: SweepResult["points"]): string[] {
  return points.map((point) => JSON.stringify(point)).sort();
}
