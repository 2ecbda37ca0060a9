/** The lines at the beginning of a trace of text, for the detection of its format. */

/** Longer lines are no records: assembly/layout.ts, MAX_LINE_BYTES. */
const MAX_LINE_CHARACTERS = 4096;

/** The lines of a head that was looked at: each format asks for them. */
const known = new WeakMap<Uint8Array, readonly string[]>();

/**
 * The whole lines of `head`, whose bytes must not change, that are neither blank nor comments (`#`); the last one counts
 * if there is no other.
 */
export function headLines(head: Uint8Array): readonly string[] {
  const lines = known.get(head) ?? linesOf(head);
  known.set(head, lines);
  return lines;
}

function linesOf(head: Uint8Array): string[] {
  const end = head.lastIndexOf(0x0a);
  const text = new TextDecoder("latin1").decode(end < 0 ? head : head.subarray(0, end));
  return text
    .replace(/\r$/, "")
    .split(/\r?\n/)
    .filter((line) => !/^\s*(#|$)/.test(line));
}

/** Whether there are lines, and all are as `pattern` says. */
export function allMatch(lines: readonly string[], pattern: RegExp): boolean {
  return lines.length > 0 && lines.every((line) => line.length <= MAX_LINE_CHARACTERS && pattern.test(line));
}

/** Whether one of the lines is as `pattern` says. */
export function someMatch(lines: readonly string[], pattern: RegExp): boolean {
  return lines.some((line) => line.length <= MAX_LINE_CHARACTERS && pattern.test(line));
}
