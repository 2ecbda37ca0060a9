/** Traces as a plan has them: each is opened, as `openTrace()` does, so that one that is none is told before anything is queued. */
import { stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import type { PlannedFile, PlannedTrace } from "../config/planned.ts";
import { ConfigError, RegionsError, TraceError } from "../errors.ts";
import { placed } from "../experiment/at-path.ts";
import type { TracesDescription } from "../experiment/description.ts";
import type { TraceCheck } from "../experiment/needs.ts";
import { sizeOfTrace, type TraceSize } from "../experiment/trace-size.ts";
import { regionChanges } from "../regions/changes.ts";
import { RegionNames } from "../regions/names.ts";
import { openRegions } from "../regions/open.ts";
import { DETECTION_BYTES } from "../trace/formats/index.ts";
import { openTrace, type Trace } from "../trace/trace.ts";
import { identityOf } from "./file-identity.ts";
import { type FoundTrace, slashed } from "./find-traces.ts";

/** Files that are opened at once. */
const AT_ONCE = 16;
/** Decompressed bytes by which a trace's length is estimated. */
const HEAD_BYTES = 64 * 1024;

/** Folders that paths are relative to. */
export interface Folders {
  /** Of the experiment: what it names. */
  experiment: string;
  /** Of the plan: the paths in it. */
  plan: string;
}

export interface SizedPlannedTrace {
  planned: PlannedTrace;
  size: TraceSize;
}

/**
 * Opens `found`, some at once, and reads no more of each than its beginning and its end. Rejects with ConfigError, with the path in the experiment,
 * and with InputError, TraceError and RegionsError, with the file: that of the first bad one.
 */
export async function planTraces(
  found: readonly FoundTrace[],
  folders: Folders,
  check: TraceCheck,
): Promise<SizedPlannedTrace[]> {
  const files = new PlannedFiles(folders);
  const planned: SizedPlannedTrace[] = [];
  const rooms = Array.from({ length: Math.min(AT_ONCE, found.length) }, () => new Uint8Array(DETECTION_BYTES));
  for (let start = 0; start < found.length; start += AT_ONCE) {
    const some = found.slice(start, start + AT_ONCE);
    const outcomes = await Promise.allSettled(
      some.map((trace, at) => planTrace(trace, files, folders, check, rooms[at] as Uint8Array)),
    );
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") throw outcome.reason;
      planned.push(outcome.value);
    }
  }
  return planned;
}

async function planTrace(
  found: FoundTrace,
  files: PlannedFiles,
  folders: Folders,
  check: TraceCheck,
  room: Uint8Array,
): Promise<SizedPlannedTrace> {
  const { about, path } = found;
  const place = found.place.replace(/\.files$/, "");
  const shown = found.isAbsolute ? path : slashed(relative(folders.experiment, path));
  const { bytes, fingerprint, ends } = await identityOf(path, shown);
  const { columns, thread } = about;
  const opened = await openAt(path, about, place, shown);
  try {
    const head = await headOf(opened, room).catch((error) => {
      throw calledAs(shown, error);
    });
    const planned: PlannedTrace = {
      path: found.isAbsolute ? path : slashed(relative(folders.plan, path)),
      bytes,
      fingerprint,
      format: opened.format.name,
      ...(columns === undefined ? {} : { columns }),
      ...(thread === undefined ? {} : { thread: String(thread) }),
      ...(about.regions === undefined ? {} : { regions: await files.beside(path, about.regions, `${place}.regions`) }),
      ...(about.maps === undefined ? {} : { maps: await files.mapsOf(path, about.maps, `${place}.maps`) }),
    };
    check(planned, opened.format, files.change(planned.regions) || files.change(planned.maps));
    const size = sizeOfTrace(opened.format, opened.compression, ends, head);
    if (size.isCutOff) {
      const reason = "has no end marker: the file was cut off (the disk was full, or the recording was stopped)";
      throw new TraceError(reason, { path: shown }, undefined, "truncated");
    }
    return { planned, size };
  } finally {
    await opened.close();
  }
}

