/**
 * xz by the WebAssembly build of XZ Embedded inside the package xz-decompress.
 *
 * Its XzReadableStream allows one open stream at a time: a second waits for the end of the first, forever if that is
 * not read to its end. So only its WebAssembly is used, through members it does not declare: the version is pinned,
 * and the tests of this folder must pass before another is taken. The package is CommonJS without names that Node can
 * find: `import { XzReadableStream }` type-checks and fails at run time.
 */
import xzDecompress from "xz-decompress";
import { messageOf, TraceError } from "../../errors.ts";
import { corrupt, type Decompressor, unsupported } from "./decompressor.ts";

/** The functions of the WebAssembly module (src/native/xz-decompress.c in the package's repository). */
interface Xz {
  memory: WebAssembly.Memory;
  create_context(): number;
  destroy_context(context: number): void;
  /** Announces that many bytes in the input buffer; 0 announces the end. */
  supply_input(context: number, bytes: number): void;
  /** Returns xz_ret of XZ Embedded. */
  get_next_output(context: number): number;
}

interface XzModuleHolder {
  _moduleInstance?: WebAssembly.Instance;
  /** Sets `_moduleInstance`. */
  _getModuleInstance(): Promise<void>;
}

// The beginning of a context, in 32-bit words; from the second on it is struct xz_buf (xz.h of XZ Embedded):
//   0          1        2        3        4        5        word
//   ├──────────┼────────┼────────┼────────┼────────┼────────┤
//   │ buf size │   in   │ in_pos │in_size │  out   │out_pos │    the buffers in and out hold `buf size` bytes each
//   └──────────┴────────┴────────┴────────┴────────┴────────┘
const BUFFER_BYTES = 0;
const IN = 1;
const IN_POS = 2;
const IN_SIZE = 3;
const OUT = 4;
const OUT_POS = 5;
const CONTEXT_WORDS = 6;

const XZ_OK = 0;
const XZ_STREAM_END = 1;
const XZ_UNSUPPORTED_CHECK = 2;
const XZ_MEM_ERROR = 3;
const XZ_MEMLIMIT_ERROR = 4;
const XZ_FORMAT_ERROR = 5;
const XZ_OPTIONS_ERROR = 6;
const XZ_BUF_ERROR = 8;

const PIPE = "decompress it first, for example: xz -dc FILE | pagewalk … -";

/**
 * Returns a codec for one xz file of one or more streams. Holds the dictionary that the file asks for, at most 64 MiB
 * (`xz -9`), and 128 KiB; a larger one is refused with TraceError, as are SHA-256 checks. `path` is for messages.
 *
 * Not detectable: damage to a stream that was written without a check (`xz --check=none`).
 */
export async function createXzDecompressor(path: string): Promise<Decompressor> {
  try {
    return new XzDecompressor(await xz(), path);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw new TraceError(`the xz decoder could not be started: ${messageOf(error)}`, { path }, error);
  }
}

class XzDecompressor implements Decompressor {
  readonly compression = "xz";
  readonly #xz: Xz;
  readonly #path: string;
  /** 0 once closed. */
  #context: number;
  /** Stored bytes that are not in WebAssembly memory yet. */
  #waiting = new Uint8Array(0);
  #drainedBytes = 0;

  constructor(xz: Xz, path: string) {
    this.#xz = xz;
    this.#path = path;
    this.#context = xz.create_context();
  }

  feed(stored: Uint8Array): void {
    this.#waiting = stored as Uint8Array<ArrayBuffer>;
  }

  drain(target: Uint8Array): number {
    for (;;) {
      const words = this.#words();
      const filledBytes = word(words, OUT_POS);
      if (this.#drainedBytes < filledBytes) {
        const from = word(words, OUT) + this.#drainedBytes;
        const countBytes = Math.min(target.length, filledBytes - this.#drainedBytes);
        target.set(new Uint8Array(this.#xz.memory.buffer, from, countBytes));
        this.#drainedBytes += countBytes;
        return countBytes;
      }
      const wasFull = filledBytes === word(words, BUFFER_BYTES);
      const hasInput = word(words, IN_POS) < word(words, IN_SIZE);
      if (!hasInput && !wasFull && !this.#load(words)) return 0;
      this.#decompress();
    }
  }

  finish(): boolean {
    this.#xz.supply_input(this.#context, 0);
    // XZ Embedded says XZ_BUF_ERROR when it could not go on twice.
    for (let attempt = 0; attempt < 2; attempt++) {
      const status = this.#decompress();
      if (status === XZ_STREAM_END) return true;
      if (status === XZ_BUF_ERROR) return false;
    }
    return false;
  }

  close(): void {
    if (this.#context !== 0) this.#xz.destroy_context(this.#context);
    this.#context = 0;
  }

  /** Copies waiting bytes to the input buffer; false if there are none. */
  #load(words: Uint32Array): boolean {
    if (this.#waiting.length === 0) return false;
    const piece = this.#waiting.subarray(0, word(words, BUFFER_BYTES));
    this.#waiting = this.#waiting.subarray(piece.length);
    new Uint8Array(this.#xz.memory.buffer, word(words, IN), piece.length).set(piece);
    this.#xz.supply_input(this.#context, piece.length);
    return true;
  }

  #decompress(): number {
    this.#words()[OUT_POS] = 0;
    this.#drainedBytes = 0;
    const status = this.#xz.get_next_output(this.#context);
    if (status !== XZ_OK && status !== XZ_STREAM_END && status !== XZ_BUF_ERROR) throw this.#error(status);
    return status;
  }

  /** Made anew each time: the view is lost when the memory grows. */
  #words(): Uint32Array {
    return new Uint32Array(this.#xz.memory.buffer, this.#context, CONTEXT_WORDS);
  }

  #error(status: number): TraceError {
    switch (status) {
      case XZ_UNSUPPORTED_CHECK:
        return unsupported(this.#path, `the xz data carries a kind of check that pagewalk does not know; ${PIPE}`);
      case XZ_OPTIONS_ERROR:
        return unsupported(
          this.#path,
          `the xz data uses a filter or check that pagewalk does not know, or is corrupt; ${PIPE}`,
        );
      case XZ_MEM_ERROR:
        return new TraceError("not enough memory for the xz dictionary", { path: this.#path });
      case XZ_MEMLIMIT_ERROR:
        return unsupported(this.#path, `the xz data needs a dictionary of more than 64 MiB; ${PIPE}`);
      case XZ_FORMAT_ERROR:
        return corrupt(this.#path, "xz", "no xz stream where one was expected (something else follows the last one)");
      default:
        return corrupt(this.#path, "xz", "a block cannot be decoded or does not match its check");
    }
  }
}

/** An unchecked load: `index` is one of the words above. */
function word(words: Uint32Array, index: number): number {
  return words[index] as number;
}

/** Returns the module's exports; instantiates it once. Its memory is shared by all codecs. */
async function xz(): Promise<Xz> {
  const holder = xzDecompress.XzReadableStream as unknown as XzModuleHolder;
  if (holder._moduleInstance === undefined) await holder._getModuleInstance();
  if (holder._moduleInstance === undefined) throw new Error("xz-decompress did not give its module");
  return holder._moduleInstance.exports as unknown as Xz;
}
