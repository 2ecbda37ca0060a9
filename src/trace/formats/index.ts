/** The trace formats. To add one: its file, its line here, and its decoder in assembly/decoders/. */
import { lackey } from "./lackey.ts";

export interface TraceFormat {
  /** As `--format` takes it and results name it. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly specification: string;
  /** A record, for messages. */
  readonly example: string;
  /** Whether the first bytes of a trace, at most DETECTION_BYTES, are of this format. */
  detect(head: Uint8Array): boolean;
}

export const FORMATS: readonly TraceFormat[] = [lackey];

/** Decompressed bytes that detection looks at. */
export const DETECTION_BYTES = 256 * 1024;
