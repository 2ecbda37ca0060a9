/** The files that an experiment's globs name, in an order that depends on nothing but their names. */
import { lstat } from "node:fs/promises";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { glob } from "tinyglobby";
import { ConfigError } from "../errors.ts";
import type { ExperimentDescription, TracesDescription } from "../experiment/description.ts";

/** Traces of one experiment. */
const MAX_TRACES = 1_000_000;

/** A file that an experiment names, and where it does. */
export interface FoundTrace {
  path: string;
  /** Path in the experiment, for messages: `experiment.traces[1]`. */
  place: string;
  about: TracesDescription;
  /** Whether it is named by an absolute path: then the plan has that. */
  isAbsolute: boolean;
}

/**
 * The files that `traces` name, relative to `folder`. Links are followed; a file of two names is two traces. Files and folders whose names begin with
 * a dot are left out unless the glob has the dot. Rejects with ConfigError, with the path of what finds none or one that another found.
 */
export async function findTraces({ traces }: ExperimentDescription, folder: string): Promise<FoundTrace[]> {
  const globs = traces.map((given) => (typeof given === "string" ? { files: given } : given));
  const ignore = globs.flatMap(({ files }) => (isExclusion(files) ? [files.slice(1)] : []));
  if (ignore.length === globs.length) {
    throw new ConfigError("experiment.traces", ignore.map((files) => `!${files}`).join(", "), "a glob that finds some");
  }
  const found = new Map<string, FoundTrace>();
  for (const [index, about] of globs.entries()) {
    if (isExclusion(about.files)) continue;
    const place = `experiment.traces[${index}]${typeof traces[index] === "string" ? "" : ".files"}`;
    const paths = await filesOf(about.files, ignore, folder);
    if (paths.length === 0) throw new ConfigError(place, about.files, await whyNone(about.files, ignore, folder));
    for (const path of paths) {
      const before = found.get(path);
      if (before !== undefined) {
        const other = before.place.replace(/^experiment\./, "");
        const allowed = before.place === place ? "each file once" : `files that ${other} has not: each is there once`;
        throw new ConfigError(place, relative(folder, path), allowed);
      }
      found.set(path, { path, place, about, isAbsolute: isAbsolute(about.files) });
    }
    if (found.size > MAX_TRACES) throw new ConfigError(place, `${found.size} files`, `${MAX_TRACES} at most`);
  }
  return [...found.values()];
}

/** `!(a|b)` is a glob. */
function isExclusion(files: string): boolean {
  return files.startsWith("!") && !files.startsWith("!(");
}

/** Absolute paths, by the order of their UTF-16 code units, relative to `folder` with `/`: neither a locale nor a file system has a say. */
async function filesOf(files: string, ignore: readonly string[], folder: string): Promise<string[]> {
  const options = { cwd: folder, absolute: true, expandDirectories: false, ignore: [...ignore] };
  const paths = (await glob(files, options)).map((path) => ({
    path: resolve(path),
    name: slashed(relative(folder, path)),
  }));
  paths.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0));
  return paths.map(({ path }) => path);
}

/** What was allowed where `files` found nothing. */
async function whyNone(files: string, ignore: readonly string[], folder: string): Promise<string> {
  const status = await lstat(resolve(folder, files)).catch(() => null);
  if (status?.isDirectory()) return `files: this is a folder, and ${files.replace(/\/*$/, "/*")} is what is in it`;
  if (status?.isSymbolicLink()) return "a file: this is a link to nowhere or to a folder";
  if (status?.isFile()) {
    if (ignore.length > 0) return `files that ${ignore.map((glob) => `!${glob}`).join(", ")} leave`;
    return "a glob: this file has signs in its name that globs give a meaning; put \\ before each";
  }
  const where = isAbsolute(files) ? "" : ` in ${folder}`;
  return `a path or glob of files; there are none${where} (names are told apart by case)`;
}

/** A path as plans have it. */
export function slashed(path: string): string {
  return sep === "/" ? path : path.split(sep).join("/");
}
