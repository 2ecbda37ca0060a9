/** A file system that fails, lies, or whose process dies, at a call of one's choice. */
import type { FileHandle } from "node:fs/promises";
import { type FileSystem, NODE_FILE_SYSTEM } from "../../src/cluster/publish.ts";

/** What a dead process's calls end with: nothing of it is seen by anybody. */
export class Died extends Error {}

export interface Watched {
  files: FileSystem;
  /** Calls so far, by name: `link`, `open`, and of open files `file.writeFile`. */
  calls: string[];
}

/**
 * Node's own file system, of which `before` is told each call, with its number from 0, before it is made. It may throw what the call is to fail
 * with, or return what is done instead.
 */
export function watchedFiles(
  before: (call: string, number: number) => undefined | ((real: () => Promise<unknown>) => Promise<unknown>),
): Watched {
  const calls: string[] = [];
  const around = async (name: string, real: () => Promise<unknown>) => {
    const instead = before(name, calls.push(name) - 1);
    return instead === undefined ? real() : instead(real);
  };
  const wrap = <Target extends object>(target: Target, prefix: string): Target =>
    new Proxy(target, {
      get(of, name) {
        const value = Reflect.get(of, name);
        if (typeof value !== "function" || typeof name !== "string") return value;
        return async (...given: unknown[]) => {
          const result = await around(prefix + name, () => value.apply(of, given)).catch(async (error) => {
            // Of what fails in the middle half is written, and what is open is closed, as systems do when a process dies.
            if (name === "writeFile" && typeof given[0] === "string")
              await value.call(of, given[0].slice(0, given[0].length / 2));
            if (name === "close") await value.call(of);
            throw error;
          });
          return name === "open" ? wrap(result as FileHandle, "file.") : result;
        };
      },
    });
  return { files: wrap({ ...NODE_FILE_SYSTEM }, ""), calls };
}

/** Dies at call `number`: that one, but for half of what it was to write, and all after it do nothing. */
export function dyingAt(number: number): Watched {
  return watchedFiles((_, call) => {
    if (call < number) return undefined;
    throw new Died();
  });
}

/** Fails with `code` where `isHit` says so. */
export function failing(code: string, isHit: (call: string, number: number) => boolean): Watched {
  return watchedFiles((call, number) => {
    if (!isHit(call, number)) return undefined;
    throw systemError(code);
  });
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: made for a test, open 'x'`), { code, syscall: "open" });
}
