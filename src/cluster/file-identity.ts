/** What tells whether a file is still the one that a plan was made for, without reading all of it. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { PlannedFile } from "../config/planned.ts";
import { messageOf } from "../errors.ts";
import type { FileEnds } from "../experiment/plain-bytes.ts";
import { InputError } from "../files/json-file.ts";
import { codeOf } from "./publish.ts";

/** Bytes of the beginning and of the end of a file that are looked at. */
const ENDS_BYTES = 64 * 1024;

export type FileIdentity = Pick<PlannedFile, "bytes" | "fingerprint">;

/** What a file is known by, and its ends. Rejects with InputError; `shown` is what messages call it. */
export async function identityOf(path: string, shown = path): Promise<FileIdentity & { ends: FileEnds }> {
  try {
    const file = await open(path);
    try {
      const status = await file.stat();
      if (!status.isFile()) throw new Error("it is no regular file");
      const { size } = status;
      const read = async (from: number, to: number) => {
        const buffer = Buffer.allocUnsafe(to - from);
        let length = 0;
        while (length < buffer.length) {
          const { bytesRead } = await file.read(buffer, length, buffer.length - length, from + length);
          if (bytesRead === 0) break;
          length += bytesRead;
        }
        return buffer.subarray(0, length);
      };
      const hash = createHash("sha256");
      if (size <= 2 * ENDS_BYTES) {
        const all = await read(0, size);
        hash.update(all);
        return { bytes: size, fingerprint: hash.digest("hex"), ends: { storedBytes: size, start: all, end: all } };
      }
      const start = await read(0, ENDS_BYTES);
      const end = await read(size - ENDS_BYTES, size);
      hash.update(start).update(end);
      return { bytes: size, fingerprint: hash.digest("hex"), ends: { storedBytes: size, start, end } };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new InputError(shown, "", `nothing that can be read (${messageOf(error)})`, "a file", error);
  }
}

/** Throws InputError unless the file of a plan in `folder` is the one that it was made for. */
export async function checkUnchanged({ path, bytes, fingerprint }: PlannedFile, folder: string): Promise<void> {
  const full = resolve(folder, path);
  const now = await identityOf(full, path).catch((error) => {
    if (!(error instanceof InputError) || codeOf(error.cause) !== "ENOENT") throw error;
    const how = "paths of a plan are relative to its folder: move both together, or make the plan again";
    throw new InputError(path, "", `no file ${full}`, `the one that the plan was made for; ${how}`);
  });
  if (now.bytes === bytes && now.fingerprint === fingerprint) return;
  const found = now.bytes === bytes ? "other contents" : `${now.bytes} bytes`;
  throw new InputError(path, "", found, `the file that the plan was made for, of ${bytes} bytes; make the plan again`);
}
