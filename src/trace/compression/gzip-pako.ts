/**
 * gzip by pako, for what the DecompressionStream of browsers refuses, as files of several members, which bgzip, pigz and
 * `cat` make. Uses pako's port of the zlib interface, which stops when the output is full.
 */
import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateEnd,
  zlibInflateInit2,
  zlibInflateReset,
} from "pako";
import { EMPTY } from "../pieces.ts";
import { corrupt, type Decompressor } from "./decompressor.ts";
import { gzipDetail } from "./gzip-node.ts";

/** zlib's windowBits for the largest window, 2^15 bytes, and a gzip wrapper only. */
const GZIP_WINDOW_BITS = 16 + 15;

/** First byte of every member. */
const ID1 = 0x1f;

/** Returns a codec for one gzip file of one or more members, which zero bytes may follow. `path` is for messages. */
export function createPakoDecompressor(path: string): Decompressor {
  return new PakoDecompressor(path);
}

class PakoDecompressor implements Decompressor {
  readonly compression = "gzip";
  readonly #path: string;
  readonly #stream = new ZStream();
  #where: "in member" | "between members" | "in padding" = "in member";

  constructor(path: string) {
    this.#path = path;
    zlibInflateInit2(this.#stream, GZIP_WINDOW_BITS);
  }

  feed(stored: Uint8Array): void {
    this.#stream.input = stored;
    this.#stream.next_in = 0;
    this.#stream.avail_in = stored.length;
  }

  drain(target: Uint8Array): number {
    while (this.#where === "in member" || this.#stream.avail_in > 0) {
      if (this.#where === "in padding") {
        this.#skipPadding();
      } else if (this.#where === "between members") {
        this.#enterNext();
      } else {
        const produced = this.#inflate(target);
        if (produced > 0 || this.#where === "in member") return produced;
      }
    }
    return 0;
  }

  finish(): boolean {
    return this.#where !== "in member";
  }

  close(): void {
    zlibInflateEnd(this.#stream);
    this.#stream.input = EMPTY;
    this.#stream.output = EMPTY;
  }

  #inflate(target: Uint8Array): number {
    const stream = this.#stream;
    stream.output = target as Uint8Array<ArrayBuffer>;
    stream.next_out = 0;
    stream.avail_out = target.length;
    const status = zlibInflate(stream, Z_NO_FLUSH);
    if (status === Z_STREAM_END) this.#where = "between members";
    // Z_BUF_ERROR: nothing to do without more input.
    else if (status !== Z_OK && status !== Z_BUF_ERROR) throw corrupt(this.#path, "gzip", gzipDetail(stream.msg));
    return stream.next_out;
  }

  #enterNext(): void {
    const first = this.#stream.input[this.#stream.next_in];
    if (first === 0) {
      this.#where = "in padding";
    } else if (first === ID1) {
      zlibInflateReset(this.#stream);
      this.#where = "in member";
    } else {
      throw corrupt(this.#path, "gzip", gzipDetail("incorrect header check"));
    }
  }

  #skipPadding(): void {
    const stream = this.#stream;
    const rest = stream.input.subarray(stream.next_in, stream.next_in + stream.avail_in);
    if (rest.some((byte) => byte !== 0)) throw corrupt(this.#path, "gzip", "something else follows its last member");
    stream.avail_in = 0;
  }
}
