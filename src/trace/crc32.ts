/** CRC-32 of ISO 3309, as in gzip, zip and `.pwt`: reflected polynomial 0xedb88320, start and end inverted. */

const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/** The CRC-32 of what `crc` is the CRC-32 of, and `bytes` after it. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  return zlib?.crc32?.(bytes, crc) ?? crc32ByTables(bytes, crc);
}

/** Four bytes a turn: T[k][b] is the CRC of b and k zero bytes. */
const T = Array.from({ length: 4 }, () => new Uint32Array(256));
const [T0, T1, T2, T3] = T as [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  T0[byte] = crc;
}
for (let byte = 0; byte < 256; byte++) {
  for (let zeros = 1; zeros < 4; zeros++) {
    const before = T[zeros - 1]?.[byte] ?? 0;
    (T[zeros] as Uint32Array)[byte] = (before >>> 8) ^ (T0[before & 255] as number);
  }
}

/** crc32() where there is no zlib, as in browsers. */
export function crc32ByTables(bytes: Uint8Array, start = 0): number {
  let crc = ~start;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    crc ^=
      (bytes[at] as number) |
      ((bytes[at + 1] as number) << 8) |
      ((bytes[at + 2] as number) << 16) |
      ((bytes[at + 3] as number) << 24);
    crc =
      (T3[crc & 255] as number) ^
      (T2[(crc >>> 8) & 255] as number) ^
      (T1[(crc >>> 16) & 255] as number) ^
      (T0[crc >>> 24] as number);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 255] as number);
  return ~crc >>> 0;
}
