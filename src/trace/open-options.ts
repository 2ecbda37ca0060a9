/** What a trace is opened with: apart from what opens it, which a thread that only sends the options need not load. */
import type { ColumnsOption } from "../config/columns.ts";
import { SELECTION_NAMES, type SelectionOptions } from "../config/selection.ts";

export interface OpenOptions extends SelectionOptions {
  /** Name of a format to take the trace for, whatever its content looks like. @default by content */
  format?: string | undefined;
  /**
   * Which columns of a CSV are what. It is then taken for one, whatever its content looks like. @default by its header
   */
  columns?: ColumnsOption | undefined;
}

/** Their names. */
export const OPEN_OPTIONS = ["format", "columns", ...SELECTION_NAMES] as const satisfies readonly (keyof OpenOptions)[];

/** Those of `options` that are of `openTrace()`. */
export function openOptionsOf(options: OpenOptions): OpenOptions {
  return Object.fromEntries(OPEN_OPTIONS.map((name) => [name, options[name]]));
}
