/** What an experiment comes to: windows, machines and sweeps, each written out, with what units want to know of it. Plain data. */

import type { PlannedMachine, PlannedSweep, PlannedWindow } from "../config/planned.ts";
import type { MachineCost } from "./cost.ts";

/** What there is to do with each trace. */
export interface Expanded {
  windows: PlannedWindow[];
  machines: ExpandedMachine[];
  sweeps: ExpandedSweep[];
}

/** A machine and what units want to know of it: it may be one of many, of which none is kept resolved. */
export interface ExpandedMachine extends PlannedMachine {
  needs: MachineNeeds;
  /** Where nothing else asks for whole records, and where something does. */
  cost: { plain: MachineCost; whole: MachineCost };
  /** Whether it may be simulated with others in one reading. */
  sharesReading: boolean;
}

export interface ExpandedSweep extends PlannedSweep {
  cost: MachineCost;
}

/** What a machine needs of a reading. */
export interface MachineNeeds {
  /** Whether what it counts depends on its seed. */
  seed: boolean;
  /** Whether it reads whole records, whatever else is asked for. */
  wholeRecords: boolean;
  /** Whether every record counts, also one that only repeats. */
  repeats: boolean;
  /** Whether it is told of regions as they come and go, whatever else is asked for. */
  timeline: boolean;
  /** Why it cannot be asked who missed, nor run on mappings; `null`: it can. */
  notWhole: string | null;
}
