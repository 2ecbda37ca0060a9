/** Pin's pinatrace: text, one record a line. Decoded by assembly/decoders/pinatrace.ts, where the layout stands. */
import type { TraceFormat } from "./format.ts";
import { allMatch, headLines } from "./head-lines.ts";

export const pinatrace: TraceFormat = {
  name: "pinatrace",
  title: "Pin pinatrace",
  specification: "Intel Pin 3.30, source/tools/ManualExamples/pinatrace.cpp",
  example: "0x7f8c5c0a2093: R 0x7fff1c3e0a48",
  decoder: "PINATRACE",
  isText: true,
  reasons: {
    "bad-record":
      "no record of pinatrace; expected the instruction, R or W, and the address, as 0x7f8c5c0a2093: R 0x7fff1c3e0a48",
  },
  detect: (head) =>
    allMatch(
      headLines(head),
      /^[ \t]*(?:(?:0x)?[\da-f]+|\(nil\)): [RW] (?:(?:0x)?[\da-f]+|\(nil\))(?:[ \t]+\d+)?[ \t]*$/i,
    ),
};
