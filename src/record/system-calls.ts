/**
 * Lines about system calls, as Valgrind writes them with `--trace-syscalls=yes`; the plugin for QEMU writes its own likewise.
 * Specification: valgrind 3.19, m_syswrap/syswrap-main.c (VG_(client_syscall)) and the PRINTs of its wrappers.
 *
 *   SYSCALL[5332,1](9) sys_mmap ( 0x0, 8192, 3, 34, 4294967295, 0 ) --> [pre-success] Success(0x4835000)
 *   SYSCALL[5332,1](11) sys_munmap ( 0x483c000, 45747 )[sync] --> Success(0x0)
 *   SYSCALL[5332,1](257) sys_openat ( 4294967196, 0x4835540(/lib/libc.so.6), 524288 ) --> [async] ...
 *   SYSCALL[5332,1](257) ... [async] --> Success(0x4)
 *
 * Process, thread and number of the call; its arguments; what it returned. A call that waits ends in a line of its own.
 */

export interface SystemCall {
  /** `mmap`. */
  name: string;
  /** As they are written: `0x4835540(/lib/libc.so.6)`, `8192`. */
  arguments: string[];
  /** What it returned; `null` if it failed, or has not returned. */
  result: bigint | null;
}

/** Threads whose calls may be under way at once. */
const MAX_WAITING = 4096;

/** Puts the calls together. */
export class SystemCallReader {
  /** The calls that wait, by thread. */
  readonly #waiting = new Map<string, SystemCall>();

  /** The call that `line` tells of, once it is known how it ended or that it may not come back; `null` otherwise. */
  read(line: string): SystemCall | null {
    const [, thread = "", rest = ""] = /^SYSCALL\[\d+,(\d+)\]\( *\d+\) (.*)$/s.exec(line) ?? [];
    if (thread === "") return null;
    const ended = /(?:^|\[sync\]|\[pre-success\]|\[async\]|-->) *(?:-->)? *Success\(0x([\da-f]+)\) *$/.exec(rest);
    const result = ended === null ? null : BigInt(`0x${ended[1]}`);
    if (rest.startsWith("... [async]")) {
      const call = this.#waiting.get(thread);
      this.#waiting.delete(thread);
      return call === undefined ? null : { ...call, result };
    }
    const [, name = "", list = ""] = /^(?:sys_)?(\w+) ?\( (.*) \)/s.exec(rest) ?? [];
    if (name === "") return null;
    const call = { name, arguments: list.split(/, (?=-?(?:0x)?[\da-f]+(?:\(|,|$))/), result };
    if (/--> \[async\] \.\.\. *$/.test(rest)) {
      if (this.#waiting.size < MAX_WAITING) this.#waiting.set(thread, call);
      return null;
    }
    return call;
  }
}

/** The number that an argument is, or begins with; `null` if there is none. */
export function numberIn(argument: string | undefined): bigint | null {
  const [digits] = /^(?:0x[\da-f]+|-?\d+)/.exec(argument ?? "") ?? [];
  return digits === undefined ? null : BigInt.asUintN(64, BigInt(digits));
}

/** The text of an argument that points to text, or of one that says which file it is: `4(/lib/libc.so.6)`. */
export function textIn(argument: string | undefined): string | null {
  return /^(?:0x)?[\da-f]+\((.*)\)$/s.exec(argument ?? "")?.[1] ?? null;
}
