/**
 * The errors that pagewalk raises on purpose. Messages state facts: what was found, where, what was expected; the CLI
 * and the page add nothing but their own prefix. Anything else that is thrown is a defect of pagewalk itself.
 */

/** What of an error survives a worker boundary, where classes and own fields are lost. Plain data. */
export interface ErrorValue {
  name: string;
  message: string;
  stack?: string;
  /** Fields of the class named by `name`. */
  fields: Record<string, string | number | null>;
}

/** A configuration that cannot be simulated. Raised before anything runs. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** Path of the option, as in the configuration object: `stlb.ways`. */
  readonly option: string;
  /** What the option was set to, as text. */
  readonly got: string;
  /** What the option may be, as text. */
  readonly allowed: string;
  constructor(option: string, got: unknown, allowed: string) {
    super(`${option}: got ${String(got)}; allowed: ${allowed}`);
    this.option = option;
    this.got = String(got);
    this.allowed = allowed;
  }
}

/**
 * What kind of thing is wrong with a trace: it cannot be opened or read (missing, a directory, no permission, broken
 * off); is empty; is of no known format, or of several; is compressed in a way that is not read; is truncated or
 * corrupt as compressed data; has a record that cannot be, or ends inside one; is not complete, since a cache filter took
 * records away; is a kind of its format that is not read; has no record at all; or has records that another format cannot hold.
 */
export type TraceErrorCode =
  | "unreadable"
  | "empty"
  | "unknown-format"
  | "unsupported-compression"
  | "truncated"
  | "corrupt"
  | "address-too-wide"
  | "size-out-of-range"
  | "torn-line"
  | "torn-record"
  | "bad-record"
  | "filtered"
  | "unsupported"
  | "no-records"
  | "not-carried";

/** Bytes around a place in a trace, to be shown. */
export interface Neighbourhood {
  /** Offset of the first of them in the decompressed bytes. */
  byteOffset: number;
  /** Two hexadecimal digits for each. */
  hex: string;
  /** Which of them are the bad ones: index of the first, and how many. */
  markedFrom: number;
  markedBytes: number;
}

/** Where in a trace something was found. Unknown positions are `null`. */
export interface TracePosition {
  /** File name or path as the user gave it; `-` for standard input. */
  path: string;
  /** 1-based number of the record, or of the record that would have come next. */
  record: number | null;
  /** 1-based line number, in text formats. */
  line: number | null;
  /** 0-based offset in the decompressed bytes. */
  byteOffset: number | null;
  /** About where that is in the bytes as they are stored, if these are compressed. */
  storedOffset?: number | null;
}

/** What else is known of what is wrong with a trace. */
export interface TraceFindings {
  /** Decompressed bytes up to which all records are whole and good. @default the byte offset of a bad record */
  wholeBytes?: number | null;
  neighbourhood?: Neighbourhood | null;
  /** Name of the likely cause (src/doctor/causes.ts). */
  likelyCause?: string | null;
}

/** A trace that cannot be read or is not what it should be: missing, truncated, corrupt, of no known format. */
export class TraceError extends Error {
  override readonly name = "TraceError";
  readonly code: TraceErrorCode;
  readonly path: string;
  readonly record: number | null;
  readonly line: number | null;
  readonly byteOffset: number | null;
  readonly storedOffset: number | null;
  /** Decompressed bytes up to which all records are whole and good; `null` if that is not known. */
  readonly wholeBytes: number | null;
  /** The bytes around the bad place; `null` if they are not at hand. */
  readonly neighbourhood: Neighbourhood | null;
  /** Name of the likely cause (src/doctor/causes.ts); `null` if nothing tells of one. */
  readonly likelyCause: string | null;
  /** What was found and expected, and the likely cause, without the position. */
  readonly reason: string;
  constructor(
    reason: string,
    at: Partial<TracePosition> & { path: string },
    cause?: unknown,
    code: TraceErrorCode = "unreadable",
    findings: TraceFindings = {},
  ) {
    const where = [
      at.line != null ? `line ${at.line}` : null,
      at.record != null ? `record ${at.record}` : null,
      at.byteOffset != null ? `byte ${at.byteOffset}${at.storedOffset != null ? " decompressed" : ""}` : null,
      at.storedOffset != null ? `about byte ${at.storedOffset} stored` : null,
    ];
    super(located(at.path, where, reason), cause === undefined ? {} : { cause });
    this.code = code;
    this.path = at.path;
    this.record = at.record ?? null;
    this.line = at.line ?? null;
    this.byteOffset = at.byteOffset ?? null;
    this.storedOffset = at.storedOffset ?? null;
    this.wholeBytes = findings.wholeBytes ?? null;
    this.neighbourhood = findings.neighbourhood ?? null;
    this.likelyCause = findings.likelyCause ?? null;
    this.reason = reason;
  }
}

/**
 * What kind of thing is wrong with a dump: it cannot be opened or read; is empty; is of a kind that is not read; is
 * compressed in a way that is not read; is truncated; contradicts itself or its compression's checks; has to be read
 * twice and cannot be; does not hold a table that others lead to; or maps more pages than can be listed.
 */
export type DumpErrorCode =
  | "unreadable"
  | "empty"
  | "unsupported-format"
  | "unsupported-compression"
  | "truncated"
  | "corrupt"
  | "read-once"
  | "outside"
  | "too-many";

/** Where in a dump something was found. Unknown positions are `null`. */
export interface DumpPosition {
  /** File name or path as the user gave it; `-` for standard input. */
  path: string;
  /** 0-based offset in the decompressed bytes. */
  byteOffset: number | null;
  physicalAddress: bigint | null;
}

