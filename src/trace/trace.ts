/** A trace as something that can be read: where its bytes are, how they are compressed, which format they are. */
import { type CsvLayout, resolveColumns } from "../config/columns.ts";
import { checkNames } from "../config/lists.ts";
import { checkSelectionOfPages, type ResolvedSelection, resolveSelection } from "../config/selection.ts";
import { ConfigError, TraceError } from "../errors.ts";
import type { ByteReader, ByteSource, TraceInput } from "./bytes.ts";
import type { Compression } from "./compression/decompressor.ts";
import { openDecompressed } from "./compression/index.ts";
import { detectFormat, formatNamed } from "./detection.ts";
import { drmemtraceFilesIn } from "./drmemtrace-folder.ts";
import { drmemtrace } from "./formats/drmemtrace.ts";
import { type TraceFormat, type TraceWants, WANTS_ALL } from "./formats/format.ts";
import { DETECTION_BYTES, FORMATS } from "./formats/index.ts";
import { OPEN_OPTIONS, type OpenOptions } from "./open-options.ts";
import type { PartsSource } from "./parts.ts";
import { peekBeforeFailure, ReplayingReader } from "./peek.ts";
import { byteSource } from "./source.ts";

export type { OpenOptions } from "./open-options.ts";

/** Files that one trace may be made of: all are open at the same time. */
const MAX_FILES = 512;

/** A byte of a file. */
export interface TracePlace {
  path: string;
  /** In its decompressed bytes. */
  byteOffset: number;
}

export interface Trace {
  /** As the user gave it; `-` is standard input. */
  readonly path: string;
  readonly format: TraceFormat;
  readonly compression: Compression;
  /** What of it jobs look at. */
  readonly selection: ResolvedSelection;
  /** Of a format with columns: how its lines are to be read. */
  readonly layout?: CsvLayout | null;
  /** Size as stored, in bytes; `null` if unknown. */
  readonly storedBytes: number | null;
  /** What other threads can read parts of the trace from, if they can; `storedBytes` is then known. */
  readonly parts?: PartsSource | null;
  /** Whether `open()` may be called again. @default false */
  readonly reopenable?: boolean;
  /**
   * A reader of the decompressed bytes, from the first; of a container, of what its decoder reads for who `wants` that.
   * Files, blobs and byte arrays can be opened any number of times, one after the other; standard input and streams
   * once: the second time rejects with TraceError.
   */
  open(wants?: TraceWants): Promise<ByteReader>;
  /**
   * Of a container, the metadata in it, objects of JSON in the order of the file, which is read from its beginning for
   * that. Of what can be opened once, rejects with TraceError.
   */
  metadata?(): AsyncIterable<string>;
  /** Of a trace that is made of several files, where a byte is that was read lately. */
  locate?(byteOffset: number): TracePlace;
  /** Releases what `openTrace()` holds if `open()` was never called. May be called at any time. */
  close(): Promise<void>;
}

/**
 * Finds out what a trace is by its content. In Node, a string is a path (`-` is standard input); in a browser, a URL. The
 * files of a list are of the threads of one run, recorded by DynamoRIO's drmemtrace, and are merged by time; a path may be
 * that of a directory of such files. Rejects with TraceError if it cannot be read, is empty, or is of no known format, and
 * with ConfigError if `options.format` names none or the selection is none.
 */
export async function openTrace(input: TraceInput | readonly TraceInput[], options: OpenOptions = {}): Promise<Trace> {
  if (isList(input)) return openFiles(input, listed(input), options);
  const files = typeof input === "string" ? drmemtraceFilesIn(input) : null;
  return files === null ? openFile(input, options) : openFiles(files, input as string, options);
}

function isList(input: TraceInput | readonly TraceInput[]): input is readonly TraceInput[] {
  return Array.isArray(input);
}

/** What a list of inputs is called. */
function listed(inputs: readonly TraceInput[]): string {
  const [first] = inputs;
  const name = first === undefined ? "no files" : byteSource(first).path;
  return inputs.length > 1 ? `${name} and ${inputs.length - 1} more` : name;
}

