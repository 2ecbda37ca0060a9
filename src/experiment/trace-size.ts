/** How long a trace is, about, before it is read: by its size as stored, its compression, and how long its first records are. */
import type { Compression } from "../trace/compression/decompressor.ts";
import type { TraceFormat } from "../trace/formats/format.ts";
import { type FileEnds, plainBytesOf } from "./plain-bytes.ts";

/** What is known of a trace before it is read. */
export interface TraceSize {
  records: number;
  /** Of the decompressed file. */
  plainBytes: number;
  recordsPerInstruction: number;
  compression: Compression;
  /** How its records are written. */
  kind: "text" | "binary" | "packed";
  /** Whether it is known to lack its end. */
  isCutOff: boolean;
}

/** Decompressed bytes for each stored one, where the file does not say: those of lackey's logs of small programs. */
const RATIOS: Readonly<Record<Compression, number>> = { none: 1, gzip: 22, zstd: 40, xz: 60, zip: 14 };

/** Decompressed bytes of a record in formats that are not text; of ChampSim's, which have an instruction each, by what those of GNU sort have. */
const RECORD_BYTES: Readonly<Record<string, number>> = {
  champsim: 64 / 1.33,
  cloudsuite: 96 / 1.33,
  drmemtrace: 12.4,
  pwt: 0.12,
  "pwt-pages": 0.05,
};
const OTHER_RECORD_BYTES = 12;
/** Records of an instruction, its fetch included, where the first records do not tell. */
const RECORDS_PER_INSTRUCTION = 1.35;

/** Bytes of the end of a `.pwt` that have its totals (docs/pwt.md, "End marker"). */
const PWT_END_BYTES = 68;

/** Estimates the trace in a file of `format`, of which `head` are the first decompressed bytes. */
export function sizeOfTrace(
  { name, isText }: Pick<TraceFormat, "name" | "isText">,
  compression: Compression,
  ends: FileEnds,
  head: Uint8Array,
): TraceSize {
  const isPwt = name === "pwt" || name === "pwt-pages";
  const exact = isPwt && compression === "none" ? pwtTotals(ends) : null;
  const expected = ends.storedBytes * RATIOS[compression];
  const plainBytes = plainBytesOf(compression, ends, expected) ?? expected;
  const kind = isText ? "text" : isPwt ? "packed" : "binary";
  if (exact !== null) {
    const recordsPerInstruction = exact.instructions > 0 ? exact.records / exact.instructions : RECORDS_PER_INSTRUCTION;
    return { records: exact.records, plainBytes, recordsPerInstruction, compression, kind, isCutOff: false };
  }
  const lines = isText ? linesOf(head) : null;
  const each =
    lines !== null && lines.records > 0 ? head.length / lines.records : (RECORD_BYTES[name] ?? OTHER_RECORD_BYTES);
  const recordsPerInstruction =
    name === "lackey" && lines !== null && lines.fetches > 0 ? lines.records / lines.fetches : RECORDS_PER_INSTRUCTION;
  const isCutOff = isPwt && compression === "none";
  return { records: Math.round(plainBytes / each), plainBytes, recordsPerInstruction, compression, kind, isCutOff };
}

function pwtTotals({ end }: FileEnds): { records: number; instructions: number } | null {
  if (end.length < PWT_END_BYTES) return null;
  const view = new DataView(end.buffer, end.byteOffset + end.length - PWT_END_BYTES, PWT_END_BYTES);
  if (view.getUint8(0) !== 3 || view.getUint16(2, true) !== PWT_END_BYTES) return null; // it was cut off
  const [fetches, loads, stores, modifies, instructions] = [8, 16, 24, 32, 40].map((at) =>
    Number(view.getBigUint64(at, true)),
  ) as [number, number, number, number, number];
  return { records: fetches + loads + stores + modifies, instructions };
}

const NEWLINE = 10;
/** Signs that lines begin with which are no records: `==1234==` of Valgrind, `#`, and nothing. */
const NO_RECORDS = new Set([NEWLINE, "=".charCodeAt(0), "#".charCodeAt(0)]);
const FETCH = "I".charCodeAt(0);

/** Lines of records that end in `head`, and those of them that are fetches of lackey. */
function linesOf(head: Uint8Array): { records: number; fetches: number } {
  let records = 0;
  let fetches = 0;
  for (let start = 0; ; ) {
    const end = head.indexOf(NEWLINE, start);
    if (end === -1) return { records, fetches };
    const first = head[start] as number;
    if (!NO_RECORDS.has(first)) records++;
    if (first === FETCH) fetches++;
    start = end + 1;
  }
}
