/** What of a plan is done at once. */
import { canShareReading } from "../config/compared-cpus.ts";
import { machineSeconds, readingSeconds, sweepSeconds, type TraceSize } from "./cost.ts";
import type { Expanded } from "./expand.ts";
import type { Unit } from "./plan.ts";

/** Machines of one reading, unless an experiment says otherwise: what is lost with a unit is then little, and reading is a small part of it. */
export const MACHINES_PER_UNIT = 8;

/**
 * The units of an experiment: for each trace and window first its sweeps, then its machines, of which those that can share a reading do, in
 * groups of `machinesPerUnit`.
 */
export function unitsOf(
  { windows, machines, sweeps }: Expanded,
  traces: readonly TraceSize[],
  {
    machinesPerUnit = MACHINES_PER_UNIT,
    isAttributed,
  }: { machinesPerUnit?: number | undefined; isAttributed: boolean },
): Unit[] {
  const units: Unit[] = [];
  traces.forEach((size, trace) => {
    const shares = machines.map(({ resolved }) => !isAttributed && !size.hasRegions && canShareReading(resolved));
    const groups = grouped(shares, machinesPerUnit);
    windows.forEach(({ selection }, window) => {
      const reading = readingSeconds(size, selection);
      const add = (what: Pick<Unit, "machines" | "sweep">, seconds: number) => {
        units.push({
          unit: units.length + 1,
          trace,
          window,
          ...what,
          seconds: Math.round((reading + seconds) * 1000) / 1000,
        });
      };
      sweeps.forEach(({ config }, sweep) => {
        add({ sweep }, sweepSeconds(size, selection, config));
      });
      for (const group of groups) {
        const seconds = group.map((at) =>
          machineSeconds(size, selection, (machines[at] as Expanded["machines"][number]).resolved),
        );
        add(
          { machines: group },
          seconds.reduce((sum, one) => sum + one, 0),
        );
      }
    });
  });
  return units;
}

/** Indexes of `shares`: those that share in groups of `most`, the others alone, each group where its first one stands. */
function grouped(shares: readonly boolean[], most: number): number[][] {
  const groups: number[][] = [];
  let open: number[] = [];
  shares.forEach((share, index) => {
    if (!share) {
      groups.push([index]);
      return;
    }
    if (open.length === 0 || open.length === most) {
      open = [];
      groups.push(open);
    }
    open.push(index);
  });
  return groups;
}
