/** Dinero's extended din: text, one record a line. Decoded by assembly/decoders/xdin.ts, where the layout stands. */
import type { TraceFormat } from "./format.ts";
import { allMatch, headLines, someMatch } from "./head-lines.ts";

export const xdin: TraceFormat = {
  name: "xdin",
  title: "Dinero extended din",
  specification: "Dinero IV release 7, xdinfmt.c, tracein_xdin()",
  example: "r 1fff000728 8",
  decoder: "XDIN",
  isText: true,
  reasons: {
    "bad-record":
      "no record of xdin; expected r, w, i, m, c or v, and address and size in hexadecimal, as r 1fff000728 8",
    "size-out-of-range": "the size is out of range; expected 1 to 1000 in hexadecimal, 4096 bytes",
  },
  detect: (head) => {
    const lines = headLines(head);
    if (!allMatch(lines, /^[ \t]*[rwimcv][ \t]+(?:0x)?[\da-f]+[ \t]+(?:0x)?[\da-f]+(?:[ \t].*)?$/i)) return false;
    // With 0x it may as well be plain text, whose sizes are decimal and whose m is a modify. If that makes no difference,
    // it is; if it does, the user has to say.
    const isPlain = !someMatch(lines, /^[ \t]*\w[ \t]+(?!0x)/i);
    return !isPlain || someMatch(lines, /^[ \t]*(?:[mcv]|\w[ \t]+0x[\da-f]+[ \t]+(?!\d(?:[ \t]|$)))/i);
  },
};
