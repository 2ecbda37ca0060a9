/** Writes DynamoRIO drmemtrace: records of 12 bytes, as trace_entry.h has them. */
import type { Access } from "../reference/access.ts";

export interface DrRecord {
  type: number;
  size: number;
  address: bigint;
}

/** TRACE_TYPE_ constants. */
export const DR = {
  READ: 0,
  WRITE: 1,
  INSTR: 10,
  INSTR_BUNDLE: 17,
  THREAD: 22,
  THREAD_EXIT: 23,
  PID: 24,
  HEADER: 25,
  FOOTER: 26,
  MARKER: 28,
  INSTR_NO_FETCH: 29,
  INSTR_MAYBE_FETCH: 30,
  ENCODING: 47,
} as const;

/** TRACE_MARKER_TYPE_ constants. */
export const DR_MARKER = { TIMESTAMP: 2, CPU_ID: 3, FILETYPE: 9, VERSION: 12 } as const;

/** OFFLINE_FILE_TYPE_ARCH_X86_64. */
const X86_64 = 0x40n;

export function drRecord(type: number, size: number, address: bigint | number): DrRecord {
  return { type, size, address: BigInt(address) };
}

export function drMarker(marker: number, value: bigint | number): DrRecord {
  return drRecord(DR.MARKER, marker, value);
}

/** How a file of one thread begins. */
export function drHeader({ tid = 1, pid = 1, fileType = X86_64 as bigint, version = 4 } = {}): DrRecord[] {
  return [
    drRecord(DR.HEADER, 0, version),
    drMarker(DR_MARKER.VERSION, version),
    drMarker(DR_MARKER.FILETYPE, fileType),
    drRecord(DR.THREAD, 4, tid),
    drRecord(DR.PID, 4, pid),
  ];
}

/** How it ends. */
export function drFooter(tid = 1): DrRecord[] {
  return [drRecord(DR.THREAD_EXIT, 4, tid), drRecord(DR.FOOTER, 0, 0)];
}

export function encodeDrRecords(records: readonly DrRecord[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(12 * records.length);
  const view = new DataView(bytes.buffer);
  records.forEach(({ type, size, address }, index) => {
    view.setUint16(12 * index, type, true);
    view.setUint16(12 * index + 2, size, true);
    view.setBigUint64(12 * index + 4, address, true);
  });
  return bytes;
}

/** A whole file of `records`. A modify is a read and a write. */
export function encodeDrmemtrace(records: readonly Access[]): Uint8Array<ArrayBuffer> {
  const written = records.flatMap(({ kind, va, size }) => {
    const types = { fetch: [DR.INSTR], load: [DR.READ], store: [DR.WRITE], modify: [DR.READ, DR.WRITE] }[kind];
    return types.map((type) => drRecord(type, size, va));
  });
  return encodeDrRecords([...drHeader(), ...written, ...drFooter()]);
}
