/** Which events a CPU has. */

import { type PmuEvent, type PmuFamily, SHARED_EVENTS } from "./events.ts";
import { ZEN_1, ZEN_2, ZEN_4 } from "./events-amd.ts";
import { AMPEREONE, APPLE, ARM_COMMON, NEOVERSE, NEOVERSE_V3 } from "./events-arm.ts";
import { GOLDEN_COVE, GRACEMONT, HASWELL, SANDY_BRIDGE, SKYLAKE } from "./events-intel.ts";

export const FAMILIES: readonly PmuFamily[] = [
  SANDY_BRIDGE,
  HASWELL,
  SKYLAKE,
  GOLDEN_COVE,
  GRACEMONT,
  ZEN_1,
  ZEN_2,
  ZEN_4,
  NEOVERSE,
  NEOVERSE_V3,
  ARM_COMMON,
  AMPEREONE,
  APPLE,
];

/** By the names of CPUs (presets.ts). */
const FAMILY_OF: Readonly<Record<string, PmuFamily>> = {
  "sandy-bridge": SANDY_BRIDGE,
  "ivy-bridge": SANDY_BRIDGE,
  haswell: HASWELL,
  broadwell: HASWELL,
  skylake: SKYLAKE,
  "ice-lake": SKYLAKE,
  "golden-cove": GOLDEN_COVE,
  "raptor-cove": GOLDEN_COVE,
  "redwood-cove": GOLDEN_COVE,
  "lion-cove": GOLDEN_COVE,
  gracemont: GRACEMONT,
  crestmont: GRACEMONT,
  skymont: GRACEMONT,
  zen1: ZEN_1,
  zen2: ZEN_2,
  zen3: ZEN_2,
  zen4: ZEN_4,
  zen5: ZEN_4,
  "neoverse-n1": NEOVERSE,
  "neoverse-v1": NEOVERSE,
  "neoverse-v2": NEOVERSE,
  "neoverse-v3": NEOVERSE_V3,
  "cortex-x925": ARM_COMMON,
  "c1-ultra": ARM_COMMON,
  "ampere-emag": ARM_COMMON,
  ampereone: AMPEREONE,
  oryon: ARM_COMMON,
  "apple-m1-p": APPLE,
  "apple-m1-e": APPLE,
  "apple-m2-p": APPLE,
  "apple-m2-e": APPLE,
  "apple-m4-p": APPLE,
  "apple-m4-e": APPLE,
};

/** The family of the CPU of that name; `null`: it is no real one, or a user's own. */
export function familyOf(cpu: string): PmuFamily | null {
  return Object.hasOwn(FAMILY_OF, cpu) ? (FAMILY_OF[cpu] ?? null) : null;
}

/** All events of a family that measure what a run counts. */
export function eventsOfFamily({ events }: PmuFamily): readonly PmuEvent[] {
  return [...SHARED_EVENTS, ...events];
}

/** What a shell may be given to measure them: user mode alone, as traces are, and as CSV that `--compare` reads. */
export function perfCommand({ command, pmu }: PmuFamily): string {
  const events = ["instructions", ...command].map((name) => (pmu === undefined ? `${name}:u` : `${pmu}/${name}/u`));
  return `perf stat -x';' -o perf.txt -e ${events.join(",")} -- PROGRAM`;
}
