/** What of a plan is done at once. */
import { type MachineCost, unitSeconds } from "./cost.ts";
import type { Expanded } from "./expanded.ts";
import type { Unit } from "./plan.ts";
import type { TraceSize } from "./trace-size.ts";

/** Machines of one reading, unless an experiment says otherwise: what is lost with a unit is then little, and reading is a small part of it. */
const MACHINES_PER_UNIT = 8;

/** A trace as far as units depend on it. */
export interface SizedTrace {
  size: TraceSize;
  hasMaps: boolean;
  hasRegions: boolean;
}

/**
 * The units of an experiment: for each trace and window first its sweeps, then its machines, of which those that can share a reading do, in
 * groups of `machinesPerUnit`. Those of a trace with mappings or regions read each for itself.
 */
export function unitsOf(
  { windows, machines, sweeps }: Expanded,
  traces: readonly SizedTrace[],
  machinesPerUnit: number = MACHINES_PER_UNIT,
): Unit[] {
  const units: Unit[] = [];
  const together = grouped(
    machines.map(({ sharesReading }) => sharesReading),
    machinesPerUnit,
  );
  const alone = machines.map((_, index) => [index]);
  traces.forEach(({ size, hasMaps, hasRegions }, trace) => {
    const groups = hasMaps || hasRegions ? alone : together;
    windows.forEach((planned, window) => {
      const add = (what: Pick<Unit, "machines" | "sweep">, costs: readonly MachineCost[]) => {
        const seconds = Math.round(unitSeconds(size, planned, costs) * 1000) / 1000;
        units.push({ unit: units.length + 1, trace, window, ...what, seconds });
      };
      sweeps.forEach(({ cost }, sweep) => {
        add({ sweep }, [cost]);
      });
      for (const group of groups) {
        const costs = group.map((at) => (machines[at] as Expanded["machines"][number]).cost);
        add(
          { machines: group },
          costs.map(({ plain, whole }) => (hasMaps ? whole : plain)),
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
