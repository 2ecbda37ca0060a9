/**
 * How many bytes a compressed file decompresses to, by what its container says at its ends. Nothing of it is checked: estimates are made
 * of it, never counts.
 */
import type { Compression } from "../trace/compression/decompressor.ts";

/** What is looked at of a stored file. */
export interface FileEnds {
  storedBytes: number;
  /** Its first bytes, and its last: 64 KiB each, or all. */
  start: Uint8Array;
  end: Uint8Array;
}

const GZIP_MODULUS = 2 ** 32;

/** Decompressed bytes; `null`: the file does not say, or it cannot be. `expected`: about how many they may be. */
export function plainBytesOf(compression: Compression, ends: FileEnds, expected: number): number | null {
  if (compression === "none") return ends.storedBytes;
  const told = { gzip: gzipBytes, zstd: zstdBytes, xz: xzBytes, zip: () => null }[compression](ends, expected);
  // Less than is stored: the last or first of several members, which does not tell of the others.
  return told !== null && told >= ends.storedBytes ? told : null;
}

/** The last four bytes are the size, mod 2^32 (RFC 1952 §2.3.1). */
function gzipBytes({ end }: FileEnds, expected: number): number | null {
  if (end.length < 18) return null; // a header of 10 bytes, and 8 at the end
  const low = viewOf(end).getUint32(end.length - 4, true);
  return low + Math.max(0, Math.round((expected - low) / GZIP_MODULUS)) * GZIP_MODULUS;
}

/** The header of the first frame may tell its size (RFC 8878 §3.1.1.1). */
function zstdBytes({ start }: FileEnds): number | null {
  if (start.length < 18) return null;
  const view = viewOf(start);
  if (view.getUint32(0, true) !== 0xfd2fb528) return null; // a frame to be skipped
  const descriptor = view.getUint8(4);
  const isSingleSegment = (descriptor >> 5) & 1;
  const at = 5 + (1 - isSingleSegment) + ([0, 1, 2, 4][descriptor & 3] ?? 0);
  switch (descriptor >> 6) {
    case 0:
      return isSingleSegment === 1 ? view.getUint8(at) : null;
    case 1:
      return view.getUint16(at, true) + 256;
    case 2:
      return view.getUint32(at, true);
    default:
      return Number(view.getBigUint64(at, true));
  }
}

/** The index at the end lists the blocks, with their sizes (The .xz File Format 1.0.4 §2.1.2 and §4). */
function xzBytes({ end }: FileEnds): number | null {
  const footer = end.length - 12;
  if (footer < 0 || end[end.length - 2] !== 0x59 || end[end.length - 1] !== 0x5a) return null;
  const indexBytes = (viewOf(end).getUint32(footer + 4, true) + 1) * 4;
  let at = footer - indexBytes;
  if (at < 0 || end[at++] !== 0) return null;
  let failed = false;
  const next = () => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 56; scale *= 128) {
      const byte = at < footer ? (end[at++] as number) : 256;
      if (byte > 255) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    failed = true;
    return 0;
  };
  let bytes = 0;
  for (let blocks = next(); blocks > 0 && !failed; blocks--) {
    next(); // as stored
    bytes += next();
  }
  return failed ? null : bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
