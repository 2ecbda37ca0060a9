/** Has AddressSpaces do what commands say, beside the plain model, and compares what both come to. */
import { expect } from "vitest";
import { AddressSpace, type MachineOptions, SegmentationFault, SystemCallError } from "../../src/memory.ts";
import {
  type Command,
  MAX_PROCESSES,
  nextCommand,
  type Outcome,
  PlainProcesses,
  processOf,
} from "../reference/address-space-commands.ts";

const PAGE = 4096n;

/** How a space reads and writes: by values where that is possible, or always by bytes, which takes another way. */
export type Style = "values" | "bytes";

export class ComparedProcesses {
  readonly plain = new PlainProcesses();
  readonly spaces: AddressSpace[];
  readonly #style: Style;

  private constructor(first: AddressSpace, style: Style) {
    this.spaces = [first];
    this.#style = style;
  }

  /** The model knows no lowest address. */
  static async create(options: MachineOptions, module: object, style: Style = "values"): Promise<ComparedProcesses> {
    return new ComparedProcesses(await AddressSpace.create({ mmapMinAddress: 0, ...options }, module), style);
  }

  /** Has both do what `command` says, and expects the same. */
  run(given: Command): void {
    const command = this.plain.resolved(given);
    const outcome = this.#outcome(command);
    // Where a mapping goes that is not fixed is the kernel's choice.
    const placed = command.op === "mmap" && "value" in outcome ? (outcome.value ?? undefined) : undefined;
    const expected = this.plain.run(command, placed);
    if (!sameOutcome(outcome, expected)) expect({ command, outcome }).toEqual({ command, outcome: expected });
  }

  /** Expects that every page of every process is there and holds what it should. */
  compareAll(): void {
    this.plain.living.forEach((plain, index) => {
      const space = this.spaces[index] as AddressSpace;
      const mapped = plain.mappings();
      expect(pagesOf(space)).toEqual(
        mapped.map(({ page, rights, shared }) => `${page} ${lettersOf(rights)} ${shared}`),
      );
      for (const { page, rights } of mapped) {
        const va = BigInt(page) * PAGE;
        if (!/[rwx]/.test(rights)) continue;
        const [found, wanted] = [space.read(va, 4096), plain.read(va, 4096) as Uint8Array];
        if (!sameBytes(found, wanted)) expect({ va, found }).toEqual({ va, found: wanted });
      }
    });
  }

  #outcome(command: Command): Outcome {
    const space = this.spaces[processOf(command, this.spaces.length)] as AddressSpace;
    try {
      return this.#do(space, command);
    } catch (error) {
      if (error instanceof SegmentationFault) return { fault: { address: error.address, code: error.code } };
      if (error instanceof SystemCallError && error.code !== "EPERM") return { error: error.code };
      throw error;
    }
  }

  #do(space: AddressSpace, command: Command): Outcome {
    switch (command.op) {
      case "mmap": {
        const { address, length, rights, fixed, shared, huge } = command;
        const options = { fixed, shared, ...(huge ? { hugePages: "2M" as const } : {}) };
        return { value: BigInt(space.mmap(address, length, rights, options)) };
      }
      case "munmap":
        space.munmap(command.address, command.length);
        return { value: null };
      case "mprotect":
        space.mprotect(command.address, command.length, command.rights);
        return { value: null };
      case "brk":
        return { value: BigInt(space.brk(command.address)) };
      case "fork":
        if (this.spaces.length < MAX_PROCESSES) this.spaces.push(space.fork());
        return { value: null };
      case "exit":
        return this.#exit(space);
      case "read":
      case "fetch":
        return { bytes: this.#load(space, command) };
      case "write":
        this.#store(space, command);
        return { value: null };
    }
  }

  #exit(space: AddressSpace): Outcome {
    if (this.spaces.length === 1) this.spaces.push(space.spawn());
    space.close();
    this.spaces.splice(this.spaces.indexOf(space), 1);
    return { value: null };
  }

  #load(space: AddressSpace, { op, address, length }: Command & { op: "read" | "fetch" }): Uint8Array {
    if (this.#style === "bytes") return space[op](address, length);
    const bytes = new Uint8Array(length);
    const view = new DataView(bytes.buffer);
    // Addresses are given as numbers where they can be.
    const at = address < 2n ** 53n ? Number(address) : address;
    if (op === "fetch" && length === 2) view.setUint16(0, space.fetch16(at), true);
    else if (op === "fetch" && length === 4) view.setUint32(0, space.fetch32(at), true);
    else if (op === "fetch") return space.fetch(at, length);
    else if (length === 1) view.setUint8(0, space.read8(at));
    else if (length === 2) view.setInt16(0, space.readInt16(at), true);
    else if (length === 4) view.setUint32(0, space.read32(at), true);
    else if (length === 8) view.setBigUint64(0, space.read64(at), true);
    else return space.read(at, length);
    return bytes;
  }

  #store(space: AddressSpace, { address, bytes }: Command & { op: "write" }): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const at = address < 2n ** 53n ? Number(address) : address;
    if (this.#style === "bytes") space.write(address, bytes);
    else if (bytes.length === 1) space.write8(at, view.getInt8(0));
    else if (bytes.length === 2) space.write16(at, view.getUint16(0, true));
    else if (bytes.length === 4) space.write32(at, view.getUint32(0, true));
    else if (bytes.length === 8) space.write64(at, view.getBigInt64(0, true));
    else space.write(at, bytes);
  }
}

/** Runs `count` commands that follow from `random`; every `compareEvery` of them, and at the end, all memory is compared. */
export function runCommands(
  processes: ComparedProcesses,
  random: () => number,
  count: number,
  compareEvery = count,
): void {
  for (let done = 1; done <= count; done++) {
    processes.run(nextCommand(random));
    if (done % compareEvery === 0) processes.compareAll();
  }
}

/** Every mapped page with its rights, and whether it is shared. */
function pagesOf(space: AddressSpace): string[] {
  return space.regions().flatMap(({ start, end, permissions, shared }) => {
    const first = Number(start / PAGE);
    const count = Number((end - start) / PAGE);
    return Array.from({ length: count }, (_, index) => `${first + index} ${permissions} ${shared}`);
  });
}

function lettersOf(rights: string): string {
  return ["r", "w", "x"].map((letter) => (rights.includes(letter) ? letter : "-")).join("");
}

function sameOutcome(one: Outcome, other: Outcome): boolean {
  if ("bytes" in one && "bytes" in other) return sameBytes(one.bytes, other.bytes);
  if ("fault" in one && "fault" in other) {
    return one.fault.address === other.fault.address && one.fault.code === other.fault.code;
  }
  if ("error" in one && "error" in other) return one.error === other.error;
  return "value" in one && "value" in other && one.value === other.value;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
