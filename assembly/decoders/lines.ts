/**
 * What decoders of text into entries have in common: they are given one whole line after the other.
 */
import { counters } from "../counters";
import { entriesAreFull } from "../entries";
import { carryRest, input } from "../input";
import { MAX_LINE_BYTES, STATUS_OK, STATUS_TORN_LINE } from "../layout";
import { NEWLINE, RETURN } from "./text";
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
 * something wrong with it; lines that are no record it counts in counters.skippedLines. D.longLine(at) says what becomes
 * of one that begins at `at` and has more than MAX_LINE_BYTES: STATUS_OK if it is to be skipped. D.isTorn(at, end) tells
 * of the rest of a trace that ends without a newline whether more bytes could make a record of it that it is not yet.
 */
export function decodeLines<D>(): void {
  const decoder = changetype<D>(<usize>0);
  const end = input.end;
  let at = input.at;
  while (!entriesAreFull()) {
    const newline = findNewline(at, end);
    const bytes = newline - at;
    if (newline == end || inLongLine || bytes > <usize>MAX_LINE_BYTES) {
      input.at = at;
      if (!unusualLine<D>(decoder, newline)) return;
    } else {
      // @ts-ignore: D is a decoder class; asc checks its instances
      const status: u32 = decoder.line(at, lineEndOf(at, newline));
      if (status != STATUS_OK) {
        input.at = at;
        failUnit(status, at, bytes, lines + 1);
        return;
      }
    }
    lines++;
    at = min(newline + 1, end);
  }
  input.at = at;
}

/** Whether the next bytes are those of a line's beginning, so that a decoder may read lines by itself. */
export function isAtLine(): bool {
  return !inLongLine;
}

/** Number of the line that a decoder is given, counted from 1. */
export function lineNumber(): u64 {
  return lines + 1;
}

/** Counts `count` lines that a decoder read by itself. */
export function passLines(count: u32): void {
  lines += count;
}

/** Decodes one line as decodeLines() does. Returns whether there may be another in the input. */
export function decodeLine<D>(): bool {
  const decoder = changetype<D>(<usize>0);
  const at = input.at;
  const newline = findNewline(at, input.end);
  const bytes = newline - at;
  if (newline == input.end || inLongLine || bytes > <usize>MAX_LINE_BYTES) {
    if (!unusualLine<D>(decoder, newline)) return false;
  } else {
    // @ts-ignore: D is a decoder class; asc checks its instances
    const status: u32 = decoder.line(at, lineEndOf(at, newline));
    if (status != STATUS_OK) {
      failUnit(status, at, bytes, lines + 1);
      return false;
    }
  }
  lines++;
  input.at = min(newline + 1, input.end);
  return true;
}

/** Decodes the line at input.at, which is long, or ends with the input; whether there are more in the input. */
function unusualLine<D>(decoder: D, newline: usize): bool {
  const at = input.at;
  const bytes = newline - at;
  const endsHere = newline == input.end;
  if (inLongLine || bytes > <usize>MAX_LINE_BYTES) {
    // @ts-ignore: D is a decoder class; asc checks its instances
    const status: u32 = inLongLine ? STATUS_OK : decoder.longLine(at);
    if (status != STATUS_OK) {
      failUnit(status, at, bytes, lines + 1);
      return false;
    }
    inLongLine = endsHere && !input.isLast;
    if (inLongLine) input.at = newline;
    else counters.skippedLines++;
    return !inLongLine;
  }
  if (!input.isLast) {
    carryRest();
    return false;
  }
  if (bytes == 0) return false;
  // @ts-ignore: as above
  const status: u32 = decoder.isTorn(at, newline) ? STATUS_TORN_LINE : decoder.line(at, lineEndOf(at, newline));
  if (status != STATUS_OK) {
    failUnit(status, at, bytes, lines + 1);
    return false;
  }
  return true;
}

/** Where the line from `at` to `newline` ends without its carriage return. */
function lineEndOf(at: usize, newline: usize): usize {
  return newline > at && <u32>load<u8>(newline - 1) == RETURN ? newline - 1 : newline;
}

/** Where the line that `at` is in ends: at its newline, or at `end`. */
function findNewline(at: usize, end: usize): usize {
  const newlines = i8x16.splat(<i8>NEWLINE);
  for (let from = at; from < end; from += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(from), newlines)); // past the end of the input is room for that
    if (found != 0) return min(from + <usize>ctz(found), end);
  }
  return end;
}