/** Opens a trace; errors call it as `shown`, and those of what the experiment says of it have their place there. */
async function openAt(path: string, { format, columns, thread }: TracesDescription, place: string, shown: string) {
  try {
    return await openTrace(path, { format, columns, thread });
  } catch (error) {
    if (error instanceof ConfigError) throw placed(error, place, ` (${shown})`);
    if (!(error instanceof TraceError)) throw error;
    throw calledAs(shown, error, ` (all files of ${place.replace(/^experiment\./, "")} are taken for traces)`);
  }
}

/** `error` of the trace that is called `path`, if it is one. */
function calledAs(path: string, error: unknown, remark = ""): unknown {
  if (!(error instanceof TraceError)) return error;
  const { reason, record, line, byteOffset, storedOffset, code } = error;
  return new TraceError(`${reason}${remark}`, { path, record, line, byteOffset, storedOffset }, error, code);
}

/** The first decompressed bytes of a text, read by way of `room`. Rejects with TraceError if what detection looked at cannot be read to its end. */
async function headOf(trace: Trace, room: Uint8Array): Promise<Uint8Array> {
  const reader = await trace.open();
  try {
    let head: Uint8Array = new Uint8Array(0);
    for (let total = 0; total < DETECTION_BYTES; ) {
      const got = await reader.read(room);
      if (got === 0) break;
      if (total === 0 && trace.format.isText) head = room.slice(0, Math.min(got, HEAD_BYTES));
      total += got;
    }
    return head;
  } finally {
    await reader.close();
  }
}

/** Files beside traces. One that many traces have is read once. */
class PlannedFiles {
  readonly #folders: Folders;
  readonly #known = new Map<string, Promise<PlannedFile>>();
  /** Those whose regions come, go or change while the trace runs. */
  readonly #changing = new Set<PlannedFile>();

  constructor(folders: Folders) {
    this.#folders = folders;
  }

  /** Whether what `file` tells of changes while the trace runs. */
  change(file: PlannedFile | "recorded" | undefined): boolean {
    return typeof file === "object" && this.#changing.has(file);
  }

  mapsOf(trace: string, pattern: string, place: string): Promise<PlannedFile> | "recorded" {
    return pattern === "recorded" ? "recorded" : this.beside(trace, pattern, place);
  }

  /** The file that `pattern` says is that of `trace`: the one of the longest name. */
  async beside(trace: string, pattern: string, place: string): Promise<PlannedFile> {
    const folder = /[/\\]/.test(pattern) ? this.#folders.experiment : dirname(trace);
    const tried: string[] = [];
    for (const stem of stemsOf(basename(trace))) {
      const path = resolve(
        folder,
        pattern.replaceAll("*", () => stem),
      );
      if (tried.includes(path)) break; // no `*` in it
      tried.push(path);
      const isThere = await stat(path).then(
        (status) => !status.isDirectory(),
        () => false,
      );
      if (isThere) return this.#planned(path, isAbsolute(pattern));
    }
    const names = tried.map((path) => slashed(relative(this.#folders.experiment, path)));
    const what = `a file for each trace; for ${slashed(relative(this.#folders.experiment, trace))} there is none of ${names.join(", ")}`;
    throw new ConfigError(place, pattern, what);
  }

  #planned(path: string, isAbsolute: boolean): Promise<PlannedFile> {
    const known = this.#known.get(path) ?? this.#read(path, isAbsolute);
    this.#known.set(path, known);
    return known;
  }

  async #read(path: string, isAbsolute: boolean): Promise<PlannedFile> {
    const shown = isAbsolute ? path : slashed(relative(this.#folders.experiment, path));
    const { bytes, fingerprint } = await identityOf(path, shown);
    const file = { path: isAbsolute ? path : slashed(relative(this.#folders.plan, path)), bytes, fingerprint };
    try {
      const regions = await openRegions(path);
      if (regionChanges(regions, new RegionNames(regions)).some(({ record }) => record > 0)) this.#changing.add(file);
    } catch (error) {
      if (!(error instanceof RegionsError)) throw error;
      throw new RegionsError(error.reason, { path: shown, line: error.line, field: error.field }, error);
    }
    return file;
  }
}

/** A file's name, and what is left of it without its last ending, the one before, and so on. */
function stemsOf(name: string): string[] {
  const stems = [name];
  for (let dot = name.lastIndexOf("."); dot > 0; dot = name.lastIndexOf(".", dot - 1)) stems.push(name.slice(0, dot));
  return stems;
}
