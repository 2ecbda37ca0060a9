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
  // A name that begins with a dash would be taken for an option.
  const paths = traces.map((path) => (path.startsWith("-") ? `./${path}` : path));
  return ["pagewalk", command, ...paths, ...flags].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
