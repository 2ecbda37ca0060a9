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
    return allMatch(lines, RECORD) && mayBeXdin(lines);
  },
};

const RECORD = /^[ \t]*[rwimcv][ \t]+(?:0x)?[\da-f]+[ \t]+(?:0x)?[\da-f]+(?:[ \t].*)?$/i;

/** How many times as many sizes have to speak for one reading as for the other. */
const SURE = 10;

/** Whether `lines`, which are records of xdin and of plain text, may be xdin, and whether they may be plain text. */
function mayBeXdin(lines: readonly string[]): boolean {
  return readings(lines).xdin;
}

export function mayBePlainText(lines: readonly string[]): boolean {
  return readings(lines).plain;
}

/**
 * Plain text has 0x before each address, and xdin may. Then they differ in sizes of several digits, which are hexadecimal
 * in xdin and decimal in plain text: sizes are mostly powers of two in one of the readings only, as 16 or as 10.
 */
function readings(lines: readonly string[]): { xdin: boolean; plain: boolean } {
  if (!someMatch(lines, /^[ \t]*\w+[ \t]+0x/i)) return { xdin: true, plain: false };
  // Nothing prints it before some addresses only, but C's %#lx, which has none before 0.
  if (someMatch(lines, /^[ \t]*\w+[ \t]+(?!0x|0+[ \t])/i)) return { xdin: false, plain: false };
  if (someMatch(lines, /^[ \t]*\w+[ \t]+0+[ \t]/)) return { xdin: true, plain: false };
  let [decimal, hexadecimal, several] = [0, 0, 0];
  for (const line of lines) {
    const [, , size = "", thread] = line.trim().split(/[ \t]+/);
    if (thread !== undefined && !thread.startsWith("#")) return { xdin: false, plain: true };
    if (!/^[\da-f]{2,8}$/i.test(size)) continue;
    several++;
    const inDecimal = isPowerOfTwo(Number(size));
    const inHexadecimal = isPowerOfTwo(Number.parseInt(size, 16));
    if (inDecimal && !inHexadecimal) decimal++;
    if (inHexadecimal && !inDecimal) hexadecimal++;
  }
  const isPlain = several === 0 || decimal > SURE * hexadecimal;
  return { xdin: !isPlain, plain: hexadecimal <= SURE * decimal };
}

function isPowerOfTwo(number: number): boolean {
  return number > 0 && Number.isInteger(Math.log2(number));
}
