/** Writes zip archives (APPNOTE.TXT 6.3.10 §4.3), in Node and in browsers. */
import { deflateRaw } from "pako";

export interface ZipMember {
  name: string;
  bytes: Uint8Array;
}

export interface ZipOptions {
  /** @default "deflate" */
  method?: "deflate" | "stored";
  /** Sizes stand behind the data, with a signature or without, in 32 or 64 bits. @default in the header */
  descriptor?: "signed" | "bare" | "signed64" | "bare64";
  /** Sizes stand in the extra fields, in 64 bits. @default false */
  zip64?: boolean;
}

interface Written {
  name: Uint8Array;
  crc: number;
  stored: number;
  plain: number;
  offset: number;
}

export function encodeZip(
  members: readonly ZipMember[],
  { method = "deflate", descriptor, zip64 = false }: ZipOptions = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const written: Written[] = [];
  const length = () => parts.reduce((sum, part) => sum + part.length, 0);
  const flags = 0x800 | (descriptor === undefined ? 0 : 8);
  const code = method === "stored" ? 0 : 8;
  for (const { name: text, bytes } of members) {
    const name = new TextEncoder().encode(text);
    const data = method === "stored" ? bytes : deflateRaw(bytes, { level: 6 });
    const one = { name, crc: crc32(bytes), stored: data.length, plain: bytes.length, offset: length() };
    written.push(one);
    const told = descriptor === undefined ? one : { crc: 0, stored: 0, plain: 0 };
    const [stored, plain, extra] = sizes(told.stored, told.plain, zip64 || (descriptor?.endsWith("64") ?? false));
    parts.push(u32(0x04034b50), u16(45), u16(flags), u16(code), u32(0), u32(told.crc), u32(stored), u32(plain));
    parts.push(u16(name.length), u16(extra.length), name, extra, data);
    if (descriptor === undefined) continue;
    const wide = descriptor.endsWith("64") ? u64 : u32;
    if (descriptor.startsWith("signed")) parts.push(u32(0x08074b50));
    parts.push(u32(one.crc), wide(one.stored), wide(one.plain));
  }
  const directoryAt = length();
  for (const one of written) {
    const [stored, plain, extra] = sizes(one.stored, one.plain, zip64);
    parts.push(u32(0x02014b50), u16(45), u16(45), u16(flags), u16(code), u32(0), u32(one.crc), u32(stored), u32(plain));
    parts.push(
      u16(one.name.length),
      u16(extra.length),
      u16(0),
      u16(0),
      u16(0),
      u32(0),
      u32(one.offset),
      one.name,
      extra,
    );
  }
  const directoryBytes = length() - directoryAt;
  const count = written.length;
  if (zip64) {
    const endAt = length();
    parts.push(u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0), u64(count), u64(count));
    parts.push(u64(directoryBytes), u64(directoryAt), u32(0x07064b50), u32(0), u64(endAt), u32(1));
  }
  const shownCount = zip64 ? 0xffff : count;
  parts.push(u32(0x06054b50), u16(0), u16(0), u16(shownCount), u16(shownCount));
  parts.push(u32(directoryBytes), u32(directoryAt), u16(3), new TextEncoder().encode("end"));
  const all = new Uint8Array(length());
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** `bytes` as DynamoRIO writes a trace: in chunks of `chunkBytes`. */
export function encodeChunks(bytes: Uint8Array, chunkBytes: number, options: ZipOptions = {}): Uint8Array<ArrayBuffer> {
  const count = Math.max(1, Math.ceil(bytes.length / chunkBytes));
  const members = Array.from({ length: count }, (_, index) => ({
    name: `chunk.${String(index).padStart(4, "0")}`,
    bytes: bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  }));
  return encodeZip(members, options);
}

function sizes(stored: number, plain: number, wide: boolean): [stored: number, plain: number, extra: Uint8Array] {
  if (!wide) return [stored, plain, new Uint8Array(0)];
  const extra = new Uint8Array(20);
  extra.set([...u16(1), ...u16(16), ...u64(plain), ...u64(stored)]);
  return [0xffffffff, 0xffffffff, extra];
}

function crc32(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest ^= byte;
    for (let bit = 0; bit < 8; bit++) rest = rest & 1 ? (rest >>> 1) ^ 0xedb88320 : rest >>> 1;
  }
  return ~rest >>> 0;
}

const u16 = (value: number) => Uint8Array.of(value & 0xff, value >> 8);
const u32 = (value: number) => new Uint8Array(new Uint32Array([value]).buffer);
const u64 = (value: number) => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);
