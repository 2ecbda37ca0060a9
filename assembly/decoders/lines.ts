/**
 * What decoders of text into entries have in common: they are given one whole line after the other.
 */
import { counters } from "../counters";
import { entriesAreFull } from "../entries";
import { carryRest, input } from "../input";
import { MAX_LINE_BYTES, STATUS_OK, STATUS_TORN_LINE } from "../layout";
import { NEWLINE, RETURN, find } from "./text";
import { failUnit } from "./unit";

/** Lines read, and records among them. */
let lines: u64 = 0;
/** Inside a line of more than MAX_LINE_BYTES, which is skipped up to its newline. */
let inLongLine: bool = false;

/** Starts at the beginning of a trace. */
export function resetLines(): void {
  lines = 0;
  inLongLine = false;
}

/**
 * Decodes lines until the entries are full or the input is used up. D.line(at, end) adds the entries of the line
 * from `at` to `end`, without its newline and carriage return, and returns STATUS_OK, or another STATUS_ if there is
 * something wrong with it; lines that are no record it counts in counters.skippedLines. D.isTorn(at, end) tells of the
 * rest of a trace that ends without a newline whether more bytes could make a record of it that it is not yet.
 */
export function decodeLines<D>(): void {
  while (!entriesAreFull() && input.status == STATUS_OK) if (!decodeLine<D>()) return;
}

/** Whether the next bytes are those of a line's beginning, so that a decoder may read lines by itself. */
export function isAtLine(): bool {
  return !inLongLine;
}

/** Counts `count` lines that a decoder read by itself. */
export function passLines(count: u32): void {
  lines += count;
}

/** Decodes one line as decodeLines() does. Returns whether there may be another in the input. */
export function decodeLine<D>(): bool {
  const decoder = changetype<D>(<usize>0);
  const at = input.at;
  const newline = find(NEWLINE, at, input.end);
  if (newline == input.end && !input.isLast) {
    keepLine(newline - at);
    return false;
  }
  if (newline == input.end && at == newline && !inLongLine) return false;
  const bytes = newline - at;
  if (inLongLine || bytes > <usize>MAX_LINE_BYTES) {
    inLongLine = false;
    counters.skippedLines++;
  } else {
    const isTorn = newline == input.end;
    const lineEnd = bytes > 0 && <u32>load<u8>(newline - 1) == RETURN ? newline - 1 : newline;
    // @ts-ignore: D is a decoder class; asc checks its instances
    if (isTorn && decoder.isTorn(at, newline)) {
      failUnit(STATUS_TORN_LINE, at, bytes, lines + 1);
      return false;
    }
    // @ts-ignore: as above
    const status: u32 = decoder.line(at, lineEnd);
    if (status != STATUS_OK) {
      failUnit(status, at, bytes, lines + 1);
      return false;
    }
  }
  lines++;
  input.at = min(newline + 1, input.end);
  return true;
}

/** Keeps the `bytes` bytes of a line that goes on in the next input. */
function keepLine(bytes: usize): void {
  if (inLongLine || bytes > <usize>MAX_LINE_BYTES) {
    inLongLine = true;
    input.at = input.end;
  } else {
    carryRest();
  }
}
