/**
 * Folders that DynamoRIO writes traces to, drmemtrace.PROGRAM.PID.NUMBER.dir: raw/ has what was recorded, trace/ what
 * raw2trace made of it, a file for each thread, beside files of other kinds.
 */
import { TraceError } from "../errors.ts";

type Fs = typeof import("node:fs");

/** Files of threads: NAME.TID.NUMBER.trace, with an extension for the compression. */
const THREAD_FILE = /\.(?:trace|memtrace)(?:\.(?:gz|zip|zst|xz))?$/;
const RAW_FILE = /\.raw(?:\.\w+)?$/;

/**
 * Paths of the files of a trace in the folder at `path`, in the order of their names; `null` if `path` is no folder, or
 * this is not Node. Throws TraceError if there are none in it.
 */
export function drmemtraceFilesIn(path: string): string[] | null {
  const fs = globalThis.process?.getBuiltinModule?.("node:fs");
  if (fs === undefined || !isFolder(fs, path)) return null;
  const folder = path.replace(/\/+$/, "") || "/";
  for (const place of [`${folder}/trace`, folder]) {
    const files = namesIn(fs, place).filter((name) => THREAD_FILE.test(name));
    if (files.length > 0) return files.map((name) => `${place}/${name}`);
  }
  const isRaw = [`${folder}/raw`, folder].some((place) => namesIn(fs, place).some((name) => RAW_FILE.test(name)));
  throw new TraceError(
    isRaw
      ? `is a directory of raw files of drmemtrace, which are not a trace yet; ${MAKE_TRACE}`
      : "is a directory, without a drmemtrace (NAME.trace, .trace.gz or .trace.zip) in it or in its trace/",
    { path },
  );
}

/** What to do with raw files. */
export const MAKE_TRACE =
  "make one with raw2trace of DynamoRIO (drraw2trace -indir DIRECTORY, or drrun -t drmemtrace -indir DIRECTORY) and " +
  "give the files in its trace/";

/** Whatever cannot be looked at is none: who then opens it is told why. */
function isFolder(fs: Fs, path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** None if it cannot be read: then nothing in it can. */
function namesIn(fs: Fs, folder: string): string[] {
  try {
    return fs.readdirSync(folder).sort();
  } catch {
    return [];
  }
}
