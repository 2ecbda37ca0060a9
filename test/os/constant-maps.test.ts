/** Mappings that stay as they are: the machine of plain runs counts, and the one with an operating system tells of signals. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { resolve } from "../../src/config/resolve.ts";
import type { Config } from "../../src/config/types.ts";
import { vmasThroughout } from "../../src/os/setup.ts";
import type { Region } from "../../src/regions/region.ts";
import { simulate, simulatePlain } from "../../src/simulate.ts";
import { simulateOs } from "../../src/simulate-os.ts";
import { openTrace } from "../../src/trace/trace.ts";
import { lackeyText, randomRecords } from "../helpers/random-records.ts";
import { countersOf } from "../reference/assert-counters.ts";

const PAGE = 4096n;

const maps: fc.Arbitrary<Region[]> = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 0, max: 3 }),
      pages: fc.integer({ min: 1, max: 6 }),
      permissions: fc.constantFrom("rwx", "rw-", "r-x", "r--", "---"),
    }),
    { maxLength: 12, size: "max" },
  )
  .map((parts) => {
    let start = 0n;
    return parts.map(({ gap, pages, permissions }, index) => {
      start += BigInt(gap) * PAGE;
      const end = start + BigInt(pages) * PAGE;
      const region = { start, end, permissions, name: `part ${index}`, file: null, fromRecord: 0, toRecord: null };
      start = end;
      return region;
    });
  });

it("gives the same counts whichever machine runs, and signals where there are any", async () => {
  let signalled = 0;
  await fc.assert(
    fc.asyncProperty(
      maps,
      randomRecords,
      fc.constantFrom<Config>({}, { l1d: "4:full", policy: "fifo" }),
      async (maps, records, config) => {
        const trace = () => openTrace(new TextEncoder().encode(lackeyText(records)));
        const plain = await simulatePlain(await trace(), resolve(config), {}, vmasThroughout(maps) ?? []);
        const withOs = await simulateOs(await trace(), resolve(config), { maps });
        expect(countersOf(plain)).toEqual(countersOf(withOs));
        const chosen = await simulate(await trace(), config, { maps });
        expect(countersOf(chosen)).toEqual(countersOf(withOs));
        expect(chosen.signals).toEqual(withOs.signals);
        expect(chosen.signals?.length ?? 0).toBe(Math.min(16, chosen.faults.protection));
        expect(chosen.os === undefined).toBe(chosen.faults.protection === 0);
        if (chosen.faults.protection > 0) signalled++;
      },
    ),
    { seed: 71, numRuns: 150 },
  );
  expect(signalled).toBeGreaterThan(100);
});
