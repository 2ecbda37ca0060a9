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
 * is written: so nothing remains of it, whatever ends the process. `null` outside Node. Rejects with errors of the system.
 */
export async function openScratch(folder?: string): Promise<Scratch | null> {
  const modules = globalThis.process?.getBuiltinModule;
  if (modules === undefined) return null;
  const { open, rm } = modules("node:fs/promises");
  const name = `.pagewalk-${modules("node:crypto").randomUUID()}.tmp`;
  const path = modules("node:path").join(folder ?? modules("node:os").tmpdir(), name);
  const file = await open(path, "wx+", 0o600);
  const removed = await rm(path).then(
    () => true,
    () => false, // Windows keeps the names of open files
  );
  let end = 0;
  const write = async (position: number, bytes: Uint8Array) => {
    for (let done = 0; done < bytes.length; ) {
      done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
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
        const { bytesRead } = await file.read(target, done, target.length - done, position + done);
        if (bytesRead === 0) throw new Error(`the temporary file ends at ${position + done} of ${end} bytes`);
        done += bytesRead;
      }
    },
    async close() {
      await file.close();
      if (!removed) await rm(path, { force: true });
    },
  };
}
