/** The regions of a program's memory, from what a recorder tells of it: the mappings at its start, and its system calls. */
import { basename } from "node:path";
import type { Mapping } from "./maps.ts";
import { MemoryMap, type Region } from "./memory-map.ts";
import { numberIn, type SystemCall, SystemCallReader, textIn } from "./system-calls.ts";

/** Linux, include/uapi/asm-generic/mman-common.h and mman.h. */
const PROT_READ = 1n;
const PROT_WRITE = 2n;
const PROT_EXEC = 4n;
const MAP_FIXED = 0x10n;
const MAP_ANONYMOUS = 0x20n;
const MAP_STACK = 0x20000n;

const PAGE_BYTES = 4096n;
const HEAP = "heap (brk)";
const STACK = "stack";
const ANONYMOUS = "mmap anon";

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
  /** Where the heap begins. */
  #heapStart: bigint | null = null;

  constructor(fileOf: FileOf = () => null) {
    this.#fileOf = fileOf;
  }

  /** The program's own mappings at its start; those that calls told of already are known better. */
  begin(mappings: readonly Mapping[]): void {
    // It is mapped below everything else.
    this.#program = mappings.find(({ name }) => name.startsWith("/"))?.name ?? null;
    let before: Mapping | null = null;
    for (const mapping of mappings) {
      const { start, end, permissions } = mapping;
      if (this.map.at(start) === undefined) {
        const continues = before !== null && before.name !== "" && before.end === start && mapping.name === "";
        const file = mapping.name.startsWith("/") ? mapping.name : null;
        const name = mapping.name === "[stack]" ? STACK : continues ? (this.map.at(start - 1n)?.name ?? null) : null;
        this.map.map({
          start,
          end,
          permissions,
          name: name ?? (file === null ? "anon" : this.#nameOf(file)),
          file,
          fromRecord: 0,
        });
      }
      before = mapping;
    }
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
    this.#heapStart ??= end;
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
    let name = file === null ? ANONYMOUS : this.#nameOf(file);
    if (isAnonymous && (flags & MAP_STACK) !== 0n) name = "thread stack";
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

  #nameOf(file: string): string {
    const name = basename(file);
    if (file === this.#program) return `exe ${name}`;
    if (/^ld(-linux|-musl|64)?[-.\w]*\.so/.test(name) && !name.endsWith(".cache")) return "ld.so";
    if (name.startsWith("vgpreload_")) return "valgrind preload";
    return /\.so(\.\d+)*$/.test(name) ? `lib ${name}` : `file ${name}`;
  }
}

/** As `NAME.regions.json` and the metadata of a trace have regions: plain data, addresses hexadecimal. */
export interface RegionRow {
  start: string;
  end: string;
  perm: string;
  name: string;
  file?: string;
  /** Index of the first record of its life. */
  from_record: number;
  /** Index of the first record after its life; missing: it lived to the end. */
  to_record?: number;
}

/** Those of `regions` that lived in a window of `records` records after `skipped`, counted from its beginning. */
export function regionRows(regions: readonly Region[], skipped: number, records: number): RegionRow[] {
  return regions.flatMap((region) => {
    const from = Math.max(0, region.fromRecord - skipped);
    const to = region.toRecord === null ? null : region.toRecord - skipped;
    if (from >= records || (to !== null && to <= from)) return [];
    const { start, end, permissions: perm, name, file } = region;
    const row: RegionRow = { start: hex(start), end: hex(end), perm, name, from_record: from };
    if (file !== null) row.file = file;
    if (to !== null && to < records) row.to_record = to;
    return [row];
  });
}

function permissionsOf(protection: bigint): string {
  const right = (bit: bigint, letter: string) => ((protection & bit) === 0n ? "-" : letter);
  return right(PROT_READ, "r") + right(PROT_WRITE, "w") + right(PROT_EXEC, "x");
}

function roundUp(bytes: bigint): bigint {
  return ((bytes + PAGE_BYTES - 1n) / PAGE_BYTES) * PAGE_BYTES;
}

function hex(address: bigint): string {
  return `0x${address.toString(16)}`;
}