/** A dump of physical memory that cannot be read or is not what it should be. */
export class DumpError extends Error {
  override readonly name = "DumpError";
  readonly code: DumpErrorCode;
  readonly path: string;
  readonly byteOffset: number | null;
  readonly physicalAddress: bigint | null;
  /** What was found and expected, and the likely cause, without the position. */
  readonly reason: string;
  constructor(reason: string, at: Partial<DumpPosition> & { path: string }, code: DumpErrorCode, cause?: unknown) {
    const where = [
      at.byteOffset != null ? `byte ${at.byteOffset}` : null,
      at.physicalAddress != null ? `physical address ${hex(at.physicalAddress)}` : null,
    ];
    super(located(at.path, where, reason), cause === undefined ? {} : { cause });
    this.code = code;
    this.path = at.path;
    this.byteOffset = at.byteOffset ?? null;
    this.physicalAddress = at.physicalAddress ?? null;
    this.reason = reason;
  }
}

/** Where in a list of regions something was found. Unknown positions are `null`. */
export interface RegionsPosition {
  /** File name or path as the user gave it; `-` for standard input. */
  path: string;
  /** 1-based, in a listing of mappings. */
  line: number | null;
  /** Path in an object of JSON: `regions[3].start`. */
  field: string | null;
}

/** The regions of a program's memory cannot be read or are not what they should be. */
export class RegionsError extends Error {
  override readonly name = "RegionsError";
  readonly path: string;
  readonly line: number | null;
  readonly field: string | null;
  /** What was found and expected, and the likely cause, without the position. */
  readonly reason: string;
  constructor(reason: string, at: Partial<RegionsPosition> & { path: string }, cause?: unknown) {
    const where = [at.line != null ? `line ${at.line}` : null, at.field ?? null];
    super(located(at.path, where, reason), cause === undefined ? {} : { cause });
    this.path = at.path;
    this.line = at.line ?? null;
    this.field = at.field ?? null;
    this.reason = reason;
  }
}

/** The output of `perf stat` cannot be read or is not what it should be. */
export class PerfStatError extends Error {
  override readonly name = "PerfStatError";
  readonly path: string;
  /** 1-based; `null`: it is about no line. */
  readonly line: number | null;
  /** What was found and expected, and the likely cause, without the position. */
  readonly reason: string;
  constructor(reason: string, path: string, line: number | null = null) {
    super(located(path, [line === null ? null : `line ${line}`], reason));
    this.path = path;
    this.line = line;
    this.reason = reason;
  }
}

/** The kernel could not go on: it ran out of memory, or it met a trap and must not be called again. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  /** `out-of-memory`, `too-many-processes`, `layout`, `trap`, or `check-failed`: two ways of counting disagree. */
  readonly status: string;
  constructor(status: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }
}

/** The worker that was to answer is gone: it crashed, exited or could not be loaded. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
}

/** What a thrown thing says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What of `error` can be posted to another thread. */
export function toErrorValue(error: unknown): ErrorValue {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const value: ErrorValue = { name, message, fields: {} };
  if (stack !== undefined) value.stack = stack;
  if (error instanceof ConfigError) value.fields = { option: error.option, got: error.got, allowed: error.allowed };
  if (error instanceof KernelError) value.fields = { status: error.status };
  if (error instanceof TraceError) {
    const { code, path, record, line, byteOffset, storedOffset, wholeBytes, likelyCause, reason } = error;
    value.fields = { code, path, record, line, byteOffset, storedOffset, wholeBytes, likelyCause, reason };
    if (error.neighbourhood !== null) value.fields.neighbourhood = JSON.stringify(error.neighbourhood);
  }
  if (error instanceof DumpError) {
    const { code, path, byteOffset, reason } = error;
    const physicalAddress = error.physicalAddress === null ? null : hex(error.physicalAddress);
    value.fields = { code, path, byteOffset, physicalAddress, reason };
  }
  if (error instanceof RegionsError) {
    const { path, line, field, reason } = error;
    value.fields = { path, line, field, reason };
  }
  return value;
}

/** The error that `value` was made of, of the same class and with the same fields. */
export function fromErrorValue({ name, message, stack, fields }: ErrorValue): Error {
  const text = (field: string) => String(fields[field] ?? "");
  const position = (field: string) => (typeof fields[field] === "number" ? fields[field] : null);
  const at = {
    path: text("path"),
    record: position("record"),
    line: position("line"),
    byteOffset: position("byteOffset"),
    storedOffset: position("storedOffset"),
    physicalAddress: fields.physicalAddress == null ? null : BigInt(fields.physicalAddress),
  };
  const error =
    name === "ConfigError"
      ? new ConfigError(text("option"), text("got"), text("allowed"))
      : name === "TraceError"
        ? new TraceError(text("reason"), at, undefined, text("code") as TraceErrorCode, {
            wholeBytes: position("wholeBytes"),
            neighbourhood: fields.neighbourhood == null ? null : JSON.parse(text("neighbourhood")),
            likelyCause: fields.likelyCause == null ? null : text("likelyCause"),
          })
        : name === "DumpError"
          ? new DumpError(text("reason"), at, text("code") as DumpErrorCode)
          : name === "RegionsError"
            ? new RegionsError(text("reason"), { ...at, field: fields.field == null ? null : text("field") })
            : name === "KernelError"
              ? new KernelError(text("status"), message)
              : Object.assign(new Error(message), { name });
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The message of an error in a file. */
function located(path: string, where: readonly (string | null)[], reason: string): string {
  const name = path === "-" ? "standard input" : path;
  const known = where.filter((part) => part !== null);
  return `${name}${known.length > 0 ? `: ${known.join(", ")}` : ""}: ${reason}`;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
