/**
 * Zstandard (RFC 8878) by the WebAssembly build of libzstd inside the package zstddec.
 *
 * zstddec's own streaming loops forever on a corrupt frame, because it does not look at the status; so only its
 * WebAssembly is used. The package hands its exports to nobody but its method `_init`: the version is pinned, and the
 * tests of this folder must pass before another is taken.
 */
import { ZSTDDecoder } from "zstddec/stream";
import { messageOf, TraceError } from "../../errors.ts";
import { corrupt, type Decompressor, unsupported } from "./decompressor.ts";

/** The functions of libzstd that zstddec exports; pointers and sizes are unsigned 32-bit. */
interface Zstd {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

const INPUT_BYTES = 1 << 17;
const OUTPUT_BYTES = 1 << 18;

// ZSTD_inBuffer and ZSTD_outBuffer (zstd.h), one after the other, each of three 32-bit words:
//   0        4        8        12       16       20       byte
//   ├────────┼────────┼────────┼────────┼────────┼────────┤
//   │ in.src │in.size │ in.pos │out.dst │out.size│out.pos │
//   └────────┴────────┴────────┴────────┴────────┴────────┘
const BUFFERS_BYTES = 24;
const OUT_BUFFER = 12;
const SIZE_FIELD = 4;
const POS_FIELD = 8;

/** Results above this are errors, counted down from 2^32 (ZSTD_isError, zstd_errors.h). */
const FIRST_ERROR = 2 ** 32 - 120;

const ERROR_WINDOW_TOO_LARGE = 16;
const ERROR_MEMORY = 64;

const DETAILS: Readonly<Record<number, string>> = {
  10: "no zstd frame where one was expected (something else follows the last frame, or its header is damaged)",
  14: "a frame header sets bits that are reserved",
  20: "a block cannot be decoded",
  22: "a frame does not match its checksum",
  30: "a block cannot be decoded",
  32: "a frame refers to a dictionary, which is not given",
  72: "a block cannot be decoded",
};

/**
 * Returns a codec for one zstd file of one or more frames. Holds the window that the file asks for, at most 128 MiB
 * (`zstd --long=27`), and 384 KiB; a larger window is refused with TraceError. `path` is for messages.
 *
 * Not detectable: damage to a frame that was written without a checksum (`zstd --no-check`).
 */
export async function createZstdDecompressor(path: string): Promise<Decompressor> {
  try {
    return new ZstdDecompressor(await zstd(), path);
  } catch (error) {
    if (error instanceof TraceError) throw error;
    throw new TraceError(`the zstd decoder could not be started: ${messageOf(error)}`, { path }, error);
  }
}

class ZstdDecompressor implements Decompressor {
  readonly compression = "zstd";
  readonly #zstd: Zstd;
  readonly #path: string;
  readonly #buffers: number;
  readonly #input: number;
  readonly #output: number;
  /** 0 once closed. */
  #context: number;
  /** Stored bytes that are not in WebAssembly memory yet. */
  #waiting = new Uint8Array(0);
  /** Plain bytes in the output buffer, and how many of them were drained. */
  #filledBytes = 0;
  #drainedBytes = 0;
  #inFrame = true;

