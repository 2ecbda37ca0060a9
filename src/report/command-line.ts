/** A configuration as the command that does the same. */
import { type ConfigOptions, optionsSet } from "../config/options.ts";
import { shellPath, shellWord } from "./shell-words.ts";

/** `pagewalk COMMAND TRACE… --option value …`, for a POSIX shell: names are quoted where they need it. */
export function commandLine(
  command: string,
  traces: readonly string[],
  config: object,
  options: ConfigOptions,
): string {
  const flags = optionsSet(config, options).flatMap(([name, value]) => [`--${name}`, value]);
  return ["pagewalk", command].concat(traces.map(shellPath), flags.map(shellWord)).join(" ");
}
