/** What is known of a trace format on this side; its decoder is in assembly/decoders/. */
export interface TraceFormat {
  /** As `--format` takes it and results name it. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly specification: string;
  /** A record, for messages. */
  readonly example: string;
  /** Whether the first bytes of a trace, as many as DETECTION_BYTES of index.ts, are of this format. */
  detect(head: Uint8Array): boolean;
}
