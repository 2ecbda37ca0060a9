/** A trace as something that can be read: where its bytes are, how they are compressed, which format they are. */
import { checkNames } from "../config/lists.ts";
import {
  type ResolvedSelection,
  resolveSelection,
  SELECTION_NAMES,
  type SelectionOptions,
} from "../config/selection.ts";
import { impostorIn } from "../doctor/impostors.ts";
import { ConfigError, TraceError } from "../errors.ts";
import { impostorWords } from "../report/cause-words.ts";
import type { ByteReader, ByteSource, TraceInput } from "./bytes.ts";
import type { Compression } from "./compression/decompressor.ts";
import { openDecompressed } from "./compression/index.ts";
import type { TraceFormat } from "./formats/format.ts";
import { DETECTION_BYTES, FORMATS } from "./formats/index.ts";
import type { PartsSource } from "./parts.ts";
import { peekBeforeFailure, ReplayingReader } from "./peek.ts";
import { byteSource } from "./source.ts";

export interface OpenOptions extends SelectionOptions {
  /** Name of a format to take the trace for, whatever its content looks like. @default by content */
  format?: string | undefined;
}

const OPEN_OPTIONS = ["format", ...SELECTION_NAMES] as const satisfies readonly (keyof OpenOptions)[];

/** Those of `options` that are of `openTrace()`. */
export function openOptionsOf(options: OpenOptions): OpenOptions {
  return Object.fromEntries(OPEN_OPTIONS.map((name) => [name, options[name]]));
}

export interface Trace {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  readonly format: TraceFormat;
  readonly compression: Compression;
  /** What of it jobs look at. */
  readonly selection: ResolvedSelection;
  /** Size as stored, in bytes; `null` if unknown. */
  readonly storedBytes: number | null;
  /** What other threads can read parts of the trace from, if they can; `storedBytes` is then known. */
  readonly parts?: PartsSource | null;
  /**
   * A reader of the decompressed bytes, from the first. Files, blobs and byte arrays can be opened any number of times,
   * one after the other; standard input and streams once: the second time rejects with TraceError.
   */
  open(): Promise<ByteReader>;
  /** Releases what `openTrace()` holds if `open()` was never called. May be called at any time. */
  close(): Promise<void>;
}

/**
 * Finds out what a trace is by its content. In Node, a string is a path (`-` is standard input); in a browser, a URL.
 * Rejects with TraceError if it cannot be read, is empty, or is of no known format, and with ConfigError if
 * `options.format` names none or the selection is none.
 */
export async function openTrace(input: TraceInput, options: OpenOptions = {}): Promise<Trace> {
  checkNames(options, OPEN_OPTIONS);
  const selection = resolveSelection(options);
  const forced = options.format === undefined ? null : formatNamed(options.format);
  const source = byteSource(input);
  const opened = await openDecompressed(source);
  try {
    const { head, failure } = await peekBeforeFailure(opened.reader, DETECTION_BYTES);
    if (failure !== null && (head.length === 0 || !(failure instanceof TraceError))) throw failure;
    if (head.length === 0) {
      const at = { path: source.path, byteOffset: 0 };
      throw new TraceError("is empty; expected a memory trace", at, undefined, "empty");
    }
    const format = forced ?? detectFormat(head, source.path, failure);
    return new OpenedTrace(source, format, selection, opened.compression, new ReplayingReader(head, opened.reader));
  } catch (error) {
    await opened.reader.close();
    throw error;
  }
}

class OpenedTrace implements Trace {
  readonly format: TraceFormat;
  readonly selection: ResolvedSelection;
  readonly compression: Compression;
  readonly #source: ByteSource;
  /** The reader that detection began, for the first open(). */
  #first: ByteReader | null;

  constructor(
    source: ByteSource,
    format: TraceFormat,
    selection: ResolvedSelection,
    compression: Compression,
    first: ByteReader,
  ) {
    this.#source = source;
    this.format = format;
    this.selection = selection;
    this.compression = compression;
    this.#first = first;
  }

  get path(): string {
    return this.#source.path;
  }

  get storedBytes(): number | null {
    return this.#source.storedBytes;
  }

  get parts(): PartsSource | null {
    return this.compression === "none" ? (this.#source.parts ?? null) : null;
  }

  async open(): Promise<ByteReader> {
    const first = this.#first;
    this.#first = null;
    return first ?? (await openDecompressed(this.#source)).reader;
  }

  async close(): Promise<void> {
    await this.#first?.close();
    this.#first = null;
  }
}

function formatNamed(name: string): TraceFormat {
  const format = FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) throw new ConfigError("format", name, FORMATS.map(({ name }) => name).join(", "));
  return format;
}

/** The format of a trace that begins with `head`, after which reading failed with `failure` if that is not null. */
function detectFormat(head: Uint8Array, path: string, failure: unknown): TraceFormat {
  const at = { path, byteOffset: 0 };
  const impostor = impostorIn(head);
  if (impostor !== null) {
    const reason = `${impostorWords(impostor)}; expected ${expected()}`;
    throw new TraceError(reason, at, undefined, "unknown-format", { likelyCause: impostor });
  }
  const candidates = FORMATS.filter((format) => format.detect(head));
  const [format] = candidates;
  if (format === undefined && failure !== null) throw failure;
  if (format === undefined)
    throw new TraceError(`${unknownFormat(head)}; expected ${expected()}`, at, undefined, "unknown-format");
  if (candidates.length > 1) {
    const names = candidates.map(({ name }) => name).join(", ");
    throw new TraceError(
      `could be of several formats: ${names}; say which with --format`,
      at,
      undefined,
      "unknown-format",
    );
  }
  return format;
}

function expected(): string {
  return FORMATS.map(({ title, example }) => `${title} (records as "${example}")`).join(", or ");
}

function unknownFormat(head: Uint8Array): string {
  if (head.includes(0)) {
    const bytes = [...head.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0"));
    return `is binary data of no known format, beginning with ${bytes.join(" ")}`;
  }
  const start = JSON.stringify(new TextDecoder("latin1").decode(head.subarray(0, 40)));
  return (
    `is text without a record in its first ${head.length} bytes, beginning with ${start} ` +
    "(is it the output of the program instead, or was it recorded without memory accesses?)"
  );
}
