/** Deflate by pako, where there is no zlib of Node. */
import {
  Z_BUF_ERROR,
  Z_NO_FLUSH,
  Z_OK,
  Z_STREAM_END,
  ZStream,
  zlibInflate,
  zlibInflateEnd,
  zlibInflateInit2,
} from "pako";
import { EMPTY } from "../pieces.ts";
import { InflateError, type More, type RawInflater } from "./inflate-raw.ts";

/** zlib's windowBits for the largest window and no wrapper. */
const RAW_WINDOW_BITS = -15;
const OUTPUT_CHUNK_BYTES = 1 << 18;

export function createPakoInflater(more: More): RawInflater {
  return new PakoInflater(more);
}

class PakoInflater implements RawInflater {
  unusedBytes = 0;
  readonly #more: More;
  readonly #stream = new ZStream();
  readonly #output = new Uint8Array(OUTPUT_CHUNK_BYTES);
  #hasEnded = false;

  constructor(more: More) {
    this.#more = more;
    zlibInflateInit2(this.#stream, RAW_WINDOW_BITS);
    this.#stream.output = this.#output;
  }

  async next(): Promise<Uint8Array> {
    const stream = this.#stream;
    stream.next_out = 0;
    stream.avail_out = this.#output.length;
    while (!this.#hasEnded) {
      const status = zlibInflate(stream, Z_NO_FLUSH);
      if (status === Z_STREAM_END) {
        this.#hasEnded = true;
        this.unusedBytes = stream.avail_in;
      } else if (status !== Z_OK && status !== Z_BUF_ERROR) {
        throw new InflateError(false, stream.msg);
      }
      if (stream.next_out > 0) return this.#output.subarray(0, stream.next_out);
      if (!this.#hasEnded) await this.#supply();
    }
    return EMPTY;
  }

  close(): void {
    zlibInflateEnd(this.#stream);
    this.#stream.input = EMPTY;
  }

  /** Called when there was room for output and there was none: what was given is used up. */
  async #supply(): Promise<void> {
    const stored = await this.#more();
    if (stored.length === 0) throw new InflateError(true, "unexpected end of file");
    this.#stream.input = stored;
    this.#stream.next_in = 0;
    this.#stream.avail_in = stored.length;
  }
}
