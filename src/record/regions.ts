/** The regions of a program's memory, from what a recorder tells of it: the mappings at its start, and its system calls. */
import type { Mapping } from "../regions/maps.ts";
import { MemoryMap } from "../regions/memory-map.ts";
import { ANONYMOUS, HEAP, identified, nameOfFile, programIn, THREAD_STACK } from "../regions/names.ts";
import { roundUp } from "../regions/region.ts";
import { numberIn, type SystemCall, SystemCallReader, textIn } from "./system-calls.ts";

/** Linux, include/uapi/asm-generic/mman-common.h and mman.h. */
const PROT_READ = 1n;
const PROT_WRITE = 2n;
const PROT_EXEC = 4n;
const MAP_FIXED = 0x10n;
const MAP_ANONYMOUS = 0x20n;
const MAP_STACK = 0x20000n;

/** What is there at the start and nobody asked for. */
const ANONYMOUS_AT_START = "anon";

/** Tells the file behind a descriptor that the program was not seen to open; `null` if that cannot be told. */
export type FileOf = (descriptor: bigint) => string | null;

export class RegionTracker {
  readonly map = new MemoryMap();
  /** Processes that the program started: nothing of them is recorded. */
  children = 0;
  /** The program that it became by execve(), of which nothing is recorded; `null`: it stayed what it was. */
  becameProgram: string | null = null;
  /** Whether it shares memory (shmat), of which the length is not known here. */
  hasSharedMemory = false;
  readonly #fileOf: FileOf;
  readonly #calls = new SystemCallReader();
  /** Files by descriptor. */
  readonly #files = new Map<bigint, string>();
  /** Path of the program, as the mappings have it: for a script, of what it is run by. */
  #program: string | null = null;
  /** Where the heap begins: at a page, wherever the break was (mm/mmap.c, PAGE_ALIGN(mm->brk)). */
  #heapStart: bigint | null = null;

  constructor(fileOf: FileOf = () => null) {
    this.#fileOf = fileOf;
  }

  /** The program's own mappings at its start; those that calls told of already are known better. */
  begin(mappings: readonly Mapping[]): void {
    this.#program = programIn(mappings);
    const identities = identified(mappings, ANONYMOUS_AT_START);
    mappings.forEach(({ start, end, permissions }, index) => {
      const identity = identities[index];
      if (identity === undefined || this.map.at(start) !== undefined) return;
      this.map.map({ start, end, permissions, ...identity, fromRecord: 0 });
    });
  }

  /** A line of the recorder; `record` is the index of the record that comes next. */
  read(line: string, record: number): void {
    if (/created child \d+/.test(line)) this.children++;
    const call = this.#calls.read(line);
    if (call !== null) this.#follow(call, record);
  }

  #follow(call: SystemCall, record: number): void {
    const { name, arguments: given, result } = call;
    if (name === "execve" || name === "execveat") {
      // Success never returns.
      this.becameProgram = result === null ? (textIn(given.find((argument) => textIn(argument) !== null)) ?? "") : null;
      return;
    }
    this.becameProgram = null;
    if (result === null) return;
    const [first = null, second = null, third = null, fourth = null] = given.slice(0, 4).map(numberIn);
    if (name === "brk") this.#setBreak(result, record);
    else if (name === "mmap") this.#mmap(given, result, record);
    else if (name === "munmap" && first !== null && second !== null) {
      this.map.unmap(first, first + roundUp(second), record);
    } else if (name === "mprotect" && first !== null && second !== null && third !== null) {
      this.map.protect(first, first + roundUp(second), permissionsOf(third), record);
    } else if (name === "mremap" && first !== null && second !== null && third !== null) {
      this.#mremap(first, roundUp(second), roundUp(third), result, record);
    } else if (name === "shmat") this.hasSharedMemory = true;
    else if (name === "open" || name === "openat" || name === "creat") {
      const path = textIn(given[name === "openat" ? 1 : 0]);
      if (path !== null) this.#files.set(result, path);
    } else if (name === "close" && first !== null) this.#files.delete(first);
    else if ((name === "dup" || name === "dup2" || name === "dup3") && first !== null) this.#copyFile(first, result);
    else if (name === "fcntl" && (second === 0n || second === 1030n) && first !== null && fourth === null) {
      this.#copyFile(first, result); // F_DUPFD, F_DUPFD_CLOEXEC
    }
  }

  #copyFile(from: bigint, to: bigint): void {
    const file = this.#files.get(from);
    if (file !== undefined) this.#files.set(to, file);
    else this.#files.delete(to);
  }

  #setBreak(end: bigint, record: number): void {
    this.#heapStart ??= roundUp(end);
    const start = this.#heapStart;
    const heap = this.map.at(start);
    if (heap?.name === HEAP) {
      this.map.resize(heap, roundUp(end), record);
    } else if (end > start) {
      this.map.map({ start, end: roundUp(end), permissions: "rw-", name: HEAP, file: null, fromRecord: record });
    }
  }

  #mmap(given: readonly string[], start: bigint, record: number): void {
    const [, bytes, protection, flags, descriptor] = given.map(numberIn);
    if (bytes == null || protection == null || flags == null || descriptor == null) return;
    const isAnonymous = (flags & MAP_ANONYMOUS) !== 0n;
    const file = isAnonymous ? null : (textIn(given[4]) ?? this.#files.get(descriptor) ?? this.#fileOf(descriptor));
    let name = file === null ? ANONYMOUS : nameOfFile(file, this.#program);
    if (isAnonymous && (flags & MAP_STACK) !== 0n) name = THREAD_STACK;
    else if (isAnonymous && (flags & MAP_FIXED) !== 0n) {
      // The loader lays the zeroed data of a library over its file.
      name = this.map.at(start)?.name ?? name;
    }
    this.map.map({
      start,
      end: start + roundUp(bytes),
      permissions: permissionsOf(protection),
      name,
      file,
      fromRecord: record,
    });
  }

  #mremap(from: bigint, oldBytes: bigint, newBytes: bigint, to: bigint, record: number): void {
    const region = this.map.at(from);
    if (from !== to || region === undefined || region.end !== from + oldBytes) {
      this.map.move(from, oldBytes, to, newBytes, record);
    } else {
      this.map.resize(region, from + newBytes, record);
    }
  }
}

function permissionsOf(protection: bigint): string {
  const right = (bit: bigint, letter: string) => ((protection & bit) === 0n ? "-" : letter);
  return right(PROT_READ, "r") + right(PROT_WRITE, "w") + right(PROT_EXEC, "x");
}
