/** The text of Valgrind lackey. Encoded by assembly/encoders/lackey.ts. */
import type { OutputFormat } from "./encoder.ts";
import { lossesOf } from "./losses.ts";

export const lackeyOutput: OutputFormat = {
  name: "lackey",
  title: "Valgrind lackey",
  specification: "Valgrind 3.19, lackey/lk_main.c, trace_instr() to trace_modify()",
  extensions: [".lk", ".lackey"],
  isText: true,
  start(kernel) {
    const encoder = kernel.encoder("LACKEY");
    return {
      encode: () => encoder.encode(),
      finish: () => [],
      losses: () => lossesOf(encoder, "lackey's text"),
    };
  },
};
