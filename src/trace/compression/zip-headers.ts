/**
 * The headers of a zip archive (APPNOTE.TXT 6.3.10 of PKWARE, section 4.3), from bytes that hold them whole. Numbers of 64
 * bits are exact up to 2^53; larger ones are no sizes of anything, and compare unequal to all that is counted.
 */
import { viewOf } from "../bytes.ts";

export const LOCAL_HEADER = 0x04034b50;
export const DIRECTORY_HEADER = 0x02014b50;
export const END_OF_DIRECTORY = 0x06054b50;
export const END_OF_DIRECTORY_64 = 0x06064b50;
export const LOCATOR_64 = 0x07064b50;
const DESCRIPTOR = 0x08074b50;

export const LOCAL_HEADER_BYTES = 30;
export const DIRECTORY_HEADER_BYTES = 46;
export const END_OF_DIRECTORY_BYTES = 22;
export const END_OF_DIRECTORY_64_BYTES = 56;
export const LOCATOR_64_BYTES = 20;
/** Of a data descriptor, at most. */
export const DESCRIPTOR_BYTES = 24;

/** Extra field that holds what does not fit into 32 bits. */
const ZIP64_EXTRA = 1;
const ALL_ONES_32 = 0xffffffff;
const ALL_ONES_16 = 0xffff;

const FLAG_ENCRYPTED = 1 << 0;
const FLAG_DESCRIPTOR = 1 << 3;
const FLAG_UTF8 = 1 << 11;

/** What a member holds. */
export interface Sums {
  crc: number;
  storedBytes: number;
  plainBytes: number;
}

export interface LocalHeader {
  name: string;
  isEncrypted: boolean;
  method: number;
  /** `null`: they follow the data, in a descriptor. */
  sums: Sums | null;
}

/** Bytes of the whole local header that the LOCAL_HEADER_BYTES in `bytes` begin. */
export function localHeaderBytes(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  return LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

export function localHeader(bytes: Uint8Array): LocalHeader {
  const view = viewOf(bytes);
  const flags = view.getUint16(6, true);
  const nameEnd = LOCAL_HEADER_BYTES + view.getUint16(26, true);
  const decoder = new TextDecoder(flags & FLAG_UTF8 ? "utf-8" : "latin1");
  return {
    name: decoder.decode(bytes.subarray(LOCAL_HEADER_BYTES, nameEnd)),
    isEncrypted: (flags & FLAG_ENCRYPTED) !== 0,
    method: view.getUint16(8, true),
    sums: flags & FLAG_DESCRIPTOR ? null : sumsAt(view, 14, bytes.subarray(nameEnd)),
  };
}

/** Bytes of the whole entry of the directory that the DIRECTORY_HEADER_BYTES in `bytes` begin. */
export function directoryHeaderBytes(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  return DIRECTORY_HEADER_BYTES + view.getUint16(28, true) + view.getUint16(30, true) + view.getUint16(32, true);
}

export function directorySums(bytes: Uint8Array): Sums {
  const view = viewOf(bytes);
  const extraAt = DIRECTORY_HEADER_BYTES + view.getUint16(28, true);
  return sumsAt(view, 16, bytes.subarray(extraAt, extraAt + view.getUint16(30, true)));
}

/** Members that the end of the directory tells of; `null` if that is in the zip64 one. */
export function membersAtEnd(bytes: Uint8Array): number | null {
  const members = viewOf(bytes).getUint16(10, true);
  return members === ALL_ONES_16 ? null : members;
}

/** Bytes of the whole end of the directory that the END_OF_DIRECTORY_BYTES in `bytes` begin. */
export function endOfDirectoryBytes(bytes: Uint8Array): number {
  return END_OF_DIRECTORY_BYTES + viewOf(bytes).getUint16(20, true);
}

/** The same of the zip64 end of the directory. */
export function endOfDirectory64(bytes: Uint8Array): { bytes: number; members: number } {
  const view = viewOf(bytes);
  return { bytes: 12 + Number(view.getBigUint64(4, true)), members: Number(view.getBigUint64(32, true)) };
}

/**
 * Length of the data descriptor that `bytes` begin with, if it tells of `sums`; 0 otherwise. Whether it has a signature,
 * and 32 or 64 bits for sizes, nothing tells but what it then says, so it has to be right and a signature has to follow.
 */
export function descriptorBytes(bytes: Uint8Array, { crc, storedBytes, plainBytes }: Sums): number {
  const view = viewOf(bytes);
  for (const signed of [true, false]) {
    for (const wide of [false, true]) {
      const at = signed ? 4 : 0;
      const length = at + (wide ? 20 : 12);
      if (bytes.length < length || (signed && view.getUint32(0, true) !== DESCRIPTOR)) continue;
      const [stored, plain] = wide
        ? [Number(view.getBigUint64(at + 4, true)), Number(view.getBigUint64(at + 12, true))]
        : [view.getUint32(at + 4, true), view.getUint32(at + 8, true)];
      const follows = bytes.length < length + 2 || view.getUint16(length, true) === (LOCAL_HEADER & 0xffff);
      if (view.getUint32(at, true) === crc && stored === storedBytes && plain === plainBytes && follows) return length;
    }
  }
  return 0;
}

/** Checksum and sizes at `at`, those of 64 bits in the extra fields. */
function sumsAt(view: DataView, at: number, extra: Uint8Array): Sums {
  const storedBytes = view.getUint32(at + 4, true);
  const plainBytes = view.getUint32(at + 8, true);
  const wide = wideSizes(extra);
  let next = 0;
  const take = (narrow: number) => (narrow === ALL_ONES_32 ? (wide[next++] ?? narrow) : narrow);
  const plain = take(plainBytes); // this one comes first
  return { crc: view.getUint32(at, true), storedBytes: take(storedBytes), plainBytes: plain };
}

/** The numbers of the zip64 extra field, if there is one. */
function wideSizes(extra: Uint8Array): number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === ZIP64_EXTRA) {
      const sizes: number[] = [];
      for (let size = at + 4; size + 8 <= Math.min(end, extra.length); size += 8) {
        sizes.push(Number(view.getBigUint64(size, true)));
      }
      return sizes;
    }
    at = end;
  }
  return [];
}
