/** Dumps of which any part can be read without the rest: files in Node, blobs, byte arrays. */
import { DumpError, messageOf } from "../errors.ts";
import type { TraceInput } from "../trace/bytes.ts";
import { nodePathOf, runsInNode } from "../trace/node-file.ts";
import type { DumpBytes } from "./bytes.ts";

/**
 * Opens `input` for reads at any offset; `null` if it has to be streamed, or cannot be opened (streaming it then says
 * why). Throws DumpError for a device, which would have no end. `path` is for messages.
 */
export function openRandomAccess(input: TraceInput, path: string): DumpBytes | null {
  if (input instanceof Uint8Array) return new MemoryBytes(input, path);
  if (input instanceof Blob) return new BlobBytes(input, path);
  if (input instanceof URL) {
    const file = nodePathOf(input);
    return file === null ? null : openFile(file, path);
  }
  return typeof input === "string" && input !== "-" && runsInNode() ? openFile(input, path) : null;
}

class MemoryBytes implements DumpBytes {
  readonly path: string;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, path: string) {
    this.#bytes = bytes;
    this.path = path;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    return this.#bytes.subarray(offset, offset + length);
  }

  async size(): Promise<number> {
    return this.#bytes.length;
  }

  async close(): Promise<void> {}
}

class BlobBytes implements DumpBytes {
  readonly path: string;
  readonly #blob: Blob;

  constructor(blob: Blob, path: string) {
    this.#blob = blob;
    this.path = path;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const slice = this.#blob.slice(Math.min(offset, this.#blob.size), Math.min(offset + length, this.#blob.size));
    try {
      return new Uint8Array(await slice.arrayBuffer());
    } catch (error) {
      const reason = `could not be read; was it changed or moved? ${messageOf(error)}`;
      throw new DumpError(reason, { path: this.path, byteOffset: offset }, "unreadable", error);
    }
  }

  async size(): Promise<number> {
    return this.#blob.size;
  }

  async close(): Promise<void> {}
}

type Fs = typeof import("node:fs");

class FileBytes implements DumpBytes {
  readonly path: string;
  readonly #fs: Fs;
  readonly #sizeBytes: number;
  /** -1 once closed. */
  #fd: number;

  constructor(fs: Fs, fd: number, path: string) {
    this.#fs = fs;
    this.#fd = fd;
    this.#sizeBytes = fs.fstatSync(fd).size;
    this.path = path;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const target = new Uint8Array(Math.max(0, Math.min(length, this.#sizeBytes - offset)));
    let filled = 0;
    try {
      while (filled < target.length) {
        const got = this.#fs.readSync(this.#fd, target, filled, target.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
    } catch (error) {
      const at = { path: this.path, byteOffset: offset + filled };
      throw new DumpError(`could not be read: ${messageOf(error)}`, at, "unreadable", error);
    }
    return target.subarray(0, filled);
  }

  async size(): Promise<number> {
    return this.#sizeBytes;
  }

  async close(): Promise<void> {
    if (this.#fd >= 0) this.#fs.closeSync(this.#fd);
    this.#fd = -1;
  }
}

function openFile(file: string, path: string): DumpBytes | null {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  const stat = fs === undefined ? null : orNull(() => fs.statSync(file));
  if (fs === undefined || stat === null) return null;
  if (stat.isCharacterDevice() || stat.isBlockDevice()) {
    throw new DumpError("is a device; copy what it holds to a file first", { path }, "unreadable");
  }
  const fd = stat.isFile() ? orNull(() => fs.openSync(file, "r")) : null;
  return fd === null ? null : new FileBytes(fs, fd, path);
}

function orNull<Result>(call: () => Result): Result | null {
  try {
    return call();
  } catch {
    return null;
  }
}
