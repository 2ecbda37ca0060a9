/** What pictures of results are to the experiment: elements that show what they are given. */
import type { NamedRun } from "../../report/named-run.ts";
import type { SweepResult } from "../../report/results.ts";

/** A picture with its table and its downloads. */
export interface Picture<Data> {
  readonly element: HTMLElement;
  /** Shows `data` instead of what was shown. */
  show(data: Data): void;
}

/** Sweeps of one or more traces, and the machines that were run over the same traces, to be marked on the curves. */
export interface CurveData {
  sweeps: readonly SweepResult[];
  runs: readonly NamedRun[];
  /** Sweeps that are under way, and where among `sweeps` they will be: their places are there already. */
  waiting: readonly { at: number; trace: string }[];
}

/** Called with an address, hexadecimal, that the user wants explained. */
export type ExplainAddress = (address: string) => void;
