/**
 * Valgrind lackey, `valgrind --tool=lackey --trace-mem=yes`: text, one record a line, among lines of Valgrind and of the
 * program. Decoded by assembly/decoders/lackey.ts, where the layout stands.
 */
import type { TraceFormat } from "./format.ts";

export const lackey: TraceFormat = {
  name: "lackey",
  title: "Valgrind lackey, --trace-mem=yes",
  specification: "Valgrind 3.19, lackey/lk_main.c, trace_instr() to trace_modify()",
  example: " L 1ffefff86f,8",
  decoder: "LACKEY",
  isText: true,
  isDecodedInParts: true,
  skipsOtherLines: true,
  detect: (head) => /^(?:I {2}| [LSM] )[\da-fA-F]+,\d+\r?$/m.test(new TextDecoder("latin1").decode(head)),
};
