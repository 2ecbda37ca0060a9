/**
 * Random system calls and accesses of a few processes, all to the same few places: those where pages, page tables, the
 * user's half and canonical addresses end. A command is made of six numbers, which fast-check draws and shrinks, or which
 * come from a seed where there are to be very many.
 */
import fc from "fast-check";
import { HEAP_START, PlainAddressSpace, type PlainError, type PlainFault, USER_END } from "./plain-address-space.ts";

/** `process` is an index into those that live, in the order in which they came to be. */
export type Command =
  | {
      op: "mmap";
      process: number;
      address: bigint | null;
      length: bigint;
      rights: string;
      fixed: boolean;
      shared: boolean;
      /** Huge pages are wished for. It makes no difference to what a program can see. */
      huge: boolean;
    }
  | { op: "munmap"; process: number; address: bigint; length: bigint }
  | { op: "mprotect"; process: number; address: bigint; length: bigint; rights: string }
  | { op: "brk"; process: number; address: bigint | null }
  /** The child is the last of the processes then. If there are MAX_PROCESSES already, nothing happens. */
  | { op: "fork"; process: number }
  /** The process is gone with its memory. In place of the last one comes a new one with nothing in it. */
  | { op: "exit"; process: number }
  | { op: "read" | "fetch"; process: number; address: bigint; length: number }
  | { op: "write"; process: number; address: bigint; bytes: Uint8Array };

/** What a command comes to, to be compared by `toEqual`. */
export type Outcome = { value: bigint | null } | { error: PlainError } | { fault: PlainFault } | { bytes: Uint8Array };

export const MAX_PROCESSES = 4;

const PAGE = 4096n;

/** Stands for where the latest mapping was put that had no address; see PlainProcesses.resolved(). */
const PLACED = 0x6000_0000_0000n;
const PLACED_BYTES = 8n * PAGE;

/** Pages 0 to 5 from each of these are what commands are about. */
const SLOTS = [
  0x0n, // the null pointer's page and those behind it
  0x20_0000n - 2n * PAGE, // the next page table, which is the next 2 MiB page
  0x4000_0000n - 2n * PAGE, // the next page directory
  0x80_0000_0000n - 2n * PAGE, // the next PDPT
  HEAP_START - 2n * PAGE, // the heap, and what is in its way; 2 MiB end in it
  USER_END - 3n * PAGE, // the last pages of the user, the empty one behind them, and what is not canonical
  0x5000_0000n, // nothing special
  0x5000_2000n, // the same, but for two pages
  PLACED,
];

/** Where nothing can ever be mapped. */
const BAD_ADDRESSES = [
  1n << 47n,
  (1n << 47n) + 4096n,
  0x1234_5678_9abc_def0n,
  (1n << 64n) - (1n << 47n) - 4n, // up to the first byte of the upper half
  (1n << 64n) - (1n << 47n),
  (1n << 64n) - 4096n,
  (1n << 64n) - 4n, // beyond the end
];

/** Offsets in a page, of which most are at its borders. */
const OFFSETS = [0n, 0n, 1n, 8n, 2044n, 4088n, 4089n, 4092n, 4095n];

const ACCESS_BYTES = [1, 1, 2, 4, 4, 8, 8, 8, 3, 7];
const LONG_ACCESS_BYTES = [0, 9, 16, 100, 4096, 4097, 8192, 10_000];

/** Writable ones above all: what cannot be written has nothing to lose. */
const RIGHTS = ["rw", "rw-", "rw", "rwx", "r", "r-x", "x", "w", "", "---"];

const OPERATIONS: [op: Command["op"], weight: number][] = [
  ["write", 340],
  ["read", 340],
  ["fetch", 60],
  ["mmap", 110],
  ["munmap", 50],
  ["mprotect", 60],
  ["brk", 30],
  ["fork", 4],
  ["exit", 3],
];

/** Numbers from 0 to 2^32-1. */
type Draws = readonly [operation: number, process: number, slot: number, place: number, length: number, rest: number];

const DRAW_LIMIT = 2 ** 32;

/** Returns the command that six draws make. */
function commandFrom([operation, processDraw, slot, place, lengthDraw, rest]: Draws): Command {
  const process = processDraw % MAX_PROCESSES;
  const op = operationAt(operation);
  const page = pick(SLOTS, slot) + PAGE * BigInt(place % 6);
  const offset = pick(OFFSETS, place >>> 8);
  // Shrinking leads to small numbers: to fixed addresses, and to what is aligned.
  const isOdd = rest % 16 === 15;
  switch (op) {
    case "mmap": {
      const isFixed = rest % 4 < 3;
      const address = isFixed || rest % 8 === 3 ? page + (isOdd ? offset : 0n) : null;
      return {
        op,
        process,
        address,
        // All of the user's half can be unmapped, but has too many pages to be mapped here.
        length: mappedBytes(lengthDraw, USER_END + 1n),
        rights: pick(RIGHTS, rest >>> 4),
        fixed: isFixed,
        shared: (rest >>> 8) % 3 === 2,
        huge: (rest >>> 10) % 2 === 1,
      };
    }
    case "munmap":
      return { op, process, address: page + (isOdd ? offset : 0n), length: mappedBytes(lengthDraw, USER_END) };
    case "mprotect": {
      const address = page + (isOdd ? offset : 0n);
      return { op, process, address, length: mappedBytes(lengthDraw, USER_END), rights: pick(RIGHTS, rest >>> 4) };
    }
    case "brk":
      return { op, process, address: isOdd ? null : HEAP_START + PAGE * BigInt(place % 6) - 1n + BigInt(rest % 3) };
    case "fork":
    case "exit":
      return { op, process };
    case "read":
    case "fetch":
      return { op, process, address: accessAddress(page + offset, rest), length: accessBytes(lengthDraw) };
    case "write": {
      const length = accessBytes(lengthDraw);
      const bytes = Uint8Array.from({ length }, (_, index) => (rest >>> 4) + index * 7 + (index >>> 8));
      return { op, process, address: accessAddress(page + offset, rest), bytes };
    }
  }
}

