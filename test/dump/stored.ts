/** Compressed files whose data is stored as it is: valid, and made without a compressor. */
import { crc32, gzipSync } from "node:zlib";
import type { Compression } from "../../src/trace/compression/decompressor.ts";
import { encodeZip } from "../formats/zip.ts";

export const COMPRESS: Readonly<Record<Compression, (bytes: Uint8Array) => Uint8Array>> = {
  none: (bytes) => bytes,
  gzip: (bytes) => gzipSync(bytes, { level: 1 }),
  zstd: storedZstd,
  xz: storedXz,
  zip: (bytes) => encodeZip([{ name: "dump", bytes }], { method: "stored" }),
};

/** One frame of raw blocks (RFC 8878 §3.1.1), with its content size and without a checksum. */
function storedZstd(bytes: Uint8Array): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32LE(0xfd2fb528, 0);
  header[4] = 0xe0; // an 8-byte content size, a single segment
  header.writeBigUInt64LE(BigInt(bytes.length), 5);
  const parts: Uint8Array[] = [header];
  const blockBytes = 128 << 10;
  for (let at = 0; at === 0 || at < bytes.length; at += blockBytes) {
    const block = bytes.subarray(at, at + blockBytes);
    const isLast = at + blockBytes >= bytes.length;
    const blockHeader = Buffer.alloc(3);
    blockHeader.writeUIntLE((block.length << 3) | (isLast ? 1 : 0), 0, 3);
    parts.push(blockHeader, block);
  }
  return Buffer.concat(parts);
}

/** One block of uncompressed LZMA2 chunks with CRC32 (The .xz File Format §2 to §4, §5.3.1). */
function storedXz(bytes: Uint8Array): Uint8Array {
  const flags = Buffer.from([0, 1]);
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 0x10000) {
    const chunk = bytes.subarray(at, at + 0x10000);
    chunks.push(Buffer.from([at === 0 ? 1 : 2, (chunk.length - 1) >> 8, (chunk.length - 1) & 0xff]), chunk);
  }
  // One filter, LZMA2, of one byte of properties: a dictionary of 64 KiB.
  const blockHeader = withCrc(Buffer.from([2, 0, 0x21, 1, 8, 0, 0, 0]));
  const data = Buffer.concat([...chunks, Buffer.from([0])]);
  const unpaddedBytes = blockHeader.length + data.length + 4;
  const block = Buffer.concat([blockHeader, padded(data), word(crc32(bytes))]);
  const index = withCrc(padded(Buffer.from([0, 1, ...integer(unpaddedBytes), ...integer(bytes.length)])));
  const footer = Buffer.concat([word(index.length / 4 - 1), flags]);
  return Buffer.concat([
    Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]),
    withCrc(flags),
    block,
    index,
    word(crc32(footer)),
    footer,
    Buffer.from("YZ"),
  ]);
}

function withCrc(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, word(crc32(bytes))]);
}

function word(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function padded(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function integer(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...integer(Math.floor(value / 128))];
}
