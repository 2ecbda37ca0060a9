/** What Belady's MIN has to know: when the page of each use is used next. A first reading of the trace lists the uses (assembly/use-list.ts). */
import { ConfigError } from "./errors.ts";
import type { Trace } from "./trace/trace.ts";

/** Uses that are kept at most, of all futures of a simulation together: 4 bytes each, 1 GiB. */
const MAX_USES = 2 ** 28;
const CHUNK_USES = 2 ** 20;
/** The time of what never happens. */
const NEVER = 2 ** 32 - 1;

/** Throws ConfigError unless `trace` can be read twice. `option` is the one that is `opt`. */
export function assertReadTwice(trace: Trace, option: string): void {
  if (trace.reopenable === true) return;
  const why = "opt only for files: the trace is read twice, which standard input, a pipe or a program cannot be";
  throw new ConfigError(option, "opt", why);
}

/** For each use of a page, the number of the next one, from 1. */
export class Future {
  readonly #option: string;
  readonly #most: number;
  readonly #chunks: Uint32Array[] = [];
  #uses = 0;
  /** Uses that have passed. */
  #passed = 0;

  /** `option`: the one that is `opt`. `futures`: how many there are at the same time. */
  constructor(option: string, futures = 1) {
    this.#option = option;
    this.#most = Math.floor(MAX_USES / futures);
  }

  /** Appends uses of pages, of each the number of the latest one before it, from 1; 0: none. Throws ConfigError. */
  add(previous: Uint32Array): void {
    if (this.#uses + previous.length > this.#most) {
      const most = `opt for traces that go from one page to another ${this.#most.toLocaleString("en-US")} times at most`;
      throw new ConfigError(this.#option, "opt", `${most}; a part of this one can be had by --limit`);
    }
    for (const before of previous) {
      if (this.#uses % CHUNK_USES === 0) this.#chunks.push(new Uint32Array(CHUNK_USES).fill(NEVER));
      this.#uses++;
      if (before !== 0) this.#chunk(before - 1)[(before - 1) % CHUNK_USES] = this.#uses;
    }
  }

  /** Writes to `room` when the pages of the uses that come are used next, of as many as it holds. */
  tell(room: Uint32Array): void {
    for (let at = 0; at < room.length && this.#passed + at < this.#uses; ) {
      const from = (this.#passed + at) % CHUNK_USES;
      const part = this.#chunk(this.#passed + at).subarray(from, from + room.length - at);
      room.set(part, at);
      at += part.length;
    }
  }

  /** So many of these uses have passed. */
  pass(uses: number): void {
    this.#passed += uses;
  }

  /** Begins once more before the first use. */
  rewind(): void {
    this.#passed = 0;
  }

  #chunk(use: number): Uint32Array {
    return this.#chunks[Math.floor(use / CHUNK_USES)] as Uint32Array;
  }
}
