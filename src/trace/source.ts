/**
 * Where the bytes of a trace come from, before decompression. Every source is read in pieces; none is ever held whole.
 */
import { messageOf, TraceError } from "../errors.ts";
import type { ByteReader, ByteSource, TraceInput } from "./bytes.ts";
import { nodeFileSource, nodePathOf, nodeStandardInput, runsInNode } from "./node-file.ts";
import { EMPTY, PieceReader, type Pieces } from "./pieces.ts";

/** Bytes of one read of a Blob, and reads that are under way at once. */
const BLOB_READ_BYTES = 2 << 20;
const BLOB_READS = 2;

/** Returns the source that `input` names or is. Opens nothing: what cannot be read fails in `open()`. */
export function byteSource(input: TraceInput): ByteSource {
  if (typeof input === "string") {
    if (input === "-") return nodeStandardInput();
    return runsInNode() ? nodeFileSource(input) : new FetchSource(input);
  }
  if (input instanceof URL) {
    const path = nodePathOf(input);
    return path === null ? new FetchSource(input.href) : nodeFileSource(path);
  }
  if (input instanceof Uint8Array) return new MemorySource(input);
  if (input instanceof Blob) return new BlobSource(input);
  return new StreamSource(input);
}

class MemorySource implements ByteSource {
  readonly path = "bytes";
  readonly reopenable = true;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get storedBytes(): number {
    return this.#bytes.length;
  }

  open(): ByteReader {
    return new MemoryReader(this.#bytes);
  }
}

class MemoryReader implements ByteReader {
  consumedBytes = 0;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(target: Uint8Array): number {
    const piece = this.#bytes.subarray(this.consumedBytes, this.consumedBytes + target.length);
    target.set(piece);
    this.consumedBytes += piece.length;
    return piece.length;
  }

  close(): void {}
}

class BlobSource implements ByteSource {
  readonly path: string;
  readonly reopenable = true;
  readonly #blob: Blob;

  constructor(blob: Blob) {
    this.#blob = blob;
    this.path = "name" in blob && typeof blob.name === "string" ? blob.name : "blob";
  }

  get storedBytes(): number {
    return this.#blob.size;
  }

  get parts(): Blob {
    return this.#blob;
  }

  open(): ByteReader {
    return new PieceReader(blobPieces(this.#blob, this.path));
  }
}

class StreamSource implements ByteSource {
  readonly path: string;
  readonly storedBytes = null;
  readonly reopenable = false;
  readonly #stream: ReadableStream<Uint8Array>;
  #opened = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#stream = stream;
    this.path = "name" in stream && typeof stream.name === "string" ? stream.name : "stream";
  }

  open(): ByteReader {
    if (this.#opened) throw new TraceError("a stream can be read only once", this);
    if (this.#stream.locked) throw new TraceError("the stream is already being read by something else", this);
    this.#opened = true;
    return new PieceReader(streamPieces(this.#stream, this.path));
  }
}

class FetchSource implements ByteSource {
  readonly path: string;
  readonly reopenable = true;
  /** Known once a response has come, unless the server encodes what it sends. */
  storedBytes: number | null = null;

  constructor(url: string) {
    this.path = url;
  }

  async open(): Promise<ByteReader> {
    let response: Response;
    try {
      response = await fetch(this.path);
    } catch (error) {
      throw new TraceError(`could not be fetched: ${messageOf(error)}`, this, error);
    }
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      throw new TraceError(`could not be fetched: HTTP status ${response.status} ${response.statusText}`.trim(), this);
    }
    const length = response.headers.get("content-length");
    this.storedBytes = length === null || response.headers.has("content-encoding") ? null : Number(length);
    return new PieceReader(streamPieces(response.body, this.path));
  }
}

/**
 * Reads on while what has come is worked on, into buffers that are used again: in a browser that is twice as fast as to
 * take what its stream makes, and three times as fast as slices.
 */
function blobPieces(blob: Blob, path: string): Pieces {
  const stream = blob.stream();
  const reader = byobReader(stream);
  if (reader === null) return streamPieces(stream, path);
  const ask = (buffer: ArrayBuffer) => {
    const asked = reader.read(new Uint8Array(buffer));
    asked.catch(() => undefined); // heard of when it is waited for
    return asked;
  };
  const bytes = Math.max(1, Math.min(BLOB_READ_BYTES, blob.size));
  const asked = Array.from({ length: BLOB_READS }, () => ask(new ArrayBuffer(bytes)));
  let last: ArrayBuffer | null = null;
  return {
    async next() {
      // What it held has been used up.
      if (last !== null) asked.push(ask(last));
      try {
        const { value } = (await asked.shift()) ?? {};
        last = value?.buffer ?? null;
        return value ?? EMPTY;
      } catch (error) {
        throw new TraceError(`could not be read; was it changed or moved? ${messageOf(error)}`, { path }, error);
      }
    },
    async close() {
      await reader.cancel().catch(() => undefined); // one that has failed already said so to next()
    },
  };
}

/** `null` where streams of Blobs are not of bytes. */
function byobReader(stream: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | null {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

function streamPieces(stream: ReadableStream<Uint8Array>, path: string): Pieces {
  const reader = stream.getReader();
  return {
    async next() {
      for (;;) {
        let result: ReadableStreamReadResult<Uint8Array>;
        try {
          result = await reader.read();
        } catch (error) {
          if (error instanceof TraceError) throw error;
          throw new TraceError(`broke off: ${messageOf(error)}`, { path }, error);
        }
        if (result.done) return EMPTY;
        if (!(result.value instanceof Uint8Array)) {
          throw new TraceError(`a stream of Uint8Array expected, but it carries ${typeof result.value}`, { path });
        }
        if (result.value.length > 0) return result.value;
      }
    },
    async close() {
      // A stream that has failed already said so to read().
      await reader.cancel().catch(() => undefined);
    },
  };
}
