/** Plain text: docs/formats.md has the grammar. Decoded by assembly/decoders/plain-text.ts. */
import type { TraceFormat } from "./format.ts";
import { allMatch, headLines, someMatch } from "./head-lines.ts";
import { mayBePlainText } from "./xdin.ts";

const FIELDS = String.raw`[ \t]+0x[\da-f]+(?:[ \t]+(?:0x[\da-f]+|\d+)(?:[ \t]+(?:0x[\da-f]+|\d+)(?:[ \t]+0x[\da-f]+)?)?)?[ \t]*(?:#.*)?$`;
const WORDS = "[rlwsxifm]|read|load|ld|rd|readd|write|store|st|wr|ifetch|fetch|exec|execute|instr|inst|readi|modify|rw";
const RECORD = new RegExp(String.raw`^[ \t]*(?:${WORDS}|[012])${FIELDS}`, "i");

export const plainText: TraceFormat = {
  name: "text",
  title: "plain text",
  specification: "docs/formats.md",
  example: "R 0x7fff1c3e0a48 8",
  decoder: "TEXT",
  isText: true,
  reasons: {
    "bad-record":
      "no record of plain text; expected a kind, an address with 0x, and perhaps size, thread and instruction, as " +
      "R 0x7fff1c3e0a48 8 412 0x401136",
    "torn-line":
      "the last line has no newline, so that the trace may have been cut off in it; if it is whole, end it with a newline",
  },
  detect: (head) => {
    const lines = headLines(head);
    if (!allMatch(lines, RECORD) || !mayBePlainText(lines)) return false;
    // Of kinds in digits, it is din, which has no sizes; with sizes it may be either, and the user has to say.
    return !allMatch(lines, /^[ \t]*[012]/) || someMatch(lines, /^[ \t]*[012][ \t]+\w+[ \t]+[^# \t]/);
  },
};
