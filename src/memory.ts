/** The memory of processes as a library: `import { AddressSpace } from "pagewalk/memory"`. Needs nothing of Node's. */
export { ConfigError, KernelError } from "./errors.ts";
export {
  AddressSpace,
  type MappedRegion,
  type MmapOptions,
  type StringOptions,
} from "./memory/address-space.ts";
export type { Address, Rights } from "./memory/arguments.ts";
export type { AddressSpaceCounters, TlbCounts } from "./memory/counters.ts";
export { type AccessKind, SegmentationFault, SystemCallError } from "./memory/errors.ts";
export type { MachineOptions } from "./memory/options.ts";
// As the package itself calls it.
export type { Region as MemoryRegion } from "./regions/region.ts";
export type { ExplainedFault, ExplainedStep, Explanation } from "./report/explanation.ts";
