/**
 * CPUs of the plain shape by name, each number with where it comes from: what the page knows of, and what is simulated fastest. Others are
 * in `cpus/`.
 */
import type { Claim } from "./cpus/description.ts";
import type { PscSizes } from "./types.ts";

interface Preset {
  title: string;
  l1i: Claim<string>;
  l1d: Claim<string>;
  stlb: Claim<string>;
  psc: Claim<PscSizes>;
}

const INTEL_MANUAL =
  "Intel 64 and IA-32 Architectures Optimization Reference Manual, 248966-045, Table 2-15 (of Skylake, for 4 KiB pages)";

export const PRESETS = {
  generic: {
    title: "Generic x86-64: sizes of Intel Skylake's arrays for 4 KiB pages, used for every page size; LRU",
    l1i: { value: "128:8", status: "vendor", source: INTEL_MANUAL },
    l1d: { value: "64:4", status: "vendor", source: INTEL_MANUAL },
    stlb: { value: "1536:12", status: "vendor", source: INTEL_MANUAL },
    psc: {
      value: { pde: 32, pdpte: 4, pml4e: 2 },
      status: "assumed",
      source: "SDM Vol. 3A gives no sizes of paging-structure caches, nor does any manual of Intel's",
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** The CPU whose parameters stand where a configuration gives none. */
export const DEFAULT_CPU: PresetName = "generic";

/** Whether there is a preset of that name. */
export function isPreset(name: string): name is PresetName {
  return Object.hasOwn(PRESETS, name);
}
