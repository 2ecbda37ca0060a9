/** What the plain model of a process's memory says, as the manual pages and the SDM do; and what commands reach. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomNumbers } from "../helpers/random-numbers.ts";
import {
  type Command,
  MAX_PROCESSES,
  nextCommand,
  PlainProcesses,
  processOf,
  randomCommands,
} from "./address-space-commands.ts";
import { HEAP_START, PlainAddressSpace, USER_END } from "./plain-address-space.ts";

const AT = 0x5000_0000n;
const bytes = (...values: number[]) => Uint8Array.from(values);

/** A process with pages of these rights from AT on; `null` is a hole. */
function withPages(...rights: (string | null)[]): PlainAddressSpace {
  const space = new PlainAddressSpace();
  rights.forEach((letters, index) => {
    if (letters !== null) space.mmap(AT + BigInt(index) * 4096n, 1n, letters, { fixed: true });
  });
  return space;
}

describe("accesses", () => {
  it("go across pages, and read zeros where nothing was written", () => {
    const space = withPages("rw", "rw");
    expect(space.write(AT + 4094n, bytes(1, 2, 3, 4))).toBeNull();
    expect(space.read(AT + 4093n, 6)).toEqual(bytes(0, 1, 2, 3, 4, 0));
  });

  it("need r, w or x to read, w to write, x to fetch", () => {
    const space = withPages("r", "w", "x", "");
    const allowed = (kind: "read" | "write" | "fetch") =>
      [0n, 1n, 2n, 3n].map((page) => space.faultOf(kind, AT + page * 4096n, 1)?.code ?? "");
    expect(allowed("read")).toEqual(["", "", "", "SEGV_ACCERR"]);
    expect(allowed("write")).toEqual(["SEGV_ACCERR", "", "SEGV_ACCERR", "SEGV_ACCERR"]);
    expect(allowed("fetch")).toEqual(["SEGV_ACCERR", "SEGV_ACCERR", "", "SEGV_ACCERR"]);
  });

  it("fault at the first byte that may not be accessed, and write nothing then", () => {
    const space = withPages("rw", null);
    expect(space.write(AT + 4092n, new Uint8Array(8).fill(7))).toEqual({ address: AT + 4096n, code: "SEGV_MAPERR" });
    expect(space.read(AT + 4092n, 4)).toEqual(bytes(0, 0, 0, 0));
    expect(space.read(AT - 3n, 8)).toEqual({ address: AT - 3n, code: "SEGV_MAPERR" });
  });

  it("of one instruction are not canonical if any byte is not; longer ones are judged byte by byte", () => {
    const space = new PlainAddressSpace();
    const end = 1n << 47n;
    expect(space.read(end - 1n, 8)).toEqual({ address: end, code: "SI_KERNEL" });
    expect(space.read(end - 1n, 9)).toEqual({ address: end - 1n, code: "SEGV_MAPERR" });
    expect(space.fetch(end - 1n, 15)).toEqual({ address: end, code: "SI_KERNEL" });
    expect(space.read(end, 1)).toEqual({ address: end, code: "SI_KERNEL" });
    const upperHalf = 2n ** 64n - 2n ** 47n;
    expect(space.read(upperHalf, 1)).toEqual({ address: upperHalf, code: "SEGV_MAPERR" });
    expect(space.read(upperHalf - 1n, 1)).toEqual({ address: upperHalf - 1n, code: "SI_KERNEL" });
    expect(space.read(2n ** 64n - 4n, 8)).toEqual({ address: 2n ** 64n - 4n, code: "SEGV_MAPERR" });
  });
});