/** Opens the files of the threads of one run as one trace that is called `path`. */
async function openFiles(inputs: readonly TraceInput[], path: string, options: OpenOptions): Promise<Trace> {
  if (inputs.length > MAX_FILES) {
    throw new TraceError(`consists of ${inputs.length} files; pagewalk merges ${MAX_FILES} at most`, { path });
  }
  const traces: Trace[] = [];
  try {
    for (const input of inputs) {
      const trace = await openFile(input, options);
      traces.push(trace);
      if (inputs.length === 1) return trace;
      if (trace.format.name !== drmemtrace.name) {
        const reason = `is of the format ${trace.format.name}, without times to merge it by; expected ${drmemtrace.name}`;
        throw new TraceError(reason, trace, undefined, "unsupported");
      }
    }
  } catch (error) {
    for (const trace of traces) await trace.close();
    throw error;
  }
  const [first, ...others] = traces;
  if (first === undefined) throw new ConfigError("trace", "an empty list", "one file or more");
  const { mergeTraces } = await import("./merge.ts");
  return mergeTraces([first, ...others], path);
}

async function openFile(input: TraceInput, options: OpenOptions): Promise<Trace> {
  checkNames(options, OPEN_OPTIONS);
  const selection = resolveSelection(options);
  const columns = options.columns === undefined ? null : resolveColumns(options.columns);
  const forced =
    options.format === undefined
      ? (FORMATS.find(({ layoutOf }) => columns !== null && layoutOf !== undefined) ?? null)
      : formatNamed(options.format);
  if (columns !== null && forced?.layoutOf === undefined) {
    throw new ConfigError("columns", options.columns, `none with the format ${forced?.name}, which has no columns`);
  }
  const source = byteSource(input);
  const opened = await openDecompressed(source);
  try {
    const { head, failure } = await peekBeforeFailure(opened.reader, DETECTION_BYTES);
    if (failure !== null && (head.length === 0 || !(failure instanceof TraceError))) throw failure;
    if (head.length === 0) {
      const at = { path: source.path, byteOffset: 0 };
      throw new TraceError("is empty; expected a memory trace", at, undefined, "empty");
    }
    const format = forced ?? (await detectFormat(head, source.path, failure));
    if (format.isPagesOnly) checkSelectionOfPages(selection);
    const layout = format.layoutOf?.(head, columns) ?? null;
    if (format.layoutOf !== undefined && layout === null) {
      const at = { path: source.path, byteOffset: 0 };
      throw new TraceError(NO_COLUMNS, at, undefined, "unknown-format");
    }
    const reader = new ReplayingReader(head, opened.reader);
    return new OpenedTrace(source, { format, selection, layout }, opened.compression, reader);
  } catch (error) {
    await opened.reader.close();
    throw error;
  }
}

const NO_COLUMNS =
  "has no header that names its columns, each once, with one of addresses; say which are what with --columns, as address=2,kind=1,size=3";

class OpenedTrace implements Trace {
  readonly format: TraceFormat;
  readonly selection: ResolvedSelection;
  readonly layout: CsvLayout | null;
  readonly compression: Compression;
  readonly #source: ByteSource;
  /** The reader that detection began, for the first open(). */
  #first: ByteReader | null;

  constructor(
    source: ByteSource,
    { format, selection, layout }: Required<Pick<Trace, "format" | "selection" | "layout">>,
    compression: Compression,
    first: ByteReader,
  ) {
    this.#source = source;
    this.format = format;
    this.selection = selection;
    this.layout = layout;
    this.compression = compression;
    this.#first = first;
  }

  get path(): string {
    return this.#source.path;
  }

  get storedBytes(): number | null {
    return this.#source.storedBytes;
  }

  get reopenable(): boolean {
    return this.#source.reopenable;
  }

  get parts(): PartsSource | null {
    return this.compression === "none" ? (this.#source.parts ?? null) : null;
  }

  async open(wants = WANTS_ALL): Promise<ByteReader> {
    const first = this.#first;
    this.#first = null;
    const reader = first ?? (await openDecompressed(this.#source)).reader;
    const { path, selection, format } = this;
    return (await format.unwrap?.(reader, { path, selection, wants })) ?? reader;
  }

  async *metadata(): AsyncGenerator<string, void> {
    const { path, selection, format } = this;
    if (format.metadata === undefined) return;
    if (!this.#source.reopenable) {
      const reason = "what was recorded with it is looked for first, and it can be read only once; give it as a file";
      throw new TraceError(reason, { path });
    }
    const { reader } = await openDecompressed(this.#source);
    try {
      yield* await format.metadata(reader, { path, selection, wants: WANTS_ALL });
    } finally {
      await reader.close();
    }
  }

  async close(): Promise<void> {
    await this.#first?.close();
    this.#first = null;
  }
}
