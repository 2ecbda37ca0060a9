/** A configuration as the command that does the same. */
import { type ConfigOptions, optionsSet } from "../config/options.ts";

/** `pagewalk COMMAND TRACE… --option value …`, for a POSIX shell: names are quoted where they need it. */
export function commandLine(
  command: string,
  traces: readonly string[],
  config: object,
  options: ConfigOptions,
): string {
  const flags = optionsSet(config, options).flatMap(([name, value]) => [`--${name}`, value]);
  return ["pagewalk", command].concat(traces.map(shellPath), flags.map(quoted)).join(" ");
}

/** A path as a word of a command for a POSIX shell. */
export function shellPath(path: string): string {
  // A name that begins with a dash would be taken for an option.
  return quoted(path.startsWith("-") ? `./${path}` : path);
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
