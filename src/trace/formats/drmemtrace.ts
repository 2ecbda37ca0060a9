/**
 * DynamoRIO drmemtrace, what `drrun -t drmemtrace -offline` and raw2trace leave in trace/: binary records of 12 bytes.
 * Decoded by assembly/decoders/drmemtrace.ts, where the layout stands.
 */
import { viewOf } from "../bytes.ts";
import type { TraceFormat } from "./format.ts";

const RECORD_BYTES = 12;
/** TRACE_TYPE_ and TRACE_MARKER_TYPE_ constants. */
const HEADER = 25;
const MARKER = 28;
const FILETYPE = 9;

/** Versions in headers up to which a file is taken for a drmemtrace; the decoder knows which it reads. */
const MAX_LIKELY_VERSION = 255;

/** Architectures that a file type can tell of (OFFLINE_FILE_TYPE_), and why they are not read. */
const REFUSED: readonly (readonly [bit: number, what: string])[] = [
  [0x8, "of a 64-bit Arm program (AArch64), whose page tables are not those of x86-64"],
  [0x10, "of a 32-bit Arm program, whose page tables are not those of x86-64"],
  [0x20, "of a 32-bit x86 program, and pagewalk walks the 4-level tables of x86-64"],
  [
    0x20000,
    "in the made-up instruction set of REGDEPS, whose instructions have other lengths than those that were executed, " +
      "so that fetches that cross pages would be wrong; take the trace that it was made from",
  ],
];

const FILTERS: readonly (readonly [bit: number, what: string])[] = [
  [0x1, "FILTERED"],
  [0x80, "IFILTERED"],
  [0x100, "DFILTERED"],
  [0x2000, "BIMODAL_FILTERED_WARMUP"],
];

export const drmemtrace: TraceFormat = {
  name: "drmemtrace",
  title: "DynamoRIO drmemtrace",
  specification: "DynamoRIO, clients/drcachesim/common/trace_entry.h, trace_entry_t of 12 bytes",
  example: "19 00 00 00 04 00 00 00 00 00 00 00",
  decoder: "DRMEMTRACE",
  isText: false,
  isVirtual: true,
  reasons: {
    "torn-record": (bytes) =>
      bytes.length === 0
        ? "the trace ends without its footer (a record of type 26), so that records are missing; it was cut off (the " +
          "recording or a download was stopped)"
        : `the trace ends inside a record of ${RECORD_BYTES} bytes; it was cut off (the recording or a download was stopped)`,
    "bad-record": (bytes) => {
      const type = bytes[0] === undefined ? "none" : typeOf(bytes);
      return type === 17
        ? "an INSTR_BUNDLE holds 1 to 8 lengths and follows an instruction; the trace is damaged"
        : `a record of type ${type}, but there are types 0 to 49; the trace is damaged, or its records are not of ` +
            `${RECORD_BYTES} bytes`;
    },
    "size-out-of-range":
      "the size (bytes 2 and 3) is out of range; expected 1 to 4096 bytes, or 0 of data; the trace is damaged",
    filtered: (bytes) =>
      `the file type says ${namesOf(FILTERS, bytes).join(", ")}: a cache filter has left out what hit in a small cache, ` +
      "so that TLBs would be shown to miss far more of what remains; record it without -L0_filter and -L0I_filter",
    unsupported: unsupported,
  },
  detect: (head) => {
    if (head.length < RECORD_BYTES || typeOf(head) !== HEADER || sizeOf(head) !== 0) return false;
    return (addressOf(head) > 0n && addressOf(head) <= BigInt(MAX_LIKELY_VERSION)) || hasShortRecords(head);
  },
};

/**
 * Whether `head` begins a raw file, of which raw2trace makes a trace: records of 8 bytes (offline_entry_t of the same
 * header) with what they are in the last byte, of which the first is a header, with version and file type in either
 * order, and the second a thread, a process, a time or a marker.
 */
export function isRawDrmemtrace(head: Uint8Array): boolean {
  const isZero = (from: number, to: number) => head.subarray(from, to).every((byte) => byte === 0);
  const [first, second] = [head[7], head[15]];
  const isHeader = (first === 0xc0 && isZero(1, 6)) || (first === 0xc4 && isZero(3, 6));
  return isHeader && (second === 0x40 || second === 0x60 || second === 0x80 || second === 0xc2);
}

function unsupported(bytes: Uint8Array): string {
  if (typeOf(bytes) === MARKER && sizeOf(bytes) === FILETYPE) {
    return `the file type says that the trace is ${namesOf(REFUSED, bytes).join(", and ")}`;
  }
  if (hasShortRecords(bytes)) {
    return `records of 8 bytes, as of a 32-bit program; expected ${RECORD_BYTES}, as of a 64-bit one`;
  }
  return `version ${addressOf(bytes)}; pagewalk reads versions 1 to 8. Is there a newer pagewalk?`;
}

/** Whether the 12 bytes are a header of 8, with a version, and the beginning of a marker, thread or process behind it. */
function hasShortRecords(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  const version = view.getUint32(4, true);
  return version > 0 && version <= MAX_LIKELY_VERSION && [MARKER, 22, 24].includes(view.getUint16(8, true));
}

function namesOf(table: readonly (readonly [bit: number, what: string])[], bytes: Uint8Array): string[] {
  const fileType = Number(addressOf(bytes) & 0xffffffffn);
  return table.filter(([bit]) => (fileType & bit) !== 0).map(([, what]) => what);
}

function typeOf(bytes: Uint8Array): number {
  return viewOf(bytes).getUint16(0, true);
}

function sizeOf(bytes: Uint8Array): number {
  return viewOf(bytes).getUint16(2, true);
}

function addressOf(bytes: Uint8Array): bigint {
  return viewOf(bytes).getBigUint64(4, true);
}
