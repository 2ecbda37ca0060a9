/**
 * Files and standard input in Node. The modules of Node come from `process.getBuiltinModule`, so that a bundler for
 * browsers sees no import to resolve; in a browser every function here says so instead of failing to load.
 */
import { messageOf, TraceError } from "../errors.ts";
import type { ByteReader, ByteSource } from "./bytes.ts";
import type { PartsReader } from "./parts.ts";
import { EMPTY, PieceReader, type Pieces } from "./pieces.ts";

type Fs = typeof import("node:fs");

/** Milliseconds between attempts while a non-blocking standard input has nothing yet; doubles up to the second. */
const RETRY_MS = { first: 1, last: 20 };

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file: a part of the path is not a directory",
  EISDIR: "is a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EMFILE: "too many open files",
  ENFILE: "too many open files",
  ELOOP: "too many symbolic links",
  ENAMETOOLONG: "the name is too long",
  EIO: "the device reports an input error",
};

/** Tells whether the modules of Node are there. */
export function runsInNode(): boolean {
  return nodeFs() !== undefined;
}

/** Returns the path that a `file:` URL means in Node; `null` for every other URL, and outside Node. */
export function nodePathOf(url: URL): string | null {
  if (url.protocol !== "file:") return null;
  return globalThis.process?.getBuiltinModule?.("node:url")?.fileURLToPath(url) ?? null;
}

/**
 * Returns the file at `path`. Reads are synchronous. Opening throws TraceError with a plain reason ("no such file", "is
 * a directory", "permission denied"). What is not a regular file (a named pipe, `/dev/fd/63`) has no size and can be
 * opened once.
 */
export function nodeFileSource(path: string): ByteSource {
  return new NodeFileSource(path);
}

/**
 * Returns standard input, of which `fd` is the file descriptor. Can be opened once. Outside Node, opening throws
 * TraceError. A pipe or a terminal on descriptor 0 is read through the event loop, so that signals are handled while it
 * has nothing; anything else, and standard input in a worker thread, by synchronous reads.
 */
export function nodeStandardInput(fd = 0): ByteSource {
  return new NodeStandardInput(fd);
}

/** Opens the file at `path` for reads of parts. Throws TraceError as nodeFileSource()'s open() does. */
export function openNodeFileParts(path: string): PartsReader {
  const fs = requireFs(path);
  let fd: number;
  try {
    fd = fs.openSync(path, "r");
  } catch (error) {
    throw explained(error, path);
  }
  return { open: (start, end) => new FilePartReader(fs, fd, path, start, end), close: () => fs.closeSync(fd) };
}

class NodeFileSource implements ByteSource {
  readonly path: string;
  readonly storedBytes: number | null;
  readonly reopenable: boolean;
  readonly parts: string | null;
  #opened = false;

  constructor(path: string) {
    this.path = path;
    const stat = statOrNull(() => requireFs(path).statSync(path));
    // A missing file can be asked for again; open() tells what is wrong with it.
    this.reopenable = stat === null || stat.isFile();
    this.storedBytes = stat?.isFile() ? stat.size : null;
    this.parts = stat?.isFile() ? path : null;
  }

  open(): ByteReader {
    if (this.#opened && !this.reopenable) throw new TraceError("is not a regular file: it can be read only once", this);
    const fs = requireFs(this.path);
    let fd: number;
    try {
      fd = fs.openSync(this.path, "r");
    } catch (error) {
      throw explained(error, this.path);
    }
    if (fs.fstatSync(fd).isDirectory()) {
      fs.closeSync(fd);
      throw new TraceError("is a directory", this);
    }
    this.#opened = true;
    return new DescriptorReader(fs, fd, this.path, true);
  }
}

class NodeStandardInput implements ByteSource {
  readonly path = "-";
  readonly reopenable = false;
  readonly storedBytes: number | null;
  readonly #fd: number;
  #opened = false;

  constructor(fd: number) {
    this.#fd = fd;
    const stat = statOrNull(() => nodeFs()?.fstatSync(fd) ?? null);
    this.storedBytes = stat?.isFile() ? stat.size : null;
  }

