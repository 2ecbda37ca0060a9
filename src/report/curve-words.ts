/** What the curve of a sweep says, in words. */
import { count, counted, percent, wholeRate } from "./format.ts";
import { missRatio } from "./metrics.ts";
import type { SweepCurve } from "./results.ts";

/** What one curve tells of sizes, in sentences: where hit rates and the floor are reached, and where the misses fall. */
export function curveSentences(curve: SweepCurve, lookups: number): string[] {
  const { pageSize, footprint, coldMisses, floorEntries, knees, steps } = curve;
  if (lookups === 0) return [`${pageSize} pages: there are no lookups.`];
  const share = (misses: number) => `${count(misses)} (${percent(missRatio(misses, lookups))})`;
  const missed = knees.findIndex(({ entries }) => entries === null); // and so are all higher rates
  const told = missed === -1 ? knees : knees.slice(0, missed + 1);
  const reached = told.map(({ hitRate, entries }, index) => {
    const hits = index === 0 ? `${wholeRate(hitRate)} hits` : wholeRate(hitRate);
    if (entries === null) return `no size reaches ${hits}`;
    return `${index === 0 ? counted(entries, "entry", "entries") : count(entries)} ${entries === 1 ? "reaches" : "reach"} ${hits}`;
  });
  const again = coldMisses - footprint;
  const cold =
    again > 0 ? `, ${counted(footprint, "first reference")} to a page and ${count(again)} after invalidations` : "";
  const floor = `from ${counted(floorEntries, "entry", "entries")} on only the cold misses are left: ${share(coldMisses)}`;
  return [
    `${pageSize} pages: ${reached.join(", ")}; ${floor}${cold}.`,
    ...steps.map(
      ({ fromEntries, toEntries, missesBefore, missesAfter }) =>
        `${pageSize} pages, working-set step: between ${count(fromEntries)} and ${count(toEntries)} entries the misses ` +
        `fall from ${share(missesBefore)} to ${share(missesAfter)}.`,
    ),
  ];
}
