/** What machines, sweeps and windows need of a trace, so that one that lacks it is told before anything runs. */
import { hasOpt } from "../config/cpus/opt.ts";
import type { PlannedTrace } from "../config/planned.ts";
import { resolveSweep } from "../config/resolve.ts";
import { checkCountOfPages, checkSelectionOfPages, resolveSelection } from "../config/selection.ts";
import type { ResolvedConfig } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import { mayLeaveOutRepeats } from "../kernel/hierarchy.ts";
import type { TraceFormat } from "../trace/formats/format.ts";
import { atPath } from "./at-path.ts";
import type { Expanded, ExpandedMachine, MachineNeeds } from "./expanded.ts";

export function needsOf(config: ResolvedConfig): MachineNeeds {
  const { hierarchy, os, pageSize } = config;
  return {
    seed: isRandom(config),
    wholeRecords: os !== undefined || hierarchy?.prefetch?.policy === "stride",
    timeline: os !== undefined || hierarchy !== undefined,
    repeats: hierarchy !== undefined && !mayLeaveOutRepeats(hierarchy, pageSize),
    notWhole: hasOpt(hierarchy)
      ? "its policy is opt, to which lookups of pages alone are known"
      : hierarchy !== undefined && hierarchy.pageSizes[0] !== "4K"
        ? `its pages are of ${hierarchy.pageSizes[0]}, and whole records are read with 4K, 2M or 1G`
        : null,
  };
}

/** Whether what it counts depends on its seed. */
export function isRandom({ policy, hierarchy, os }: ResolvedConfig): boolean {
  if (policy === "random" || os?.reclaim === "random") return true;
  if (os?.thp != null && os.thp.available > 0 && os.thp.available < 1) return true;
  const arrays = [...(hierarchy?.tlbs ?? []).flatMap((tlb) => tlb.arrays), ...(hierarchy?.walkCaches ?? [])];
  return arrays.some((array) => array.policy === "random");
}

/** What is asked beside counts, of all machines. */
export interface Asked {
  /** Whether there are rows of who missed, or a series. */
  isAttributed: boolean;
  /** Whether rows are by region. */
  byRegion: boolean;
}

/** Throws ConfigError, with the path in the experiment, if something that it asks for cannot be had of a trace, as far as that is known unread. */
export type TraceCheck = (trace: PlannedTrace, format: TraceFormat, regionsChange: boolean) => void;

/** The check of an experiment's traces. Each sort of trace is checked once. */
export function traceCheck(expanded: Expanded, asked: Asked): TraceCheck {
  const good = new Set<string>();
  return (trace, format, regionsChange) => {
    const { maps, regions, thread } = trace;
    const sort = [
      format.isPagesOnly,
      format.metadata !== undefined,
      maps === "recorded",
      maps,
      regions,
      thread,
      regionsChange,
    ];
    const name = sort.map((value) => (value === undefined || value === false ? 0 : 1)).join("");
    if (good.has(name)) return;
    checkTrace(trace, format, expanded, asked);
    if (regionsChange) checkTimeline(trace, expanded, asked);
    good.add(name);
  };
}

function checkTrace(
  trace: PlannedTrace,
  format: TraceFormat,
  { windows, machines, sweeps }: Expanded,
  { isAttributed, byRegion }: Asked,
): void {
  const hasMetadata = format.metadata !== undefined;
  if (byRegion && trace.regions === undefined && trace.maps === undefined && !hasMetadata) {
    const got = `region, and ${trace.path} without regions`;
    throw new ConfigError("experiment.by", got, "regions or maps with each trace");
  }
  if (trace.maps === "recorded" && !hasMetadata) {
    const allowed = `files of mappings: ${trace.path} is of format ${format.name}, which has none recorded in it`;
    throw new ConfigError("experiment.traces", "maps recorded", allowed);
  }
  if (trace.maps !== undefined && trace.regions !== undefined) {
    throw new ConfigError(
      "experiment.traces",
      `regions, and maps as well, of ${trace.path}`,
      "one of both: maps tell what regions are called, too",
    );
  }
  const asksWhole = isAttributed || trace.maps !== undefined;
  for (const machine of machines) checkMachine(machine, trace, format, { asksWhole, isAttributed });
  if (format.isPagesOnly !== true) return;
  windows.forEach(({ selection }, index) => {
    on(trace, `experiment.windows[${index}]`, () =>
      checkSelectionOfPages(resolveSelection({ ...selection, thread: trace.thread })),
    );
  });
  sweeps.forEach(({ config }, index) => {
    on(trace, `experiment.sweeps[${index}]`, () => checkCountOfPages("flushEvery", resolveSweep(config).flushEvery));
  });
}

/** Records of regions that change are those of the whole trace, and nothing but records can be passed over to be at one of them. */
function checkTimeline(
  { path, maps, thread }: PlannedTrace,
  { windows, machines }: Expanded,
  { isAttributed }: Asked,
): void {
  if (!isAttributed && maps === undefined && !machines.some(({ needs }) => needs.timeline)) return;
  const what = `${maps === undefined ? "regions" : "maps"} of ${path} change over time, and count records of the whole trace`;
  if (thread !== undefined && machines.length > 0)
    throw new ConfigError("experiment.traces", `thread ${thread}`, `all threads, as ${what}`);
  windows.forEach(({ selection }, index) => {
    const { skip, unit } = resolveSelection(selection);
    if (skip > 0 && unit !== "records")
      throw new ConfigError(`experiment.windows[${index}].unit`, unit, `records, as ${what}`);
  });
}

function checkMachine(
  { name, needs }: ExpandedMachine,
  trace: PlannedTrace,
  format: TraceFormat,
  { asksWhole, isAttributed }: { asksWhole: boolean; isAttributed: boolean },
): void {
  const path = "experiment.machines";
  if (asksWhole && needs.notWhole !== null) {
    const asked = isAttributed ? "by or interval" : `the maps of ${trace.path}`;
    throw new ConfigError(path, `${name}, and ${asked}`, `one of both: ${needs.notWhole}`);
  }
  if (format.isPagesOnly !== true) return;
  if (needs.wholeRecords || isAttributed) {
    const what = isAttributed ? "by or interval" : "an operating system, or a stride prefetcher";
    throw new ConfigError(path, `${name}, with ${what}`, `a trace of whole records: ${trace.path} has pages only`);
  }
  if (needs.repeats) {
    throw new ConfigError(
      path,
      name,
      `a trace of whole records: in ${trace.path} repeats are left out, which it tells apart`,
    );
  }
}

/** Does `check`; ConfigErrors get `path` in front of theirs, and are told of which trace they are. */
function on(trace: PlannedTrace, path: string, check: () => void): void {
  atPath(path, check, ` (${trace.path})`);
}
