/** How far a trace has been read. All three only grow while one trace is read. */
export interface Progress {
  /** Bytes taken from the trace as it is stored, before decompression. */
  consumedBytes: number;
  /** Bytes of the whole trace as it is stored; `null` when that is not known (standard input). */
  storedBytes: number | null;
  /** Records decoded so far. */
  records: number;
}
