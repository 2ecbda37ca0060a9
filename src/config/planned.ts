/** What a plan is of, which its results repeat: traces, and what each is simulated on. Plain data. */
import type { Dimension } from "./attribution.ts";
import type { SelectionOptions } from "./selection.ts";
import type { Config, SweepConfig } from "./types.ts";

export interface Planned {
  /** Of pagewalk: the results of another version are not of this plan. */
  version: string;
  /** Of the experiment. */
  title: string | null;
  /** Units refer to these four lists by index, from 0. */
  traces: PlannedTrace[];
  /** Parts of each trace. */
  windows: PlannedWindow[];
  /** All combinations, each written out. */
  machines: PlannedMachine[];
  /** TLBs of many geometries. */
  sweeps: PlannedSweep[];
  /** By what the misses of machines are told apart. */
  by: Dimension[];
  /** Records of each interval of the machines' series; `null`: no series. */
  interval: number | string | null;
}

/** A file that was there when the plan was made. */
export interface PlannedFile {
  /** Relative to the plan's folder, with `/`, unless the experiment has it absolute. It may lead out of the folder: traces lie anywhere. */
  path: string;
  /** As it is stored. */
  bytes: number;
  /** SHA-256 of its first and last 64 KiB; hexadecimal. */
  fingerprint: string;
}

export interface PlannedTrace extends PlannedFile {
  /** What it is, as given or by its content. */
  format: string;
  /** Which columns of a CSV are what. */
  columns?: string;
  /** Id of the only thread to look at. */
  thread?: string;
  /** What parts of memory are called. */
  regions?: PlannedFile;
  /** Mappings with their rights. */
  maps?: PlannedFile | "recorded";
}

export interface PlannedWindow {
  /** `null`: the only one, which is all. */
  name: string | null;
  /** For `openTrace()`. */
  selection: Pick<SelectionOptions, "skip" | "warmup" | "limit" | "unit">;
}

export interface PlannedMachine {
  /** Each has another. */
  name: string;
  /** For `resolve()`, with descriptions of CPUs instead of names of files. */
  config: Config;
}

export interface PlannedSweep {
  /** Each has another. */
  name: string;
  /** For `resolveSweep()`. */
  config: SweepConfig;
}
