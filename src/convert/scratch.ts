/** A temporary file of this process alone. */
export interface Scratch {
  /** Bytes appended so far. */
  readonly bytes: number;
  append(bytes: Uint8Array): Promise<void>;
  /** Fills `target` with what stands at `position`. */
  read(position: number, target: Uint8Array): Promise<void>;
  write(position: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens one in `folder`, by default the system's for such. Where the system allows, it has lost its name before anything
 * is written: so nothing remains of it, whatever ends the process. `null` outside Node. Throws errors of the system.
 */
export function openScratch(folder?: string): Scratch | null {
  const modules = globalThis.process?.getBuiltinModule;
  if (modules === undefined) return null;
  const fs = modules("node:fs");
  const name = `.pagewalk-${modules("node:crypto").randomUUID()}.tmp`;
  const path = modules("node:path").join(folder ?? modules("node:os").tmpdir(), name);
  // Not in the background: the process may exit whenever it waits.
  const fd = fs.openSync(path, "wx+", 0o600);
  const isNameless = removed(fs, path);
  const { promisify } = modules("node:util");
  const [readSome, writeSome, closeFile] = [promisify(fs.read), promisify(fs.write), promisify(fs.close)];
  let end = 0;
  const write = async (position: number, bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) {
      done += (await writeSome(fd, bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  };
  return {
    get bytes() {
      return end;
    },
    write,
    async append(bytes) {
      await write(end, bytes);
      end += bytes.length;
    },
    async read(position, target) {
      for (let done = 0; done < target.length; ) {
        const { bytesRead } = await readSome(fd, target, done, target.length - done, position + done);
        if (bytesRead === 0) throw new Error(`the temporary file ends at ${position + done} of ${end} bytes`);
        done += bytesRead;
      }
    },
    async close() {
      await closeFile(fd);
      if (!isNameless) removed(fs, path);
    },
  };
}

/** Takes the name of a file away, if the system allows: Windows keeps those of open files. */
function removed(fs: typeof import("node:fs"), path: string): boolean {
  try {
    fs.rmSync(path);
    return true;
  } catch {
    return false;
  }
}
