/** Dinero din: text, one record a line. Decoded by assembly/decoders/din.ts, where the layout stands. */
import type { TraceFormat } from "./format.ts";
import { allMatch, headLines } from "./head-lines.ts";

export const din: TraceFormat = {
  name: "din",
  title: "Dinero din",
  specification: "Dinero IV release 7, dinfmt.c, tracein_din()",
  example: "2 0401ab70",
  decoder: "DIN",
  isText: true,
  reasons: {
    "bad-record": "no record of din; expected a label from 0 to 5 and an address in hexadecimal, as 2 0401ab70",
  },
  detect: (head) => allMatch(headLines(head), /^[ \t]*[0-5][ \t]+(?:0x)?[\da-f]+(?:[ \t].*)?$/i),
};
