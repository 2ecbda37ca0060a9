/** The files that an experiment's globs name, and what tells whether they are still the same later. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { basename, relative, resolve, sep } from "node:path";
import { glob } from "tinyglobby";
import { ConfigError, messageOf } from "../errors.ts";
import type { ExperimentDescription, TracesDescription } from "../experiment/description.ts";
import type { PlannedFile, PlannedTrace } from "../experiment/plan.ts";
import { InputError } from "../files/json-file.ts";

/** Bytes of the beginning and of the end of a file that are looked at. */
const ENDS_BYTES = 64 * 1024;
/** Files that are opened at once. */
const AT_ONCE = 16;

/** Folders that paths are relative to. */
export interface Folders {
  /** Of the experiment: its globs. */
  experiment: string;
  /** Of the plan: the paths in it. */
  plan: string;
}

/** The traces of `experiment`. Rejects with ConfigError, with the path of what finds none or one that another found, and with InputError. */
export async function findTraces({ traces }: ExperimentDescription, folders: Folders): Promise<PlannedTrace[]> {
  const found = new Map<string, { place: string; about: TracesDescription }>();
  for (const [index, given] of traces.entries()) {
    const place = `experiment.traces[${index}]`;
    const about = typeof given === "string" ? { files: given } : given;
    const paths = (
      await glob(about.files, { cwd: folders.experiment, absolute: true, expandDirectories: false })
    ).sort();
    if (paths.length === 0)
      throw new ConfigError(place, about.files, `a glob of files; there are none in ${folders.experiment}`);
    for (const path of paths) {
      const before = found.get(path);
      if (before !== undefined)
        throw new ConfigError(place, path, `files that ${before.place} has not: each is there once`);
      found.set(path, { place, about });
    }
  }
  const files = [...found];
  const planned: PlannedTrace[] = [];
  for (let start = 0; start < files.length; start += AT_ONCE) {
    const some = files.slice(start, start + AT_ONCE);
    planned.push(...(await Promise.all(some.map(([path, { about }]) => plannedTrace(path, about, folders)))));
  }
  return planned;
}

async function plannedTrace(path: string, about: TracesDescription, folders: Folders): Promise<PlannedTrace> {
  const { format, columns, thread, regions, maps } = about;
  const beside = (pattern: string) =>
    plannedFile(resolve(folders.experiment, pattern.replace("*", stemOf(path))), folders);
  return {
    ...(await plannedFile(path, folders)),
    ...(format === undefined ? {} : { format }),
    ...(columns === undefined ? {} : { columns }),
    ...(thread === undefined ? {} : { thread: String(thread) }),
    ...(regions === undefined ? {} : { regions: await beside(regions) }),
    ...(maps === undefined ? {} : { maps: maps === "recorded" ? maps : await beside(maps) }),
  };
}

/** A file's name up to its first dot. */
function stemOf(path: string): string {
  return basename(path).replace(/(?<=.)\..*$/, "");
}

async function plannedFile(path: string, folders: Folders): Promise<PlannedFile> {
  const inPlan = relative(folders.plan, path);
  return { path: inPlan.split(sep).join("/"), ...(await identityOf(path)) };
}

/** What a file is known by. Rejects with InputError. */
export async function identityOf(path: string): Promise<Pick<PlannedFile, "bytes" | "fingerprint">> {
  try {
    const file = await open(path);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error("it is no regular file");
      const { size } = status;
      const hash = createHash("sha256");
      for (const [from, to] of endsOf(size)) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(to - from), 0, to - from, from);
        hash.update(buffer.subarray(0, bytesRead));
      }
      return { bytes: size, fingerprint: hash.digest("hex") };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new InputError(path, "", `nothing that can be read (${messageOf(error)})`, "a file");
  }
}

function endsOf(size: number): [from: number, to: number][] {
  if (size <= 2 * ENDS_BYTES) return [[0, size]];
  return [
    [0, ENDS_BYTES],
    [size - ENDS_BYTES, size],
  ];
}

/** Throws InputError unless the file of a plan in `folder` is the one that it was made for. */
export async function checkUnchanged({ path, bytes, fingerprint }: PlannedFile, folder: string): Promise<void> {
  const now = await identityOf(resolve(folder, path));
  if (now.bytes === bytes && now.fingerprint === fingerprint) return;
  const found = now.bytes === bytes ? "other contents" : `${now.bytes} bytes`;
  throw new InputError(path, "", found, `the file that the plan was made for, of ${bytes} bytes; make the plan again`);
}
