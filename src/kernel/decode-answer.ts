/** What the decoder answers: what it needs to go on, or what is wrong with the trace. */
import { KernelError } from "../errors.ts";
import type { KernelInstance } from "./instance.ts";

/** What is wrong with a line or a binary record; STATUS_ in assembly/layout.ts. */
export type DecodeFailure =
  | "address-too-wide"
  | "size-out-of-range"
  | "torn-line"
  | "torn-record"
  | "bad-record"
  | "filtered"
  | "unsupported";

/** A line or a binary record of the trace that the decoder cannot accept. */
export interface DecodeError {
  reason: DecodeFailure;
  /** 1-based; `null` in binary formats. */
  line: number | null;
  /** 1-based number of the record that it would have been. */
  record: number;
  /** 0-based offset of its first byte in the decompressed trace. */
  byteOffset: number;
  /** The line or binary record, or as much of it as fits a message. */
  bytes: Uint8Array;
}

/** What the decoder needs to go on: bytes in `input()`, a call of `decodeMore()`, or nothing, as the window has ended. */
export type DecoderNeed = "input" | "more" | "nothing";

/** Bytes of a bad record that its error quotes. */
const MAX_QUOTED_BYTES = 48;

/**
 * What `status`, a STATUS_ that the decoder returned, means. Throws KernelError if it is none that a decoder returns.
 *
 * @internal
 */
export function readAnswer(kernel: KernelInstance, status: number): DecodeError | DecoderNeed {
  const x = kernel.exports;
  const needs: Readonly<Record<number, DecoderNeed>> = {
    [x.STATUS_OK.value]: "input",
    [x.STATUS_MORE.value]: "more",
    [x.STATUS_DONE.value]: "nothing",
  };
  const need = needs[status];
  if (need !== undefined) return need;
  const failures: Readonly<Record<number, DecodeFailure>> = {
    [x.STATUS_ADDRESS_TOO_WIDE.value]: "address-too-wide",
    [x.STATUS_SIZE_OUT_OF_RANGE.value]: "size-out-of-range",
    [x.STATUS_TORN_LINE.value]: "torn-line",
    [x.STATUS_TORN_RECORD.value]: "torn-record",
    [x.STATUS_BAD_RECORD.value]: "bad-record",
    [x.STATUS_FILTERED.value]: "filtered",
    [x.STATUS_UNSUPPORTED.value]: "unsupported",
  };
  const reason = failures[status];
  if (reason === undefined) throw new KernelError("layout", `the decoder returned ${status}`);
  return {
    reason,
    line: kernel.counter("errorLine") || null,
    record: kernel.counter("errorRecord"),
    byteOffset: kernel.counter("errorOffset"),
    bytes: kernel.slice(x.errorAddress(), Math.min(MAX_QUOTED_BYTES, x.errorBytes() >>> 0)).slice(),
  };
}
