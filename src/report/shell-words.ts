/** Any text as a word of a command for a POSIX shell. */

/** `text` as one word, quoted where it needs it. A carriage return is written out: sbatch takes no script with one at the end of a line. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  return `'${text.replaceAll("'", "'\\''").replaceAll("\r", `'"$(printf '\\r')"'`)}'`;
}

/** A path as one word: a name that begins with a dash would be taken for an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith("-") ? `./${path}` : path);
}
