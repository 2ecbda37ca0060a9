/**
 * Who does which unit at the moment, and which have failed: hints for `status` and for who chooses what to do next. Never locks: who made one may
 * be dead, or cut off from the others and alive.
 */
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf, type FileSystem, makeFolder } from "./publish.ts";

/** Milliseconds between two signs of life of a process. */
export const HEARTBEAT_MS = 30_000;
/** Milliseconds without one after which a process counts as dead; leaves room for slow file systems and clocks that differ. */
export const STALE_MS = 180_000;

/** Bytes of a mark or a failure that are looked at, and of a message that is kept. */
const MAX_BYTES = 16 * 1024;
const MAX_MESSAGE_CHARACTERS = 2000;
/** Marks that are read at once. */
const AT_ONCE = 16;

export interface RunningUnit {
  host: string;
  pid: number;
  /** When it was begun, as ISO 8601. */
  since: string;
  /** Nobody seems to do it any more: it counts as left. */
  isStale: boolean;
}

export interface FailedUnit {
  message: string;
  host: string;
}

/** Those that have files. */
const open = new Set<Marks>();

// A signal ends the process in the middle of things.
process.on("exit", () => {
  for (const marks of open) marks.close();
});

/** Marks of units in the folders `running` and `failed` of a folder of results. */
export class Marks {
  readonly #files: FileSystem;
  readonly #running: string;
  readonly #failed: string;
  /** What this process has written and not removed. */
  readonly #own = new Set<string>();
  #heartbeat: NodeJS.Timeout | null = null;

  constructor(folder: string, files: FileSystem) {
    this.#files = files;
    this.#running = join(folder, "running");
    this.#failed = join(folder, "failed");
  }

  /** Makes the folders. Rejects with what the system says. */
  async create(): Promise<void> {
    await makeFolder(this.#files, this.#running);
    await makeFolder(this.#files, this.#failed);
  }

  /**
   * Marks `unit` as being done by this process, until `end()`, `fail()` or `close()`, unless somebody else does it who seems alive: then says
   * `false`. Rejects with what the system says.
   */
  async begin(unit: number): Promise<boolean> {
    const path = this.#markOf(unit);
    const mark = { host: hostname(), pid: process.pid, since: new Date().toISOString() };
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await this.#write(path, mark);
        await this.#remove(this.#failureOf(unit));
        this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
        return true;
      } catch (error) {
        if (codeOf(error) !== "EEXIST") throw error;
      }
      if ((await this.#runningAt(path).catch(() => null))?.isStale === false) return false;
      await this.#remove(path);
    }
    return false; // another was quicker
  }

  /** Takes the mark of this process off `unit`, if it has one. */
  async end(unit: number): Promise<void> {
    const path = this.#markOf(unit);
    if (this.#own.has(path)) await this.#remove(path);
  }

  /** Marks `unit` as failed, until it is begun again. Rejects with what the system says. */
  async fail(unit: number, message: string): Promise<void> {
    const own = join(this.#failed, `.${nameOfUnit(unit)}.${randomUUID()}`);
    try {
      await this.#write(own, { message: message.slice(0, MAX_MESSAGE_CHARACTERS), host: hostname() });
      await this.#files.rename(own, this.#failureOf(unit));
      this.#own.delete(own);
    } catch (error) {
      await this.#remove(own);
      throw error;
    }
    await this.end(unit);
  }

  /** Takes all marks of this process off, at once: for when it exits. */
  close(): void {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    this.#heartbeat = null;
    for (const path of this.#own) rmSync(path, { force: true });
    this.#own.clear();
    open.delete(this);
  }

  /** Units that somebody does or has begun. */
  async running(): Promise<Map<number, RunningUnit>> {
    const running = new Map<number, RunningUnit>();
    await this.#each(this.#running, async (unit, path) => {
      const found = await this.#runningAt(path);
      if (found !== null) running.set(unit, found);
    });
    return running;
  }

  /** What the mark at `path` says; `null`: nothing. Rejects if it is gone. */
  async #runningAt(path: string): Promise<RunningUnit | null> {
    const { host, pid, since } = await this.#read(path);
    if (typeof host !== "string" || typeof since !== "string" || !Number.isSafeInteger(pid)) return null;
    const { mtimeMs } = await this.#files.stat(path);
    return { host, pid: pid as number, since, isStale: isDead(host, pid as number, mtimeMs) };
  }

  async failed(): Promise<Map<number, FailedUnit>> {
    const failed = new Map<number, FailedUnit>();
    await this.#each(this.#failed, async (unit, path) => {
      const { message, host } = await this.#read(path);
      if (typeof message === "string" && typeof host === "string") failed.set(unit, { message, host });
    });
    return failed;
  }

  #markOf(unit: number): string {
    return join(this.#running, nameOfUnit(unit));
  }

  #failureOf(unit: number): string {
    return join(this.#failed, nameOfUnit(unit));
  }

  /** Makes a new file. One may be cut when a computer crashes: who reads it takes that for none. */
  async #write(path: string, value: object): Promise<void> {
    this.#own.add(path);
    open.add(this);
    const file = await this.#files.open(path, "wx").catch((error) => {
      this.#own.delete(path);
      throw error;
    });
    try {
      await file.writeFile(`${JSON.stringify(value)}\n`);
    } catch (error) {
      await this.#remove(path);
      throw error;
    } finally {
      await file.close();
    }
  }

  async #read(path: string): Promise<Record<string, unknown>> {
    const file = await this.#files.open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
      const value: unknown = JSON.parse(buffer.toString("utf8", 0, bytesRead));
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } finally {
      await file.close();
    }
  }

  /** Calls `look` for each mark in `folder`. One that goes meanwhile, or is none, is passed over. */
  async #each(folder: string, look: (unit: number, path: string) => Promise<void>): Promise<void> {
    const names = await this.#files.readdir(folder).catch((error) => {
      if (codeOf(error) === "ENOENT") return [];
      throw error;
    });
    const queue = names.flatMap((name) => {
      const [, unit] = /^unit-(\d{1,9})$/.exec(name) ?? [];
      return unit === undefined ? [] : [{ unit: Number(unit), path: join(folder, name) }];
    });
    const lookAtNext = async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop())
        await look(next.unit, next.path).catch(() => {});
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lookAtNext));
  }

  async #remove(...paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await this.#files.rm(path, { force: true }).catch(() => {});
      this.#own.delete(path);
    }
  }

  #beat(): void {
    const now = new Date();
    for (const path of this.#own) this.#files.utimes(path, now, now).catch(() => {});
  }
}

/** Whether nobody is left of process `pid` on `host`, which showed life at `aliveMs` by that computer's clock. */
function isDead(host: string, pid: number, aliveMs: number): boolean {
  if (Math.abs(Date.now() - aliveMs) > STALE_MS) return true;
  if (host !== hostname() || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** Name of the files of `unit`, without ending. */
export function nameOfUnit(unit: number): string {
  return `unit-${String(unit).padStart(6, "0")}`;
}
