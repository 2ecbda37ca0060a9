/** CRC-32 of ISO 3309, as in zip and gzip: by zlib of Node, or by tables. */

/** Returns the checksum of what `crc` is that of (0: of nothing), followed by `bytes`. */
export const crc32: (crc: number, bytes: Uint8Array) => number = crc32OfNode() ?? crc32ByTables;

const POLYNOMIAL = 0xedb88320;
/** Bytes that one step takes in. */
const STEP = 4;
let tables: Uint32Array | null = null;

/** The same, without Node. */
export function crc32ByTables(crc: number, bytes: Uint8Array): number {
  tables ??= makeTables();
  const at = (table: number, index: number) => (tables as Uint32Array)[(table << 8) | (index & 0xff)] as number;
  let rest = ~crc;
  let from = 0;
  for (const end = bytes.length - (bytes.length % STEP); from < end; from += STEP) {
    const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = [bytes[from], bytes[from + 1], bytes[from + 2], bytes[from + 3]];
    const word = rest ^ (b0 | (b1 << 8) | (b2 << 16) | (b3 << 24));
    rest = at(3, word) ^ at(2, word >>> 8) ^ at(1, word >>> 16) ^ at(0, word >>> 24);
  }
  for (; from < bytes.length; from++) rest = (rest >>> 8) ^ at(0, rest ^ (bytes[from] as number));
  return ~rest >>> 0;
}

function crc32OfNode(): ((crc: number, bytes: Uint8Array) => number) | null {
  const own = globalThis.process?.getBuiltinModule?.("node:zlib")?.crc32;
  return own === undefined ? null : (crc, bytes) => own(bytes, crc);
}

/** Table n has the checksums of each byte with n zero bytes behind it. */
function makeTables(): Uint32Array {
  const made = new Uint32Array(STEP << 8);
  for (let byte = 0; byte < 256; byte++) {
    let rest = byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
    made[byte] = rest;
  }
  for (let index = 256; index < made.length; index++) {
    const before = made[index - 256] as number;
    made[index] = (before >>> 8) ^ (made[before & 0xff] as number);
  }
  return made;
}
