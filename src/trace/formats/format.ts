/** What is known of a trace format on this side; its decoder is in assembly/decoders/. */
export interface TraceFormat {
  /** As `--format` takes it and results name it. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly specification: string;
  /** A record, for messages. */
  readonly example: string;
  /** Its decoder: `DECODER_` and this is the constant in assembly/layout.ts. */
  readonly decoder: string;
  /** Whether it is lines of text. */
  readonly isText: boolean;
  /** Whether those who record it see virtual addresses, and no others. @default false */
  readonly isVirtual?: boolean;
  /** Whether its decoder can begin at any line (part-decoder.ts). @default false */
  readonly isDecodedInParts?: boolean;
  /** What this format's decoder expected, and the likely cause, where a reason alone does not tell (decoding.ts). */
  readonly reasons?: Readonly<Record<string, string>>;
  /** Whether the first bytes of a trace, as many as DETECTION_BYTES of index.ts, are of this format. */
  detect(head: Uint8Array): boolean;
}
