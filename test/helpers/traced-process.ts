/** A process as its trace of lackey tells of it: records, and system calls between them. */
import type { Access } from "../reference/access.ts";
import { lackeyText } from "./random-records.ts";

export type Call =
  | { call: "munmap"; first: bigint; last: bigint }
  /** rights: any of `r`, `w` and `x`. */
  | { call: "mprotect"; first: bigint; last: bigint; rights: string }
  /** Any other one. */
  | { call: "getpid" };

export type Happening = Access | Call;

export function isCall(happening: Happening): happening is Call {
  return "call" in happening;
}

/** The bytes of the trace, as Valgrind writes it with `--trace-syscalls=yes`. */
export function tracedBytes(happenings: readonly Happening[]): Uint8Array {
  return new TextEncoder().encode(
    happenings.map((each) => (isCall(each) ? lineOf(each) : lackeyText([each]))).join(""),
  );
}

function lineOf(call: Call): string {
  if (call.call === "getpid") return "SYSCALL[77,1](39) sys_getpid ( ) --> [pre-success] Success(0x4d) \n";
  const range = `0x${call.first.toString(16)}, ${call.last - call.first + 1n}`;
  if (call.call === "munmap") return `SYSCALL[77,1](11) sys_munmap ( ${range} )[sync] --> Success(0x0) \n`;
  const rights = ["r", "w", "x"].reduce((bits, letter, bit) => bits | (call.rights.includes(letter) ? 1 << bit : 0), 0);
  return `SYSCALL[77,1](10) sys_mprotect ( ${range}, ${rights} )[sync] --> Success(0x0) \n`;
}

/** The happenings of processes that take turns of `every` records, which end before a record, in their order. */
export function* inTurns(
  processes: readonly (readonly Happening[])[],
  every: number,
): Generator<{ process: number; happening: Happening }> {
  const going = processes.map((happenings, process) => ({ process, happenings, next: 0 }));
  for (let turn = 0; going.length > 0; ) {
    const one = going[turn] as (typeof going)[number];
    for (let records = 0; ; one.next++) {
      const happening = one.happenings[one.next];
      if (happening === undefined) {
        going.splice(turn--, 1);
        break;
      }
      if (!isCall(happening) && records++ === every) break;
      yield { process: one.process, happening };
    }
    turn = going.length === 0 ? 0 : (turn + 1) % going.length;
  }
}
