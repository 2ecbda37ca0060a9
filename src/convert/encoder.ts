/** What formats that `convert()` writes have in common. */

/** Makes the bytes of another format out of the entries of a kernel that is configured to give them out. */
export interface TraceEncoder {
  /**
   * Encodes the entries that the kernel gave out last (`Kernel.entries()`). Each piece of the output is valid until the
   * next one is asked for.
   */
  encode(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** What is left, when the trace has ended. */
  finish(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}
