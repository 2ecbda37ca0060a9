/** Bytes as a dump: offset, hexadecimal, text, and marks below those that are bad. */
import type { Neighbourhood } from "../errors.ts";

const LINE_BYTES = 16;
const OFFSET_DIGITS = 8;

/** Lines of 16 bytes, from a multiple of 16 on, each followed by a line of marks if any of its bytes are marked. */
export function hexDump({ byteOffset, hex, markedFrom, markedBytes }: Neighbourhood): string {
  const bytes = hex.match(/../g)?.map((digits) => Number.parseInt(digits, 16)) ?? [];
  const lines: string[] = [];
  const first = byteOffset - (byteOffset % LINE_BYTES);
  for (let offset = first; offset < byteOffset + bytes.length; offset += LINE_BYTES) {
    const columns = Array.from({ length: LINE_BYTES }, (_, column) => bytes[offset + column - byteOffset]);
    const digits = columns.map((byte) => byte?.toString(16).padStart(2, "0") ?? "  ");
    const text = columns.map((byte) =>
      byte === undefined ? " " : isPrintable(byte) ? String.fromCharCode(byte) : ".",
    );
    lines.push(`${offset.toString(16).padStart(OFFSET_DIGITS, "0")}  ${digits.join(" ")}  |${text.join("")}|`);
    const isMarked = (index: number) => index >= markedFrom && index < markedFrom + markedBytes;
    const marks = columns.map((_, column) => isMarked(offset + column - byteOffset));
    if (!marks.includes(true)) continue;
    const under = marks.map((marked) => (marked ? "^^" : "  ")).join(" ");
    const underText = marks.map((marked) => (marked ? "^" : " ")).join("");
    lines.push(`${" ".repeat(OFFSET_DIGITS)}  ${under}   ${underText}`.trimEnd());
  }
  return lines.join("\n");
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
