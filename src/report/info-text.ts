/** What a trace is, and what is wrong with it, as text for people. */
import { count, NOT_AVAILABLE, printable, seconds } from "./format.ts";
import { hexDump } from "./hex-dump.ts";
import { footprintTable, infoPairs, reuseTable, workingSetTable } from "./info-report.ts";
import { pairs, paragraphs, table } from "./lines.ts";
import { noteWords } from "./note-words.ts";
import { indented, itemized } from "./paragraphs.ts";
import { type PictureOptions, regionsPicture } from "./regions-picture.ts";
import type { InfoError, InfoFailure, InfoResult } from "./results.ts";
import type { Pair } from "./trace-words.ts";

const PLAIN: PictureOptions = { width: 80, ascii: false };

/** What is known of a trace without simulating a machine. Ends with a newline. */
export function infoText(result: InfoResult | InfoFailure, options: PictureOptions = PLAIN): string {
  if (!("time" in result)) return paragraphs(pairs([["trace", nameOf(result)]]), errorText(result.error));
  const { time, error, notes } = result;
  const isEmpty = result.trace.records === 0;
  const picture = regionsPicture(result, options);
  return paragraphs(
    ...(error === null ? [] : [`BEFORE THE ERROR that is told at the end, this trace holds:`]),
    pairs(infoPairs(result)),
    table(footprintTable(result)),
    ...(isEmpty ? [] : [table(reuseTable(result))]),
    ...(isEmpty || result.workingSet === null ? [] : [table(workingSetTable(result.workingSet))]),
    ...(picture === null ? [] : [picture]),
    ...(notes.length === 0 ? [] : [`Notes\n${itemized(notes.map((note) => noteWords(note, result)))}`]),
    pairs([["time", `${seconds(time.seconds)}, ${count(time.recordsPerSecond)} records/s`]]),
    ...(error === null ? [] : [errorText(error)]),
  );
}

function nameOf({ trace }: InfoFailure): string {
  return trace.path === "-" ? "standard input" : printable(trace.path);
}

/** What is wrong, where, why and what to do. */
function errorText(error: InfoError): string {
  const { likelyCause, neighbourhood } = error;
  const where: Pair[] = [];
  if (error.line !== null) where.push(["line", count(error.line)]);
  if (error.record !== null) where.push(["record", count(error.record)]);
  const isStored = error.storedOffset !== null;
  if (error.byteOffset !== null) {
    where.push(["byte", `${count(error.byteOffset)}${isStored ? " of the decompressed data" : ""}`]);
  }
  if (error.storedOffset !== null)
    where.push(["stored byte", `about ${count(error.storedOffset)} of the compressed data`]);
  const cause = likelyCause === null ? NOT_AVAILABLE : likelyCause.explanation;
  const parts = [
    "THE TRACE IS BAD",
    indented(printable(error.reason)),
    ...(where.length === 0 ? [] : [pairs(where.map(([label, value]) => [`  ${label}`, value] as const))]),
    indented(`likely cause: ${cause}`),
    ...(likelyCause === null ? [] : [indented(`what to do: ${likelyCause.advice}`)]),
  ].join("\n");
  return neighbourhood === null ? parts : `${parts}\n\n${hexDump(neighbourhood)}`;
}
