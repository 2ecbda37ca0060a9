/** The processes that traces tell of. */
import { TraceError } from "../errors.ts";
import type { OsReplay } from "../kernel/os-replay.ts";
import type { Trace } from "../trace/trace.ts";

/** Throws TraceError if `machine` met more processes than there are `traces`: the mappings that it was given are of one each. */
export function assertMapsOfOne(machine: OsReplay, traces: readonly Trace[]): void {
  if (machine.processes() <= traces.length) return;
  const reason =
    "tells of several processes, and the mappings are of one; replay one of its threads, or all without the mappings";
  const path = traces.map((trace) => trace.path).join(" + ");
  throw new TraceError(reason, { path }, undefined, "unsupported");
}
