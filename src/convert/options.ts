/** What encoders may be asked for. */
import type { Stream } from "../config/types.ts";
import type { PwtCompression } from "../trace/pwt/layout.ts";

/** Beside the format. */
export interface EncoderOptions {
  /** References that become requests, in formats of requests. @default "all" */
  stream?: Stream | undefined;
  /** How blocks of `.pwt` are compressed. Choose "none" for a file that is to be compressed as a whole. @default "deflate" */
  compression?: PwtCompression | undefined;
  /** Of that compression, zlib's, 1 (fast) to 9 (small). @default 1 for whole records, 6 for pages */
  level?: number | string | undefined;
  /** Folder for a temporary file as large as the output, where the format needs one. @default that of the system */
  scratchFolder?: string | undefined;
  /**
   * Objects of JSON, each 1 MiB at most, to be kept with the trace where the format can hold them; asked for when all of
   * it has been read. @default none
   */
  metadata?: (() => Promise<readonly object[]>) | undefined;
}

/** Options that are an error with a format that does not have them. */
export const OWN_OPTIONS = ["stream", "compression", "level"] as const satisfies readonly (keyof EncoderOptions)[];
export type OwnOption = (typeof OWN_OPTIONS)[number];