function operationAt(draw: number): Command["op"] {
  const total = OPERATIONS.reduce((sum, [, weight]) => sum + weight, 0);
  let left = draw % total;
  for (const [op, weight] of OPERATIONS) {
    if (left < weight) return op;
    left -= weight;
  }
  throw new Error("weights do not add up");
}

/** Some pages, with or without the last bytes; seldom more than 2 MiB, and at times what no call may be given. */
function mappedBytes(draw: number, most: bigint): bigint {
  const bytes = PAGE * BigInt(1 + (draw % 5)) - pick([0n, 0n, 1n, 4095n], draw >>> 4);
  switch ((draw >>> 8) % 128) {
    case 127:
      return PAGE * BigInt(510 + ((draw >>> 16) % 8));
    case 126:
      return pick([0n, 0n, most, 1n << 60n], draw >>> 16);
    default:
      return bytes;
  }
}

function accessAddress(address: bigint, rest: number): bigint {
  return rest % 64 === 63 ? pick(BAD_ADDRESSES, rest >>> 8) : address;
}

function accessBytes(draw: number): number {
  return draw % 16 === 15 ? pick(LONG_ACCESS_BYTES, draw >>> 8) : pick(ACCESS_BYTES, draw >>> 8);
}

function pick<Item>(items: readonly Item[], draw: number): Item {
  return items[draw % items.length] as Item;
}

/** Sequences of up to `maxLength` commands, which shrink to few and simple ones. */
export function randomCommands(maxLength: number): fc.Arbitrary<Command[]> {
  const draw = fc.nat(DRAW_LIMIT - 1);
  const command = fc.tuple(draw, draw, draw, draw, draw, draw).map(commandFrom);
  return fc.array(command, { minLength: 1, maxLength, size: "max" });
}

/** Returns the next of an endless sequence; `random` gives numbers 0..2^32-1. */
export function nextCommand(random: () => number): Command {
  return commandFrom([random(), random(), random(), random(), random(), random()]);
}

/** Returns the index of the process that `command` is of, among `living` ones. */
export function processOf(command: Command, living: number): number {
  return command.process % living;
}

/** The processes, one at first. */
export class PlainProcesses {
  readonly living: PlainAddressSpace[] = [new PlainAddressSpace()];
  #latestPlaced = PLACED;

  /**
   * Returns `command` with the true address where its address stands for one that only a kernel knows. Of any command, it
   * is what whom this is compared with is to be given, too.
   */
  resolved(command: Command): Command {
    if (!("address" in command) || command.address === null) return command;
    const offset = command.address - PLACED;
    if (offset < 0n || offset >= PLACED_BYTES) return command;
    return { ...command, address: this.#latestPlaced + offset };
  }

  /**
   * Does what `command`, which is resolved, says. `placed`: where a mapping was put by whom this is compared with. A fork comes to `null`, as
   * do calls that return nothing.
   */
  run(command: Command, placed?: bigint): Outcome {
    const process = this.living[processOf(command, this.living.length)] as PlainAddressSpace;
    switch (command.op) {
      case "mmap": {
        const { address, length, rights, fixed, shared } = command;
        const mapping = { fixed, shared, ...(placed === undefined ? {} : { placed }) };
        const mapped = process.mmap(address, length, rights, mapping);
        if (typeof mapped !== "bigint") return { error: mapped };
        if (address === null) this.#latestPlaced = mapped;
        return { value: mapped };
      }
      case "munmap":
        return doneOr(process.munmap(command.address, command.length));
      case "mprotect":
        return doneOr(process.mprotect(command.address, command.length, command.rights));
      case "brk":
        return { value: process.brk(command.address) };
      case "fork":
        if (this.living.length < MAX_PROCESSES) this.living.push(process.fork());
        return { value: null };
      case "exit":
        this.living.splice(this.living.indexOf(process), 1);
        if (this.living.length === 0) this.living.push(new PlainAddressSpace());
        return { value: null };
      case "write": {
        const fault = process.write(command.address, command.bytes);
        return fault === null ? { value: null } : { fault };
      }
      default: {
        const read = process[command.op](command.address, command.length);
        return read instanceof Uint8Array ? { bytes: read } : { fault: read };
      }
    }
  }
}

function doneOr(error: PlainError | null): Outcome {
  return error === null ? { value: null } : { error };
}
