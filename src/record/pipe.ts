/** The pipe through which a recording comes: nothing of it is ever on a disk. */
import { execFile } from "node:child_process";
import { closeSync, constants, openSync, readSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { RecordError } from "./errors.ts";

/** Bytes of one read. A pipe of Linux holds 64 KiB, unless the recorder made it larger. */
const READ_BYTES = 1 << 20;
/** A read that got less came too early. */
const ENOUGH_BYTES = 32 * 1024;
/**
 * Milliseconds to wait then. Whoever waits for the pipe itself is woken at every line, and shares the pipe's lock with
 * the recorder, which then takes twice as long. While nothing comes they double, up to the second.
 */
const PAUSE_MS = { first: 1, last: 16 };
/** No recorder writes longer lines. */
const MAX_LINE_BYTES = 1 << 20;
const NEWLINE = 10;

export interface LogPipe {
  /** For the recorder. To be closed here when that has it. */
  readonly writeDescriptor: number;
  readonly reader: LineReader;
}

/** Makes a pipe. It is a named one for a moment, in a folder of its own, since Node has no others that are as fast. */
export async function openPipe(): Promise<LogPipe> {
  const folder = await mkdtemp(join(tmpdir(), "pagewalk-record-"));
  try {
    const path = join(folder, "log");
    await promisify(execFile)("mkfifo", ["-m", "600", path]).catch((error: unknown) => {
      throw new RecordError("a pipe could not be made: mkfifo failed", undefined, error);
    });
    const readDescriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { writeDescriptor: openSync(path, constants.O_WRONLY), reader: new LineReader(readDescriptor) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads whole lines from a descriptor that does not block, of which it is the owner. */
export class LineReader {
  /** Tells that nobody will write any more, although the pipe is open: what has come is then all. */
  isAbandoned: () => boolean = () => false;
  /** What stood behind the last newline, at the end. */
  torn: Uint8Array = new Uint8Array(0);
  /** Bytes read so far. */
  receivedBytes = 0;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #descriptor: number;
  /** What has been read of the next line. */
  #begun: Uint8Array = new Uint8Array(0);
  #pauseMs = PAUSE_MS.first;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  /** The next lines, at least one; `null` at the end. The array is the caller's. */
  async next(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#descriptor < 0) return null;
      const begun = this.#begun;
      const abandoned = this.isAbandoned(); // asked first: what was written before is then found
      const got = this.#read();
      if (got === 0 || (got === null && abandoned)) {
        this.torn = begun;
        this.close();
        return null;
      }
      if (got === null) {
        await this.#pause();
        this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS.last);
        continue;
      }
      this.#pauseMs = PAUSE_MS.first;
      if (got < ENOUGH_BYTES && !abandoned) await this.#pause();
      const read = new Uint8Array(begun.length + got);
      read.set(begun);
      read.set(this.#buffer.subarray(0, got), begun.length);
      const end = read.lastIndexOf(NEWLINE) + 1;
      if (read.length - end > MAX_LINE_BYTES) {
        throw new RecordError(`the recorder wrote a line of more than ${MAX_LINE_BYTES} bytes`);
      }
      this.#begun = read.subarray(end);
      if (end > 0) return read.subarray(0, end);
    }
  }

  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor);
    this.#descriptor = -1;
  }

  /** Bytes read; 0 at the end, `null` if there is nothing now. */
  #read(): number | null {
    try {
      const got = readSync(this.#descriptor, this.#buffer, 0, READ_BYTES, null);
      this.receivedBytes += got;
      return got;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") return null;
      throw error;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
  }
}
