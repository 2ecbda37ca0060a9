/** The loadable segments of an x86-64 ELF file (System V ABI, "Program Header"). */
import { closeSync, openSync, readSync } from "node:fs";

export interface Segment {
  /** First byte in the file, and the one behind the last. */
  start: bigint;
  end: bigint;
  /** `r-x`. */
  permissions: string;
}

const HEADER_BYTES = 64;
const TABLE_OFFSET_AT = 32;
const ENTRY_BYTES_AT = 54;
const ENTRIES_AT = 56;
const ENTRY_BYTES = 56;
const TYPE_LOAD = 1;
const FLAGS_AT = 4;
const FILE_OFFSET_AT = 8;
const FILE_BYTES_AT = 32;
/** No loader takes more. */
const MAX_ENTRIES = 256;

/** Those of the file at `path`, in the order of the file; none if it is not such a file or cannot be read. */
export function loadableSegments(path: string): Segment[] {
  try {
    const descriptor = openSync(path, "r");
    try {
      return segmentsOf((bytes, at) => {
        const read = Buffer.alloc(bytes);
        return readSync(descriptor, read, 0, bytes, at) === bytes ? read : null;
      });
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return [];
  }
}

function segmentsOf(read: (bytes: number, at: number) => Buffer | null): Segment[] {
  const header = read(HEADER_BYTES, 0);
  if (header === null || header.toString("latin1", 0, 4) !== "\x7fELF") return [];
  const entries = header.readUInt16LE(ENTRIES_AT);
  if (header.readUInt16LE(ENTRY_BYTES_AT) !== ENTRY_BYTES || entries > MAX_ENTRIES) return [];
  const table = read(entries * ENTRY_BYTES, Number(header.readBigUInt64LE(TABLE_OFFSET_AT)));
  if (table === null) return [];
  return Array.from({ length: entries }, (_, index) => table.subarray(index * ENTRY_BYTES))
    .filter((entry) => entry.readUInt32LE(0) === TYPE_LOAD)
    .map((entry) => {
      const start = entry.readBigUInt64LE(FILE_OFFSET_AT);
      const flags = entry.readUInt32LE(FLAGS_AT);
      const permissions = `${flags & 4 ? "r" : "-"}${flags & 2 ? "w" : "-"}${flags & 1 ? "x" : "-"}`;
      return { start, end: start + entry.readBigUInt64LE(FILE_BYTES_AT), permissions };
    })
    .sort((one, other) => (one.start < other.start ? -1 : 1));
}
