/**
 * Files that are there whole or not at all, and that nobody replaces: whoever comes second finds out what the first one left. On a shared file
 * system any number of processes on any number of computers may try at once.
 */
import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import * as promises from "node:fs/promises";
import { dirname, join } from "node:path";

/** What is used of `node:fs/promises`: tests put one in between that fails, lies or dies. */
export type FileSystem = Pick<
  typeof promises,
  "link" | "mkdir" | "open" | "readFile" | "readdir" | "rename" | "rm" | "stat" | "utimes"
>;

export const NODE_FILE_SYSTEM: FileSystem = promises;

/** What link() fails with where a file system has no hard links. */
const NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL", "EMLINK"]);

/** What this process has under temporary names. */
const temporaries = new Set<string>();

// A signal ends the process in the middle of things.
process.on("exit", () => {
  for (const path of temporaries) rmSync(path, { force: true, recursive: true });
});

/** To read, without waiting for whoever might write into a pipe of that name. */
const OPEN_AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Name of the file in the folder that stands for it where there are no hard links. */
const INSIDE = "whole.json";

/**
 * Makes `path` a file of `text` unless there is something: says whether it did. Written first in the folder `temporary`, which must be on the same
 * file system. Rejects with what the system says.
 *
 * link() never replaces. Where there are no hard links rename() of a folder does the same, since none replaces a folder that is not empty; the
 * file is then in a folder of its name, which `readPublished()` knows. Over a network link() may be told to have failed though it has not: who
 * gets `false` or an error must look at what is there.
 */
export async function publish(files: FileSystem, path: string, text: string, temporary: string): Promise<boolean> {
  const own = join(temporary, randomUUID());
  temporaries.add(own);
  try {
    const file = await files.open(own, "wx");
    try {
      await file.writeFile(text);
      await file.sync(); // a name that outlives a crash of the computer must not be that of an empty file
    } finally {
      await file.close();
    }
    try {
      await files.link(own, path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      if (!NO_LINKS.has(codeOf(error))) throw error;
    }
    const asFolder = `${own}.folder`;
    temporaries.add(asFolder);
    try {
      await files.mkdir(asFolder);
      await files.rename(own, join(asFolder, INSIDE));
      await files.rename(asFolder, path);
      return true;
    } catch (error) {
      if (["EEXIST", "ENOTEMPTY", "ENOTDIR"].includes(codeOf(error))) return false;
      throw error;
    } finally {
      await forget(files, asFolder);
    }
  } finally {
    await forget(files, own);
  }
}

/** What fails here is not the news: a leftover is removed by who finds it old. */
async function forget(files: FileSystem, path: string): Promise<void> {
  const isGone = await files.rm(path, { force: true, recursive: true }).then(
    () => true,
    () => false,
  );
  if (isGone) temporaries.delete(path);
}

/** The file that `publish()` made at `path`, to be read. Rejects with what the system says. */
export async function openPublished(files: FileSystem, path: string): Promise<promises.FileHandle> {
  const file = await files.open(path, OPEN_AT_ONCE);
  let isWhole = false;
  try {
    const status = await file.stat();
    isWhole = status.isFile();
    if (isWhole) return file;
    if (!status.isDirectory()) throw new Error("no regular file");
  } finally {
    if (!isWhole) await file.close();
  }
  return files.open(join(path, INSIDE)).catch((error) => {
    throw codeOf(error) === "ENOENT" ? new Error("a folder") : error;
  });
}

/** Makes the folder at `path`, and those it is in, unless they are there. Rejects with what the system says: a recursive `mkdir()` says ENOENT of a read-only one. */
export async function makeFolder(files: FileSystem, path: string): Promise<void> {
  try {
    await files.mkdir(path);
  } catch (error) {
    if (codeOf(error) === "EEXIST" && (await files.stat(path)).isDirectory()) return;
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(files, dirname(path));
    await makeFolder(files, path);
  }
}

/** What the system calls an error; empty: it is none of the system's. */
export function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException | null)?.code ?? "");
}
