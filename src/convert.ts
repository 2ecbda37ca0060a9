/** A trace, or a part of it, in another format. */
import { checkNames } from "./config/lists.ts";
import { selectsAll } from "./config/selection.ts";
import type { Losses, OutputFormat, TraceEncoder } from "./convert/encoder.ts";
import { outputFormatNamed } from "./convert/formats.ts";
import { type EncoderOptions, OWN_OPTIONS } from "./convert/options.ts";
import { readingOf } from "./decoding.ts";
import { ConfigError, TraceError } from "./errors.ts";
import type { JobOptions } from "./job.ts";
import { Kernel } from "./kernel/kernel.ts";
import { accessesOf, replaying, summarize } from "./replay.ts";
import type { ConvertResult } from "./report/results.ts";
import type { Trace } from "./trace/trace.ts";
import { VERSION } from "./version.ts";

export interface ConvertOptions extends EncoderOptions {
  /** The format to write: `pwt`, `lackey`, `champsim`, `oraclegeneral`. */
  to: string;
  /**
   * Whether records that the format cannot hold may be left out; otherwise they are an error. What is lost of records
   * that are written (sizes, threads) is told in the result either way. @default false
   */
  lossy?: boolean | undefined;
}

const CONVERT_OPTIONS = [
  "to",
  "lossy",
  "scratchFolder",
  ...OWN_OPTIONS,
] as const satisfies readonly (keyof ConvertOptions)[];

const SAMPLES_LOST = "the trace has samples, not every access: the new one no longer says so";

/** A conversion: the bytes of the new trace, made as they are asked for, and when all were, what was converted. */
export interface Conversion extends AsyncIterable<Uint8Array<ArrayBuffer>> {
  /**
   * Reads the trace and makes the next piece when it is asked for, so that memory stays bounded. May be gone through
   * once. Rejects as `simulate()` does; with TraceError of code `not-carried` where a record would have to be left out;
   * then what was given out is no whole trace.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array<ArrayBuffer>, void>;
  /** What was converted. Throws unless the last piece was given out. */
  result(): ConvertResult;
}

/**
 * Converts `trace`, or the part that its selection selects. Throws ConfigError before anything is read, and TraceError for
 * a trace of which only pages were kept.
 */
export function convert(trace: Trace, options: ConvertOptions, job: JobOptions = {}): Conversion {
  checkNames(options, CONVERT_OPTIONS);
  const format = outputFormatNamed(options.to);
  if (trace.selection.warmup > 0) {
    throw new ConfigError("warmup", trace.selection.warmup, "0: a conversion simulates nothing; use skip");
  }
  const accepted = format.options ?? [];
  for (const name of OWN_OPTIONS) {
    if (options[name] !== undefined && !accepted.includes(name)) {
      throw new ConfigError(name, options[name], `nothing: ${format.title} has no such choice`);
    }
  }
  if (trace.format.isPagesOnly) {
    const reason = `keeps pages only: addresses and sizes are gone; convert the trace that it was made of`;
    throw new TraceError(reason, { path: trace.path }, undefined, "not-carried");
  }
  return new TraceConversion(trace, format, options, job);
}

class TraceConversion implements Conversion {
  readonly #trace: Trace;
  readonly #format: OutputFormat;
  readonly #options: ConvertOptions;
  readonly #job: JobOptions;
  #result: ConvertResult | null = null;

  constructor(trace: Trace, format: OutputFormat, options: ConvertOptions, job: JobOptions) {
    this.#trace = trace;
    this.#format = format;
    this.#options = options;
    this.#job = job;
  }

  result(): ConvertResult {
    if (this.#result === null) throw new Error("the conversion has not ended: its last piece was not given out");
    return this.#result;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const trace = this.#trace;
    const kernel = await Kernel.create();
    const startMs = performance.now();
    kernel.configureEntries(readingOf(trace));
    const encoder = await this.#format.start(kernel, trace, this.#options);
    let bytes = 0;
    let records = 0;
    const given = (piece: Uint8Array) => {
      bytes += piece.length;
      return piece.slice(); // the encoder goes on using its memory
    };
    try {
      for await (const decoded of replaying(trace, kernel, this.#job)) {
        kernel.countEntries();
        for await (const piece of encoder.encode()) yield given(piece);
        this.#check(encoder, records);
        records += decoded;
      }
      for await (const piece of encoder.finish()) {
        yield given(piece);
        this.#job.signal?.throwIfAborted();
      }
      const losses = this.#check(encoder, records);
      if (bytes === 0) throw this.#notCarried("nothing of it can be written", null);
      const counters = kernel.counters();
      this.#result = {
        schema: "pagewalk/convert@1",
        version: VERSION,
        trace: { ...summarize(trace, counters), storedBytes: trace.storedBytes },
        accesses: accessesOf(counters),
        output: { format: this.#format.name, bytes },
        notes: [...(trace.format.isSampled ? [SAMPLES_LOST] : []), ...losses.notes],
        leftOut: losses.leftOut,
        time: { seconds: (performance.now() - startMs) / 1000 },
      };
    } finally {
      await encoder.close?.();
    }
  }

  /** What was lost so far. Throws TraceError if records were that must not be. `records`: those before the latest. */
  #check(encoder: TraceEncoder, records: number): Losses {
    const losses = encoder.losses?.() ?? { notes: [], leftOut: [], firstLeftOut: 0 };
    if (losses.leftOut.length > 0 && this.#options.lossy !== true) {
      const first = selectsAll(this.#trace.selection) ? records + losses.firstLeftOut : null;
      throw this.#notCarried(losses.leftOut.join("; "), first);
    }
    return losses;
  }

  #notCarried(what: string, record: number | null): TraceError {
    const reason = `cannot be written as ${this.#format.title}: ${what}`;
    const hint = this.#options.lossy === true ? "" : "; with --lossy (lossy: true) such records are left out";
    return new TraceError(reason + hint, { path: this.#trace.path, record }, undefined, "not-carried");
  }
}
