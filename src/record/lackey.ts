/** Valgrind's lackey as a recorder. */
import { readFileSync } from "node:fs";
import { type Mapping, parseMapping } from "../regions/maps.ts";
import { LOG_DESCRIPTOR, type Recorder } from "./recorder.ts";

/** Where Valgrind itself is: from its program, which is linked to 0x58000000, to the end of its own memory. */
const VALGRIND_START = 0x5800_0000n;
const VALGRIND_END = 0x1f_f000_0000n;
/** Behind the program's stack there is nothing but Valgrind's own, and the kernel's. */
const CLIENT_END = 0x20_0000_0000n;
/** Valgrind 3.19, m_main.c: bounds of the stack that the limit of the process may set. */
const LEAST_STACK_BYTES = 1n << 20n;
const MOST_STACK_BYTES = 16n << 20n;

/** @param valgrind path of the program. */
export function lackeyRecorder(valgrind: string): Recorder {
  return {
    name: "lackey",
    title: "valgrind lackey",
    command: ({ words }) => [
      valgrind,
      "--tool=lackey",
      "--trace-mem=yes",
      // They tell what memory the program has, and when.
      "--trace-syscalls=yes",
      // A forked process writes into the same pipe, and its records cannot be told from the program's.
      "--child-silent-after-fork=yes",
      "--vgdb=no",
      `--log-fd=${LOG_DESCRIPTOR}`,
      "--",
      ...words,
    ],
    endsWith: (line) => /^==\d+== Exit code: /.test(line),
    mappingsOf: clientMappings,
  };
}

function clientMappings(processId: number): Mapping[] {
  const lines = readFileSync(`/proc/${processId}/maps`, "utf8").split("\n");
  const all = lines.map(parseMapping).filter((mapping) => mapping !== null);
  const client = all.filter(
    ({ start, name }) =>
      start < CLIENT_END && !(start >= VALGRIND_START && start < VALGRIND_END) && !name.startsWith("["),
  );
  const last = client.at(-1);
  if (last === undefined || last.start < VALGRIND_END) return client;
  // What is mapped of the stack grows without a word, down to its limit.
  const bytes = stackBytes(readFileSync(`/proc/${processId}/limits`, "utf8"));
  return [...client.slice(0, -1), { ...last, start: last.end - bytes, name: "[stack]" }];
}

function stackBytes(limits: string): bigint {
  const [, soft = ""] = /^Max stack size +(\d+)/m.exec(limits) ?? [];
  const asked = soft === "" ? MOST_STACK_BYTES : BigInt(soft);
  const bytes = asked < LEAST_STACK_BYTES ? LEAST_STACK_BYTES : asked > MOST_STACK_BYTES ? MOST_STACK_BYTES : asked;
  return (bytes + 4095n) & ~4095n;
}
