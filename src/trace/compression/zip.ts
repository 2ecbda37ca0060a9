/**
 * zip, read from its beginning on, as a trace stands in it: one member, or the chunks that DynamoRIO cuts a trace into
 * (chunk.0000, chunk.0001, …), one behind the other. What the headers of members say is checked against the data, and the
 * directory at the end against the members, so that an archive that was cut off between members is found out.
 */
import type { ByteReader } from "../bytes.ts";
import { crc32 } from "../crc32.ts";
import { EMPTY, PieceReader, type Pieces } from "../pieces.ts";
import { corrupt, INPUT_CHUNK_BYTES, truncated, unsupported } from "./decompressor.ts";
import { createRawInflater, InflateError, type More, type RawInflater } from "./inflate-raw.ts";
import * as headers from "./zip-headers.ts";

const METHOD_STORED = 0;
const METHOD_DEFLATE = 8;
/** Methods that are not read, by the names that people know. */
const METHODS: Readonly<Record<number, string>> = { 9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz" };

const CHUNK = /^(?:.*\/)?chunk\.(\d+)$/;
/** Characters of a name that messages show. */
const SHOWN_NAME_LENGTH = 60;

/** A reader of the plain bytes of `stored`, which it owns. `path` is for messages. */
export function openZip(stored: ByteReader, path: string, createInflater = createRawInflater): ByteReader {
  return new ZipReader(stored, path, createInflater);
}

type CreateInflater = (more: More) => Promise<RawInflater>;

class ZipReader implements ByteReader {
  readonly #stored: ByteReader;
  readonly #reader: PieceReader;

  constructor(stored: ByteReader, path: string, createInflater: CreateInflater) {
    this.#stored = stored;
    this.#reader = new PieceReader(new ZipPieces(stored, path, createInflater));
  }

  get consumedBytes(): number {
    return this.#stored.consumedBytes;
  }

  read(target: Uint8Array): number | Promise<number> {
    return this.#reader.read(target);
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

class ZipPieces implements Pieces {
  readonly #path: string;
  readonly #createInflater: CreateInflater;
  readonly #reader: ByteReader;
  readonly #stored: StoredBytes;
  readonly #plain: AsyncGenerator<Uint8Array, void>;
  #inflater: RawInflater | null = null;
  /** Of all members together, as the directory has to have them. */
  #members = { count: 0, crcs: 0, plainBytes: 0 };
  /** Members that are not folders, the name of the first, and the number of the next chunk, if that was one. */
  #files = 0;
  #firstName: string | null = null;
  #nextChunk: number | null = null;
  #isClosed = false;

  constructor(reader: ByteReader, path: string, createInflater: CreateInflater) {
    this.#path = path;
    this.#createInflater = createInflater;
    this.#reader = reader;
    this.#stored = new StoredBytes(reader);
    this.#plain = this.#read();
  }

  async next(): Promise<Uint8Array> {
    try {
      for (;;) {
        const { done, value } = await this.#plain.next();
        if (done || this.#isClosed) return EMPTY;
        if (value.length > 0) return value;
      }
    } catch (error) {
      if (this.#isClosed) return EMPTY; // which ended the wait
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#inflater?.close();
    await this.#reader.close();
  }

  async *#read(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const signature = new DataView((await this.#whole(4)).slice().buffer).getUint32(0, true);
      if (signature !== headers.LOCAL_HEADER) break;
      yield* this.#readMember();
    }
    await this.#checkDirectory();
    if (this.#firstName === null) throw unsupported(this.#path, "is a zip archive without a file in it");
  }

  async *#readMember(): AsyncGenerator<Uint8Array, void> {
    const start = await this.#whole(headers.LOCAL_HEADER_BYTES);
    const bytes = headers.localHeaderBytes(start);
    const header = headers.localHeader(await this.#whole(bytes));
    this.#stored.skip(bytes);
    this.#admit(header);
    const sums: headers.Sums = { crc: 0, storedBytes: 0, plainBytes: 0 };
    const pieces = header.method === METHOD_STORED ? this.#copy(header, sums) : this.#inflate(header, sums);
    for await (const piece of pieces) {
      sums.crc = crc32(piece, sums.crc);
      sums.plainBytes += piece.length;
      if (header.sums !== null && sums.plainBytes > header.sums.plainBytes) throw this.#wrong(header, "plain bytes");
      yield piece;
    }
    if (header.sums === null) await this.#skipDescriptor(header, sums);
    else if (header.sums.plainBytes !== sums.plainBytes) throw this.#wrong(header, "plain bytes");
    else if (header.sums.crc !== sums.crc) throw this.#wrong(header, "checksum");
    this.#members.count++;
    this.#members.crcs = (this.#members.crcs ^ sums.crc) >>> 0;
    this.#members.plainBytes += sums.plainBytes;
  }

  /** Throws if the member is none that can be read, or no part of the same trace as those before it. */
  #admit({ name, isEncrypted, method, sums }: headers.LocalHeader): void {
    if (isEncrypted) throw unsupported(this.#path, `its member ${shown(name)} is encrypted; decrypt it first`);
    if (method !== METHOD_DEFLATE && (method !== METHOD_STORED || sums === null)) {
      const how =
        method === METHOD_STORED ? "stored without a size" : `compressed with ${METHODS[method] ?? `method ${method}`}`;
      const advice = `extract it first, for example: unzip -p FILE | pagewalk … -`;
      throw unsupported(this.#path, `its member ${shown(name)} is ${how}, which pagewalk does not read; ${advice}`);
    }
    if (name.endsWith("/")) return; // a folder
    const chunk = CHUNK.exec(name)?.[1];
    const number = chunk === undefined ? null : Number(chunk);
    if (this.#firstName === null) {
      this.#firstName = name;
      this.#nextChunk = number === null ? null : 0;
    }
    if (++this.#files > 1 && (this.#nextChunk === null || number === null)) {
      throw unsupported(
        this.#path,
        `holds several files, such as ${shown(this.#firstName)} and ${shown(name)}, that are not the chunks of one trace; ` +
          "extract the one that is the trace: unzip -p FILE MEMBER | pagewalk … -",
      );
    }
    if (this.#nextChunk === null || number === null) return;
    if (number !== this.#nextChunk) {
      const expected = `chunk.${String(this.#nextChunk).padStart(4, "0")}`;
      throw corrupt(this.#path, "zip", `the member ${shown(name)} stands where ${expected} was expected`);
    }
    this.#nextChunk++;
  }

  async *#copy({ sums }: headers.LocalHeader, found: headers.Sums): AsyncGenerator<Uint8Array, void> {
    for (let left = sums?.storedBytes ?? 0; left > 0; ) {
      const piece = await this.#stored.piece(left);
      if (piece.length === 0) throw this.#truncated();
      left -= piece.length;
      found.storedBytes += piece.length;
      yield piece;
    }
  }

  async *#inflate(header: headers.LocalHeader, found: headers.Sums): AsyncGenerator<Uint8Array, void> {
    const size = header.sums?.storedBytes ?? Infinity;
    const more: More = async () => {
      if (found.storedBytes >= size) return EMPTY;
      const piece = await this.#stored.piece(size - found.storedBytes);
      if (piece.length === 0) throw this.#truncated();
      found.storedBytes += piece.length;
      return piece;
    };
    const inflater = await this.#createInflater(more);
    this.#inflater = inflater;
    try {
      for (;;) {
        const piece = await inflater.next();
        if (piece.length === 0) break;
        yield piece;
      }
    } catch (error) {
      if (!(error instanceof InflateError)) throw error;
      throw error.isTruncated ? this.#wrong(header, "stored bytes") : this.#corrupt(header, error.message, error);
    } finally {
      inflater.close();
      this.#inflater = null;
    }
    this.#stored.unread(inflater.unusedBytes);
    found.storedBytes -= inflater.unusedBytes;
    if (header.sums !== null && found.storedBytes !== size) throw this.#wrong(header, "stored bytes");
  }

  async #skipDescriptor(header: headers.LocalHeader, sums: headers.Sums): Promise<void> {
    const next = await this.#stored.have(headers.DESCRIPTOR_BYTES + 2);
    const bytes = headers.descriptorBytes(next, sums);
    if (bytes > 0) this.#stored.skip(bytes);
    else if (next.length < headers.DESCRIPTOR_BYTES) throw this.#truncated();
    else throw this.#wrong(header, "checksum or size behind the data");
  }

  /** Reads on to the end of the file. */
  async #checkDirectory(): Promise<void> {
    const listed = { count: 0, crcs: 0, plainBytes: 0 };
    let members64: number | null = null;
    for (;;) {
      const signature = new DataView((await this.#whole(4)).slice().buffer).getUint32(0, true);
      if (signature === headers.DIRECTORY_HEADER) {
        const bytes = headers.directoryHeaderBytes(await this.#whole(headers.DIRECTORY_HEADER_BYTES));
        const sums = headers.directorySums(await this.#whole(bytes));
        this.#stored.skip(bytes);
        listed.count++;
        listed.crcs = (listed.crcs ^ sums.crc) >>> 0;
        listed.plainBytes += sums.plainBytes;
      } else if (signature === headers.END_OF_DIRECTORY_64) {
        const end = headers.endOfDirectory64(await this.#whole(headers.END_OF_DIRECTORY_64_BYTES));
        await this.#whole(end.bytes);
        this.#stored.skip(end.bytes);
        members64 = end.members;
      } else if (signature === headers.LOCATOR_64) {
        await this.#whole(headers.LOCATOR_64_BYTES);
        this.#stored.skip(headers.LOCATOR_64_BYTES);
      } else if (signature === headers.END_OF_DIRECTORY) {
        break;
      } else {
        throw corrupt(this.#path, "zip", "neither a member nor the directory stands behind the last member");
      }
    }
    const start = await this.#whole(headers.END_OF_DIRECTORY_BYTES);
    const bytes = headers.endOfDirectoryBytes(start);
    const members = headers.membersAtEnd(start) ?? members64 ?? listed.count;
    await this.#whole(bytes);
    this.#stored.skip(bytes);
    const { count, crcs, plainBytes } = this.#members;
    if (members !== count || listed.count !== count || listed.crcs !== crcs || listed.plainBytes !== plainBytes) {
      const detail = `its directory lists ${listed.count} members (${members} at its end), but ${count} were found`;
      throw corrupt(
        this.#path,
        "zip",
        listed.count === count && members === count ? "its directory lists others" : detail,
      );
    }
    if ((await this.#stored.have(1)).length > 0)
      throw corrupt(this.#path, "zip", "something else follows its directory");
  }

  async #whole(bytes: number): Promise<Uint8Array> {
    if (bytes > INPUT_CHUNK_BYTES) throw corrupt(this.#path, "zip", `a header of ${bytes} bytes`);
    const found = await this.#stored.have(bytes);
    if (found.length < bytes) throw this.#truncated();
    return found;
  }

  #truncated(): Error {
    return truncated(this.#path, "zip", this.#reader.consumedBytes);
  }

  #wrong(header: headers.LocalHeader, what: string): Error {
    return this.#corrupt(header, `its ${what} are not what its header says`.replace("checksum are", "checksum is"));
  }

  #corrupt({ name }: headers.LocalHeader, detail: string, cause?: unknown): Error {
    return corrupt(this.#path, "zip", `in its member ${shown(name)}: ${detail}`, cause);
  }
}

/** The stored bytes, looked at before they are taken. */
class StoredBytes {
  readonly #reader: ByteReader;
  readonly #buffer = new Uint8Array(INPUT_CHUNK_BYTES);
  #from = 0;
  #to = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The next `bytes` bytes, at most INPUT_CHUNK_BYTES; fewer at the end. They are not taken. Valid until the next call. */
  async have(bytes: number): Promise<Uint8Array> {
    if (this.#to - this.#from < bytes && this.#from > 0) {
      this.#buffer.copyWithin(0, this.#from, this.#to);
      this.#to -= this.#from;
      this.#from = 0;
    }
    while (this.#to < this.#from + bytes) {
      const got = await this.#reader.read(this.#buffer.subarray(this.#to));
      if (got === 0) break;
      this.#to += got;
    }
    return this.#buffer.subarray(this.#from, Math.min(this.#from + bytes, this.#to));
  }

  /** Takes bytes that have() returned. */
  skip(bytes: number): void {
    this.#from += bytes;
  }

  /** Takes what comes next, `most` bytes at most; nothing at the end. Valid until the next call. */
  async piece(most: number): Promise<Uint8Array> {
    if (this.#from === this.#to) {
      this.#from = 0;
      this.#to = await this.#reader.read(this.#buffer);
    }
    const piece = this.#buffer.subarray(this.#from, Math.min(this.#to, this.#from + most));
    this.#from += piece.length;
    return piece;
  }

  /** Gives back the last `bytes` of the piece that was taken last. */
  unread(bytes: number): void {
    this.#from -= bytes;
  }
}

/** A name that whoever made the archive chose, for messages. */
function shown(name: string): string {
  const printable = name
    .replace(/["\\]/g, "\\$&")
    .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return `"${printable.length > SHOWN_NAME_LENGTH ? `${printable.slice(0, SHOWN_NAME_LENGTH)}…` : printable}"`;
}
