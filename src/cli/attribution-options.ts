/** The options of run that tell who missed, and when. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { DIMENSIONS } from "../config/attribution.ts";
import { ConfigError } from "../errors.ts";

export interface WhoMissesOptions {
  by?: string;
  interval?: string;
  regions?: string;
  top: number;
}

const DEFAULT_TOP = 20;
const MAX_TOP = 1_000_000;

/** Declares them on `command`. */
export function addAttributionOptions(command: Command): void {
  command
    .option("--by <list>", `who missed: ${DIMENSIONS.join(", ")}; with --csv this is the table`)
    .option("--interval <records>", "when it missed: counts of each so many records, as 100k; with --csv these")
    .option(
      "--regions <file>",
      "what parts of memory are called, of /proc/PID/maps or recorded regions (default: those in a .pwt)",
    )
    .addOption(
      new Option("--top <n>", "rows of each table of --by; the others are added up, but for --json and --csv")
        .default(DEFAULT_TOP)
        .argParser((text) => {
          const top = /^\d+$/.test(text) ? Number(text) : 0;
          if (top < 1 || top > MAX_TOP) throw new InvalidArgumentError(`Expected 1 to ${MAX_TOP}.`);
          return top;
        }),
    )
    .option("--ascii", "draw bars and the series without Unicode characters");
}

/** Refuses options that would change nothing; `namesRegions`: another option may name regions. */
export function assertAttributionUsed(
  command: Command,
  { by, regions }: WhoMissesOptions,
  namesRegions: boolean,
): void {
  if (by === undefined && command.getOptionValueSource("top") === "cli") {
    throw new ConfigError("top", command.getOptionValue("top"), "it with --by, whose rows it limits");
  }
  if (by === undefined && regions !== undefined && !namesRegions) {
    throw new ConfigError("regions", regions, "it with --by, or --huge with names: they use what regions are called");
  }
}
