/**
 * Traces of Valgrind's lackey (`--tool=lackey --trace-mem=yes`), read the plain way: split at newlines, match a regular
 * expression.
 *
 *   I  0401ab70,3      fetch: no leading blank, two blanks after the I
 *    L 1ffefff86f,1    load; likewise S for a store and M for a modify
 *
 * Addresses are hexadecimal without 0x, in either case; sizes are decimal. Leading zeros do not matter in either.
 */
import { TraceError } from "../../src/errors.ts";
import { type Access, type AccessKind, MAX_ACCESS_BYTES } from "./access.ts";

const RECORD = /^(I {2}| [LSM] )([0-9a-fA-F]+),([0-9]+)\r?$/;

const HEAD = /^(I {2}| [LSM] )/;

/** What a record line may be after any of its characters; the empty text is not asked for. */
const START_OF_RECORD = /^(I( ( ([0-9a-fA-F]+(,([0-9]+\r?)?)?)?)?)?| ([LSM]( ([0-9a-fA-F]+(,([0-9]+\r?)?)?)?)?)?)$/;

/** Bytes of the longest line that may be a record, without its newline, a carriage return included. */
const MAX_LINE_BYTES = 4096;

const MAX_VA = (1n << 64n) - 1n;

const KIND_OF: Record<string, AccessKind> = { "I  ": "fetch", " L ": "load", " S ": "store", " M ": "modify" };

export interface LackeyTrace {
  records: Access[];
  /** Lines that are no record: all others are skipped and counted, empty ones too. */
  skippedLines: number;
  /** Those of them that begin with the letter and blanks of a record. */
  damagedLines: number;
}

/**
 * Returns all records of a lackey log.
 *
 * Throws a TraceError with the number and byte offset of the line for a record whose address has more than 64 bits or
 * whose size is not 1..4096, and for a last line without newline that is, or may be the beginning of, a record: the
 * recorder was cut off there, and even a whole record may lack digits of its size. Other such lines are skipped.
 */
export function parseLackey(trace: string | Uint8Array, path = "-"): LackeyTrace {
  const bytes = typeof trace === "string" ? new TextEncoder().encode(trace) : trace;
  // One character for each byte, so that offsets in the text are offsets in the bytes.
  const text = new TextDecoder("latin1").decode(bytes);
  const records: Access[] = [];
  let skippedLines = 0;
  let damagedLines = 0;

  for (let start = 0, lineNumber = 1; start < text.length; lineNumber++) {
    const newline = text.indexOf("\n", start);
    const isTorn = newline === -1;
    const end = isTorn ? text.length : newline;
    const line = text.slice(start, end);
    const fail = (reason: string): never => {
      throw new TraceError(reason, { path, record: records.length + 1, line: lineNumber, byteOffset: start });
    };

    if (line.length <= MAX_LINE_BYTES) {
      if (isTorn && START_OF_RECORD.test(line)) fail("the trace ends within a record: no newline after its last line");
      const match = RECORD.exec(line);
      if (match === null) {
        skippedLines++;
        if (HEAD.test(line)) damagedLines++;
      } else {
        const [, tag = "", addressDigits = "", sizeDigits = ""] = match;
        const kind = KIND_OF[tag] ?? fail(`no such record: ${tag}`);
        const va = BigInt(`0x${addressDigits}`);
        const size = Number(sizeDigits);
        if (va > MAX_VA) fail(`address of more than 64 bits: ${addressDigits}`);
        if (size < 1 || size > MAX_ACCESS_BYTES) fail(`size: got ${sizeDigits}; expected 1..${MAX_ACCESS_BYTES}`);
        records.push({ kind, va, size });
      }
    } else {
      skippedLines++;
      if (HEAD.test(line)) damagedLines++;
    }
    start = end + 1;
  }
  return { records, skippedLines, damagedLines };
}