describe("system calls", () => {
  it("mmap takes a wish if it is free, and the highest place if not", () => {
    const space = withPages("rw");
    expect(space.mmap(AT + 4097n, 1n, "r")).toBe(AT + 4096n);
    const first = space.mmap(AT, 4097n, "r") as bigint;
    const second = space.mmap(null, 1n, "r");
    expect(second).toBe(first - 4096n);
    space.munmap(first, 4096n);
    expect(space.mmap(null, 8192n, "r")).toBe(first - 3n * 4096n);
    expect(space.mmap(null, 4096n, "r")).toBe(first);
  });

  it("mmap replaces what is at a fixed address, and nothing beside it", () => {
    const space = withPages("rw", "rw");
    space.write(AT, new Uint8Array(8192).fill(9));
    expect(space.mmap(AT, 1n, "r", { fixed: true })).toBe(AT);
    expect(space.read(AT + 4095n, 2)).toEqual(bytes(0, 9));
  });

  it("refuse what Linux refuses", () => {
    const space = withPages("rw", null, "rw");
    expect(space.mmap(null, 0n, "r")).toBe("EINVAL");
    expect(space.mmap(AT + 1n, 1n, "r", { fixed: true })).toBe("EINVAL");
    expect(space.mmap(USER_END, 1n, "r", { fixed: true })).toBe("ENOMEM");
    expect(space.mmap(USER_END - 4096n, 4096n, "r", { fixed: true })).toBe(USER_END - 4096n);
    expect(space.mmap(null, 1n << 47n, "r")).toBe("ENOMEM");
    expect(space.munmap(AT + 1n, 1n)).toBe("EINVAL");
    expect(space.munmap(AT, 0n)).toBe("EINVAL");
    expect(space.munmap(USER_END, 1n)).toBe("EINVAL");
    expect(space.munmap(AT - 4096n, 1n)).toBeNull();
    expect(space.mprotect(AT, 3n * 4096n, "r")).toBe("ENOMEM");
    expect(space.faultOf("write", AT, 1)).toBeNull();
    expect(space.mprotect(AT, 0n, "r")).toBeNull();
    expect(space.mprotect(AT, 1n, "r")).toBeNull();
    expect(space.faultOf("write", AT + 4095n, 1)).toEqual({ address: AT + 4095n, code: "SEGV_ACCERR" });
  });

  it("brk moves the end of the heap, unless something is in its way", () => {
    const space = new PlainAddressSpace();
    expect(space.brk(HEAP_START + 5000n)).toBe(HEAP_START + 5000n);
    expect(space.write(HEAP_START + 8190n, bytes(1, 2))).toBeNull();
    expect(space.brk(HEAP_START + 4096n)).toBe(HEAP_START + 4096n);
    expect(space.faultOf("read", HEAP_START + 4096n, 1)?.code).toBe("SEGV_MAPERR");
    expect(space.brk(HEAP_START + 8192n)).toBe(HEAP_START + 8192n);
    expect(space.read(HEAP_START + 8190n, 2)).toEqual(bytes(0, 0));
    space.mmap(HEAP_START + 12288n, 1n, "r", { fixed: true });
    expect(space.brk(HEAP_START + 12289n)).toBe(HEAP_START + 8192n);
    expect(space.brk(HEAP_START - 1n)).toBe(HEAP_START + 8192n);
    expect(space.brk(null)).toBe(HEAP_START + 8192n);
  });

  it("fork copies private pages and shares shared ones, whenever they are first written to", () => {
    const space = withPages("rw");
    space.mmap(AT + 4096n, 1n, "rw", { fixed: true, shared: true });
    space.write(AT, bytes(1));
    const child = space.fork();
    child.write(AT, bytes(2));
    child.write(AT + 4096n, bytes(3));
    expect(space.read(AT, 1)).toEqual(bytes(1));
    expect(space.read(AT + 4096n, 1)).toEqual(bytes(3));
    child.munmap(AT + 4096n, 4096n);
    expect(space.read(AT + 4096n, 1)).toEqual(bytes(3));
  });
});

/** One thing after the other, byte by byte: a second way to the same. */
it("holds what was written last, in any sequence of commands", () => {
  fc.assert(
    fc.property(randomCommands(200), (commands) => {
      const processes = new PlainProcesses();
      for (const command of commands.map((command) => processes.resolved(command))) {
        const outcome = processes.run(command);
        const process = processes.living[processOf(command, processes.living.length)];
        if (command.op !== "write" || !("value" in outcome)) continue;
        command.bytes.forEach((byte, index) => {
          const read = process?.faultOf("read", command.address + BigInt(index), 1) ?? null;
          if (read === null) expect(process?.read(command.address + BigInt(index), 1)).toEqual(bytes(byte));
        });
      }
    }),
    { seed: 1, numRuns: 30 },
  );
});

it("commands come to every outcome often, and to a bounded number of pages", () => {
  const random = randomNumbers(1);
  const processes = new PlainProcesses();
  const counts = new Map<string, number>();
  let mostPages = 0;
  for (let count = 0; count < 50_000; count++) {
    const command: Command = processes.resolved(nextCommand(random));
    const outcome = processes.run(command);
    const said = "fault" in outcome ? outcome.fault.code : "error" in outcome ? outcome.error : "done";
    counts.set(`${command.op} ${said}`, (counts.get(`${command.op} ${said}`) ?? 0) + 1);
    expect(processes.living.length).toBeLessThanOrEqual(MAX_PROCESSES);
    if (command.op === "exit") mostPages = Math.max(mostPages, processes.living[0]?.mappings().length ?? 0);
  }
  expect([...counts.keys()].sort()).toEqual(
    [
      ...["read", "write", "fetch"].flatMap((op) =>
        ["SEGV_ACCERR", "SEGV_MAPERR", "SI_KERNEL", "done"].map((said) => `${op} ${said}`),
      ),
      ...["mmap", "mprotect"].flatMap((op) => ["EINVAL", "ENOMEM", "done"].map((said) => `${op} ${said}`)),
      ...["munmap EINVAL", "munmap done", "brk done", "fork done", "exit done"],
    ].sort(),
  );
  expect(Math.min(...counts.values())).toBeGreaterThan(10);
  expect(mostPages).toBeGreaterThan(512);
  expect(mostPages).toBeLessThan(20_000);
});