  open(): ByteReader {
    if (this.#opened) throw new TraceError("can be read only once", this);
    this.#opened = true;
    const fs = requireFs(this.path);
    const isMainThread = globalThis.process?.getBuiltinModule?.("node:worker_threads")?.isMainThread ?? false;
    if (this.#fd === 0 && isMainThread && this.storedBytes === null && !isDirectory(fs, this.#fd)) {
      return new PieceReader(standardInputPieces());
    }
    return new DescriptorReader(fs, this.#fd, this.path, false);
  }
}

class DescriptorReader implements ByteReader {
  consumedBytes = 0;
  readonly #fs: Fs;
  readonly #path: string;
  readonly #owned: boolean;
  /** -1 once closed. */
  #fd: number;

  constructor(fs: Fs, fd: number, path: string, owned: boolean) {
    this.#fs = fs;
    this.#fd = fd;
    this.#path = path;
    this.#owned = owned;
  }

  read(target: Uint8Array): number | Promise<number> {
    return this.#readNow(target) ?? this.#readLater(target);
  }

  close(): void {
    if (this.#fd >= 0 && this.#owned) this.#fs.closeSync(this.#fd);
    this.#fd = -1;
  }

  /** Returns `null` if the descriptor is non-blocking and has nothing yet. */
  #readNow(target: Uint8Array): number | null {
    if (this.#fd < 0) throw new Error(`${this.#path}: read after close`);
    try {
      const got = this.#fs.readSync(this.#fd, target, 0, target.length, null);
      this.consumedBytes += got;
      return got;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EAGAIN") return null;
      // Windows reports the end of a pipe so.
      if (code === "EOF") return 0;
      throw explained(error, this.#path);
    }
  }

  async #readLater(target: Uint8Array): Promise<number> {
    for (let waitMs = RETRY_MS.first; ; waitMs = Math.min(waitMs * 2, RETRY_MS.last)) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const got = this.#readNow(target);
      if (got !== null) return got;
    }
  }
}

/** Reads from `start` to `end`; the descriptor is not its own. */
class FilePartReader implements ByteReader {
  consumedBytes = 0;
  readonly #fs: Fs;
  readonly #fd: number;
  readonly #path: string;
  readonly #start: number;
  readonly #end: number;

  constructor(fs: Fs, fd: number, path: string, start: number, end: number) {
    this.#fs = fs;
    this.#fd = fd;
    this.#path = path;
    this.#start = start;
    this.#end = end;
  }

  read(target: Uint8Array): number {
    const at = this.#start + this.consumedBytes;
    if (at === this.#end) return 0;
    let got: number;
    try {
      got = this.#fs.readSync(this.#fd, target, 0, Math.min(target.length, this.#end - at), at);
    } catch (error) {
      throw explained(error, this.#path);
    }
    if (got === 0) throw new TraceError(`changed while it was read: ${this.#end} bytes expected`, { path: this.#path });
    this.consumedBytes += got;
    return got;
  }

  close(): void {}
}

function standardInputPieces(): Pieces {
  const { stdin } = process;
  const chunks: AsyncIterator<Uint8Array> = stdin.iterator({ destroyOnReturn: false });
  return {
    async next() {
      try {
        const { done, value } = await chunks.next();
        return done ? EMPTY : value;
      } catch (error) {
        throw explained(error, "-");
      }
    },
    async close() {
      stdin.destroy(); // it would keep the process alive
    },
  };
}

function isDirectory(fs: Fs, fd: number): boolean {
  return statOrNull(() => fs.fstatSync(fd))?.isDirectory() ?? false;
}

function nodeFs(): Fs | undefined {
  return globalThis.process?.getBuiltinModule?.("node:fs");
}

function requireFs(path: string): Fs {
  const fs = nodeFs();
  if (fs === undefined) throw new TraceError("files and standard input can be read only in Node", { path });
  return fs;
}

function statOrNull<Stat>(stat: () => Stat | null): Stat | null {
  try {
    return stat();
  } catch (error) {
    if (codeOf(error) === null) throw error;
    return null;
  }
}

function explained(error: unknown, path: string): TraceError {
  const code = codeOf(error);
  return new TraceError((code !== null && REASONS[code]) || `could not be read: ${messageOf(error)}`, { path }, error);
}

/** Returns the system's name of an error (`ENOENT`), or `null` if it is of another kind. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
