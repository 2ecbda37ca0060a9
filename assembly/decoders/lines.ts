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
  while (!entriesAreFull() && input.status == STATUS_OK) {
    const at = input.at;
    const newline = findNewline(at, input.end);
    const bytes = newline - at;
    if (bytes > <usize>MAX_LINE_BYTES && !inLongLine) {
      // @ts-ignore: D is a decoder class; asc checks its instances
      const status: u32 = decoder.longLine(at);
      if (status != STATUS_OK) {
        failUnit(status, at, bytes, lines + 1);
        return;
      }
    }
    if (newline == input.end && !input.isLast) return keepLine(bytes);
    if (newline == input.end && at == newline && !inLongLine) return;
    if (inLongLine || bytes > <usize>MAX_LINE_BYTES) {
      inLongLine = false;
      counters.skippedLines++;
    } else {
      const isTorn = newline == input.end;
      const lineEnd = bytes > 0 && <u32>load<u8>(newline - 1) == RETURN ? newline - 1 : newline;
      // @ts-ignore: as above
      if (isTorn && decoder.isTorn(at, newline)) {
        failUnit(STATUS_TORN_LINE, at, bytes, lines + 1);
        return;
      }
      // @ts-ignore: as above
      const status: u32 = decoder.line(at, lineEnd);
      if (status != STATUS_OK) {
        failUnit(status, at, bytes, lines + 1);
        return;
      }
    }
    lines++;
    input.at = min(newline + 1, input.end);
  }
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

/** Keeps the `bytes` bytes of a line that goes on in the next input. */
function keepLine(bytes: usize): void {
  if (inLongLine || bytes > <usize>MAX_LINE_BYTES) {
    inLongLine = true;
    input.at = input.end;
  } else {
    carryRest();
  }
}
