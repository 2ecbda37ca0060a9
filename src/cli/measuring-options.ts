/** The options of run that bring in what processors count themselves. */
import type { Command } from "commander";

export interface MeasuringOptions {
  compare?: string;
  events?: boolean;
}

/** Declares them on `command`. */
export function addMeasuringOptions(command: Command): void {
  command
    .option(
      "--compare <file>",
      "what perf stat measured, in any of its forms, beside the counts; with --csv this is the table",
    )
    .option("--events", "which events of the CPU's PMU measure what is counted, and how to ask perf for them");
}
