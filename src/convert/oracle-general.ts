/**
 * oracleGeneral of libCacheSim: requests for pages, each of which knows when its page is asked for next. Encoded by
 * assembly/encoders/requests.ts, where the layout stands. When that is is known only from the end of the trace, so the
 * requests go to a temporary file first, are completed there from the last to the first, and given out then. Beside a
 * few buffers memory is for the distinct pages alone.
 */
import { oneOf } from "../config/lists.ts";
import { STREAMS } from "../config/types.ts";
import { ConfigError } from "../errors.ts";
import type { KernelEncoder } from "../kernel/encoder.ts";
import type { OutputFormat, TraceEncoder } from "./encoder.ts";
import { lossesOf } from "./losses.ts";
import { openScratch, type Scratch } from "./scratch.ts";

export const oracleGeneralOutput: OutputFormat = {
  name: "oraclegeneral",
  title: "libCacheSim oracleGeneral",
  specification:
    "libCacheSim, traceReader/customizedReader/oracle/oracleGeneralBin.h; bin/traceUtils/traceConvOracleGeneral.cpp",
  extensions: [".oraclegeneral.bin", ".oraclegeneral"],
  isText: false,
  options: ["stream"],
  start(kernel, _, { stream = "all", scratchFolder }) {
    const encoder = kernel.encoder("REQUESTS", oneOf(STREAMS, stream, "stream"));
    const scratch = openScratch(scratchFolder);
    if (scratch === null) throw new ConfigError("to", this.name, "in a browser, formats that need no temporary file");
    return new OracleGeneralEncoder(encoder, scratch);
  },
};

/** Requests that are completed at once; encoders write more bytes than these are. */
const BLOCK_REQUESTS = 10_000;

class OracleGeneralEncoder implements TraceEncoder {
  readonly #encoder: KernelEncoder;
  readonly #scratch: Scratch;

  constructor(encoder: KernelEncoder, scratch: Scratch) {
    this.#encoder = encoder;
    this.#scratch = scratch;
  }

  async *encode(): AsyncGenerator<Uint8Array, void> {
    for (const piece of this.#encoder.encode()) await this.#scratch.append(piece);
    yield* []; // no request is complete before the end
  }

  async *finish(): AsyncGenerator<Uint8Array, void> {
    const scratch = this.#scratch;
    const requestBytes = this.#encoder.requestBytes();
    for (let last = scratch.bytes / requestBytes; last > 0; last -= BLOCK_REQUESTS) {
      const count = Math.min(BLOCK_REQUESTS, last);
      const at = (last - count) * requestBytes;
      await scratch.read(at, this.#encoder.requests(count * requestBytes));
      this.#encoder.linkRequests(count, last);
      await scratch.write(at, this.#encoder.requests(count * requestBytes)); // its memory may have moved
    }
    const piece = new Uint8Array(BLOCK_REQUESTS * requestBytes);
    for (let at = 0; at < scratch.bytes; at += piece.length) {
      const bytes = piece.subarray(0, scratch.bytes - at);
      await scratch.read(at, bytes);
      yield bytes;
    }
  }

  losses() {
    const losses = lossesOf(this.#encoder, "oracleGeneral");
    return { ...losses, notes: ["of each reference only its page is kept", ...losses.notes] };
  }

  close(): Promise<void> {
    return this.#scratch.close();
  }
}
