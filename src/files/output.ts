/** Where results go: standard output, or a file that is there whole or not at all. */
import { randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { access, constants, type FileHandle, lstat, open, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/** A result could not be written. The message names the path and the cause. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  /** As the user gave it; `-` is standard output. */
  readonly path: string;
  constructor(path: string, cause: unknown) {
    // Node adds the call and its path, which here is a temporary name: `ENOENT: no such file or directory, open '…'`.
    const reason = cause instanceof Error ? cause.message.replace(/^([A-Z0-9]+: [^,]*), .*$/s, "$1") : String(cause);
    super(`${path === "-" ? "standard output" : path}: cannot be written: ${reason}`, { cause });
    this.path = path;
  }
}

/**
 * Writes a result to standard output, or to `path` if there is one that is not `-`; resolves when it is written. Of a
 * result in pieces only one at a time is in memory.
 *
 * @throws OutputError if it cannot be written, and what making a piece threw; a file that was at `path` is then unchanged.
 */
export async function writeOutput(
  result: string | AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  path?: string,
): Promise<void> {
  const pieces = typeof result === "string" ? [result] : result;
  if (path === undefined || path === "-") {
    for await (const piece of pieces) await writeStdout(piece);
  } else {
    await replaceFile(path, async (file) => {
      for await (const piece of pieces) await file.writeFile(piece);
      return undefined;
    });
  }
}

/**
 * Makes sure that `writeOutput()` can write to `path`, as far as that can be told without writing: so that hours of work
 * are not lost to a mistyped folder.
 *
 * @throws OutputError if it cannot be written, or is one of `inputs`, which it would replace.
 */
export async function checkOutput(path: string | undefined, inputs: Iterable<string>): Promise<void> {
  if (path === undefined || path === "-") return;
  try {
    const target = await existing(path);
    if (target?.isFolder) throw new Error("EISDIR: is a directory");
    if (target !== null && !target.isFile) return;
    await access(dirname(target?.path ?? path), constants.W_OK);
    for (const input of target === null ? [] : inputs) {
      const real = await realpath(input).catch(() => null); // what is wrong with an input is told when it is opened
      if (real === target?.path) throw new Error("it is an input that is to be read");
    }
  } catch (error) {
    throw new OutputError(path, error);
  }
}

/**
 * Writes to standard output and resolves when it is written. If the reader has closed the pipe (`| head`) the process
 * ends at once with exit status 0 and without a word: nobody is left to read.
 *
 * @throws OutputError if it cannot be written for another reason.
 */
export function writeStdout(text: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      reject(new OutputError("-", error));
    };
    // The stream tells of an error in the callback and, later and only once, as an event, which must not go unheard.
    process.stdout.once("error", onError);
    process.stdout.write(text, (error) => {
      if (error != null) return onError(error);
      process.stdout.off("error", onError);
      resolve();
    });
  });
}

/** Temporary files that are being written. */
const temporaries = new Set<string>();

// A signal or a closed pipe ends the process in the middle of things.
process.on("exit", () => {
  for (const name of temporaries) rmSync(name, { force: true });
});

/**
 * Makes `path` the file that `write` writes, in one step: first under a temporary name in the same folder, which is
 * renamed when all is written and removed when something fails or the process exits. A link is followed; the mode of a file that was there
 * is kept; one that is write-protected is not replaced. What is not a regular file (a pipe, `/dev/null`) is written to
 * as it is. A name that `write` returns is taken for `path` instead.
 *
 * @throws OutputError if the system refuses; anything else that `write` throws as it is.
 */
export async function replaceFile(
  path: string,
  write: (file: FileHandle) => Promise<string | undefined>,
): Promise<void> {
  let temporary: string | null = null;
  try {
    const target = await existing(path);
    if (target !== null && !target.isFile) {
      await writeAndClose(await open(path, "w"), write);
      return;
    }
    const final = target?.path ?? path;
    const name = join(dirname(final), `.${basename(final)}.${randomUUID()}.tmp`);
    temporary = name;
    temporaries.add(name);
    // Not in the background, where it might come into being after the process has looked for it, when it exits.
    writeFileSync(name, "", { flag: "wx", mode: target?.mode ?? 0o666 });
    const instead = await writeAndClose(await open(name, "r+"), write);
    await rename(name, instead ?? final);
  } catch (error) {
    // What failed is the news; that its remains could not be removed is not.
    if (temporary !== null) await rm(temporary, { force: true }).catch(() => {});
    const isRefusal = error instanceof Error && "syscall" in error;
    throw isRefusal ? new OutputError(path, error) : error;
  } finally {
    if (temporary !== null) temporaries.delete(temporary);
  }
}

async function writeAndClose(
  file: FileHandle,
  write: (file: FileHandle) => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await write(file);
  } finally {
    await file.close();
  }
}

interface Existing {
  path: string;
  isFile: boolean;
  isFolder: boolean;
  mode: number;
}

/** What is at `path`, links followed; `null` if there is nothing. */
async function existing(path: string): Promise<Existing | null> {
  try {
    const real = await realpath(path);
    const status = await lstat(real);
    await access(real, constants.W_OK);
    return { path: real, isFile: status.isFile(), isFolder: status.isDirectory(), mode: status.mode & 0o777 };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
