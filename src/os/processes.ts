/** The processes that traces tell of. */
import { TraceError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Trace } from "../trace/trace.ts";

/** Throws TraceError if `kernel` met more processes than there are `traces`: the mappings that it was given are of one each. */
export function assertMapsOfOne(kernel: Kernel, traces: readonly Trace[]): void {
  if (kernel.processes() <= traces.length) return;
  const reason =
    "tells of several processes, and the mappings are of one; replay one of its threads, or all without the mappings";
  const path = traces.map((trace) => trace.path).join(" + ");
  throw new TraceError(reason, { path }, undefined, "unsupported");
}
