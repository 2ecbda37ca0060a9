/**
 * Finds how a trace is compressed by its first bytes and reads the plain bytes. All codecs hold bounded memory whatever
 * the input claims, and end in an error if the stored bytes are not exactly one or more whole members (gzip), frames
 * (zstd) or streams (xz), or one archive (zip).
 */
import type { ByteReader, ByteSource } from "../bytes.ts";
import { MAKE_TRACE } from "../drmemtrace-folder.ts";
import { peek, ReplayingReader } from "../peek.ts";
import { type Compression, DecompressingReader, truncated, unsupported } from "./decompressor.ts";
import { GzipStreamReader, gzipStreamIsStrict } from "./gzip-stream.ts";

/** Opens a file again from its beginning. */
type Reopen = () => ByteReader | Promise<ByteReader>;

/** Compressions that are recognised, but not read. */
export type UnsupportedCompression = "bzip2" | "lz4" | "snappy";

// gzip: RFC 1952 §2.3.1 with CM = 8, the only method there is. zstd: RFC 8878 §3.1.1. xz: The .xz File Format §2.1.1.1.
// zip: APPNOTE.TXT 6.3.10 §4.3.7 and §4.3.16.
const MAGIC: readonly { compression: Exclude<Compression, "none">; bytes: readonly number[] }[] = [
  { compression: "gzip", bytes: [0x1f, 0x8b, 0x08] },
  { compression: "zstd", bytes: [0x28, 0xb5, 0x2f, 0xfd] },
  { compression: "xz", bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { compression: "zip", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { compression: "zip", bytes: [0x50, 0x4b, 0x05, 0x06] }, // an empty one
];

const UNSUPPORTED_MAGIC: readonly { compression: UnsupportedCompression; bytes: readonly number[] }[] = [
  { compression: "bzip2", bytes: [0x42, 0x5a, 0x68] },
  { compression: "lz4", bytes: [0x04, 0x22, 0x4d, 0x18] },
  { compression: "lz4", bytes: [0x02, 0x21, 0x4c, 0x18] },
  { compression: "snappy", bytes: [0xff, 0x06, 0x00, 0x00, 0x73, 0x4e, 0x61, 0x50, 0x70, 0x59] },
];

const COMMAND: Readonly<Record<UnsupportedCompression, string>> = {
  bzip2: "bzip2 -dc",
  lz4: "lz4 -dc",
  snappy: "snzip -dc",
};

/** As DynamoRIO names them. Of what is compressed like that nothing else can be told. */
const RAW_FILE = /\.raw\.\w+$/;

/** How many of the first bytes `detectCompression` looks at, at most. */
const DETECTION_BYTES = 10;

/**
 * Returns what the first bytes of a file say about its compression; "none" if they match nothing. `head` holds the
 * first `DETECTION_BYTES` of the file, or all of a shorter one.
 */
export function detectCompression(head: Uint8Array): Compression | UnsupportedCompression {
  for (const { compression, bytes } of MAGIC) if (startsWith(head, bytes)) return compression;
  if (isSkippableFrame(head)) return "zstd";
  // "BZh" alone could begin a text; a digit for the block size and the bits of pi (or of its root, if empty) follow.
  const isBzip2 = startsWith(head.subarray(4), [0x31, 0x41, 0x59]) || startsWith(head.subarray(4), [0x17, 0x72, 0x45]);
  for (const { compression, bytes } of UNSUPPORTED_MAGIC) {
    if (startsWith(head, bytes) && (compression !== "bzip2" || isBzip2)) return compression;
  }
  return "none";
}

/** Opens `source` and decompresses it. Rejects as decompress() does. */
export async function openDecompressed(source: ByteSource): Promise<Decompressed> {
  return decompress(await source.open(), source.path, source.reopenable ? () => source.open() : null);
}

export interface Decompressed {
  compression: Compression;
  reader: ByteReader;
}

/**
 * Peeks at the first bytes of `reader` and returns a reader of the plain bytes. That reader owns `reader`: its
 * `consumedBytes` counts the stored bytes, and its `close` closes both. `reopen` opens the same file again from its
 * beginning, if that is possible.
 *
 * Rejects with TraceError, and closes `reader`, if the compression is not supported or the file ends within its
 * signature. Reads fail with TraceError if the data is truncated, corrupt, followed by something else, or needs more
 * memory than is allowed. An empty file is of compression "none" and ends at once. `path` is for messages.
 */
export async function decompress(
  reader: ByteReader,
  path: string,
  reopen: Reopen | null = null,
): Promise<Decompressed> {
  try {
    const head = await peek(reader, DETECTION_BYTES);
    const compression = detectCompression(head);
    const replayed = new ReplayingReader(head, reader);
    switch (compression) {
      case "none":
        refuseCutSignature(head, path);
        return { compression, reader: replayed };
      case "gzip":
        return { compression, reader: await openGzip(replayed, path, reopen) };
      case "zstd": {
        const { createZstdDecompressor } = await import("./zstd.ts");
        return { compression, reader: new DecompressingReader(replayed, await createZstdDecompressor(path), path) };
      }
      case "xz": {
        const { createXzDecompressor } = await import("./xz.ts");
        return { compression, reader: new DecompressingReader(replayed, await createXzDecompressor(path), path) };
      }
      case "zip": {
        const { openZip } = await import("./zip.ts");
        return { compression, reader: openZip(replayed, path) };
      }
      default:
        throw unsupported(
          path,
          RAW_FILE.test(path)
            ? `is a raw file of drmemtrace, compressed with ${compression}, which is not a trace yet; ${MAKE_TRACE}`
            : `is compressed with ${compression}, which pagewalk does not read; decompress it first, ` +
                `for example: ${COMMAND[compression]} FILE | pagewalk … -`,
        );
    }
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/** Uses zlib of Node, or of the browser, where there is one: several times as fast as pako. */
async function openGzip(stored: ByteReader, path: string, reopen: Reopen | null): Promise<ByteReader> {
  const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");
  if (zlib !== undefined) {
    const { openNodeGunzip } = await import("./gzip-node.ts");
    return openNodeGunzip(zlib, stored, path);
  }
  const openPako = async (reader: ByteReader) => {
    const { createPakoDecompressor } = await import("./gzip-pako.ts");
    return new DecompressingReader(reader, createPakoDecompressor(path), path);
  };
  if (reopen === null || !(await gzipStreamIsStrict())) return openPako(stored);
  return new GzipStreamReader(stored, async () => openPako(await reopen()));
}

/** Throws if the whole file is the beginning of a signature: it was compressed once, and lost all but that. */
function refuseCutSignature(head: Uint8Array, path: string): void {
  if (head.length === 0) return;
  for (const { compression, bytes } of MAGIC) {
    if (head.length < bytes.length && startsWith(bytes, head)) throw truncated(path, compression, head.length);
  }
}

/** A zstd file may begin with a frame to be skipped (pzstd writes one): 0x184D2A50 to 0x184D2A5F, RFC 8878 §3.1.2. */
function isSkippableFrame(head: Uint8Array): boolean {
  return ((head[0] ?? 0) & 0xf0) === 0x50 && startsWith(head.subarray(1), [0x2a, 0x4d, 0x18]);
}

function startsWith(bytes: ArrayLike<number>, prefix: ArrayLike<number>): boolean {
  for (let index = 0; index < prefix.length; index++) if (bytes[index] !== prefix[index]) return false;
  return true;
}
