/** All CPUs that there are descriptions of, by the name that a user gives. */
import { AMD } from "./amd.ts";
import { AMPERE } from "./ampere.ts";
import { APPLE } from "./apple.ts";
import { ARM } from "./arm.ts";
import type { CpuDescription } from "./description.ts";
import { GENERIC } from "./generic.ts";
import { INTEL } from "./intel.ts";
import { INTEL_ATOM } from "./intel-atom.ts";
import { INTEL_COVE } from "./intel-cove.ts";
import { QUALCOMM } from "./qualcomm.ts";

/** In the order of lists: the generic one, then by maker, oldest first. */
export const CPU_PRESETS: Readonly<Record<string, CpuDescription>> = {
  ...GENERIC,
  ...INTEL,
  ...INTEL_COVE,
  ...INTEL_ATOM,
  ...AMD,
  ...APPLE,
  ...ARM,
  ...AMPERE,
  ...QUALCOMM,
};
