/** A configuration as the command that does the same. */
import type { ConfigOptions } from "../config/options.ts";

/** `pagewalk COMMAND TRACE… --option value …`, for a POSIX shell: names are quoted where they need it. */
export function commandLine(
  command: string,
  traces: readonly string[],
  config: object,
  options: ConfigOptions,
): string {
  const values = config as Readonly<Record<string, unknown>>;
  const flags = Object.entries(options).flatMap(([name, [flag]]) => {
    const value = values[name];
    return value === undefined || value === "" ? [] : [flag.slice(0, flag.indexOf(" ")), String(value)];
  });
  // A name that begins with a dash would be taken for an option.
  const paths = traces.map((path) => (path.startsWith("-") ? `./${path}` : path));
  return ["pagewalk", command, ...paths, ...flags].map(quoted).join(" ");
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
