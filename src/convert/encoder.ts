/** What formats that `convert()` writes have in common. */
import type { Kernel } from "../kernel/kernel.ts";
import type { Trace } from "../trace/trace.ts";
import type { EncoderOptions, OwnOption } from "./options.ts";

/** Makes the bytes of another format out of the entries of a kernel that is configured to give them out. */
export interface TraceEncoder {
  /**
   * Encodes the entries that the kernel gave out last (`Kernel.entries()`). Each piece of the output is valid until the
   * next one is asked for.
   */
  encode(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** What is left, when the trace has ended. */
  finish(): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
  /** What could not be carried so far. @default nothing */
  losses?(): Losses;
  /** Releases what it holds. Called once, whatever happened before. */
  close?(): void | Promise<void>;
}

/** What of a trace the format that is written has no place for. */
export interface Losses {
  /** Sentences about what was changed or lost of records that were written. */
  notes: readonly string[];
  /** Sentences about records that were left out. */
  leftOut: readonly string[];
  /** Number, from 1, of the first of those, in the entries given out when it was left out; 0: none was. */
  firstLeftOut: number;
}

/** A format that `convert()` writes. */
export interface OutputFormat {
  /** As `--to` takes it. */
  readonly name: string;
  readonly title: string;
  /** Where the format is defined. */
  readonly specification: string;
  /** What names of such files end with, lower-case. */
  readonly extensions: readonly string[];
  readonly isText: boolean;
  /** Those of EncoderOptions that mean something to it alone. @default none */
  readonly options?: readonly OwnOption[];
  /**
   * Starts an encoder of the entries of `kernel`, which decodes `trace`. May throw ConfigError, and errors of the system.
   */
  start(kernel: Kernel, trace: Trace, options: EncoderOptions): TraceEncoder | Promise<TraceEncoder>;
}