  constructor(zstd: Zstd, path: string) {
    this.#zstd = zstd;
    this.#path = path;
    this.#buffers = zstd.malloc(BUFFERS_BYTES);
    this.#input = zstd.malloc(INPUT_BYTES);
    this.#output = zstd.malloc(OUTPUT_BYTES);
    this.#context = zstd.ZSTD_createDCtx();
    if ([this.#buffers, this.#input, this.#output, this.#context].includes(0)) {
      this.#free();
      throw new TraceError("not enough memory to decompress zstd data", { path });
    }
    const view = this.#view();
    view.setUint32(0, this.#input, true);
    view.setUint32(SIZE_FIELD, 0, true);
    view.setUint32(POS_FIELD, 0, true);
    view.setUint32(OUT_BUFFER, this.#output, true);
    view.setUint32(OUT_BUFFER + SIZE_FIELD, OUTPUT_BYTES, true);
  }

  feed(stored: Uint8Array): void {
    this.#waiting = stored as Uint8Array<ArrayBuffer>;
  }

  drain(target: Uint8Array): number {
    while (this.#drainedBytes === this.#filledBytes) {
      const view = this.#view();
      const hasInput = view.getUint32(POS_FIELD, true) < view.getUint32(SIZE_FIELD, true);
      // A full output buffer may hide more of the same frame; after the end of a frame, libzstd takes an empty input
      // for the beginning of the next.
      const hasOutput = this.#filledBytes === OUTPUT_BYTES && this.#inFrame;
      if (!hasInput && !hasOutput && !this.#load(view)) return 0;
      this.#decompress();
    }
    const from = this.#output + this.#drainedBytes;
    const countBytes = Math.min(target.length, this.#filledBytes - this.#drainedBytes);
    target.set(new Uint8Array(this.#zstd.memory.buffer, from, countBytes));
    this.#drainedBytes += countBytes;
    return countBytes;
  }

  finish(): boolean {
    return !this.#inFrame;
  }

  close(): void {
    if (this.#context !== 0) this.#free();
  }

  /** Copies waiting bytes to the input buffer; false if there are none. */
  #load(view: DataView): boolean {
    if (this.#waiting.length === 0) return false;
    const piece = this.#waiting.subarray(0, INPUT_BYTES);
    this.#waiting = this.#waiting.subarray(piece.length);
    new Uint8Array(this.#zstd.memory.buffer, this.#input, piece.length).set(piece);
    view.setUint32(SIZE_FIELD, piece.length, true);
    view.setUint32(POS_FIELD, 0, true);
    return true;
  }

  #decompress(): void {
    this.#view().setUint32(OUT_BUFFER + POS_FIELD, 0, true);
    const status = this.#zstd.ZSTD_decompressStream(this.#context, this.#buffers + OUT_BUFFER, this.#buffers) >>> 0;
    if (status >= FIRST_ERROR) throw this.#error(2 ** 32 - status);
    this.#inFrame = status !== 0;
    this.#filledBytes = this.#view().getUint32(OUT_BUFFER + POS_FIELD, true);
    this.#drainedBytes = 0;
  }

  /** Made anew each time: the view is lost when the memory grows. */
  #view(): DataView {
    return new DataView(this.#zstd.memory.buffer, this.#buffers, BUFFERS_BYTES);
  }

  #error(code: number): TraceError {
    if (code === ERROR_WINDOW_TOO_LARGE) {
      return unsupported(
        this.#path,
        "a zstd frame needs a window of more than 128 MiB (written with --long=28 or more); decompress it first, " +
          "for example: zstd -dc --long=31 FILE | pagewalk … -",
      );
    }
    if (code === ERROR_MEMORY) return new TraceError("not enough memory for the zstd window", { path: this.#path });
    return corrupt(this.#path, "zstd", DETAILS[code] ?? `libzstd reports error ${code}`);
  }

  #free(): void {
    this.#zstd.ZSTD_freeDCtx(this.#context);
    for (const pointer of [this.#buffers, this.#input, this.#output]) this.#zstd.free(pointer);
    this.#context = 0;
  }
}

let loading: Promise<Zstd> | null = null;

/** Instantiates libzstd once; its memory is shared by all codecs. */
function zstd(): Promise<Zstd> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Zstd> {
  let exports: Zstd | null = null;
  class Decoder extends ZSTDDecoder {
    // zstddec calls it without `this`.
    override _init(result: WebAssembly.WebAssemblyInstantiatedSource): void {
      super._init(result);
      exports = result.instance.exports as unknown as Zstd;
    }
  }
  await new Decoder().init();
  if (exports === null) throw new Error("zstddec was initialised by something else before");
  return exports;
}
