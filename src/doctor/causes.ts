/** Likely causes of bad records, by evidence: what is wrong, and the bytes around it. */
import type { TraceErrorCode } from "../errors.ts";
import type { Cause } from "../report/cause-words.ts";

/** What there is to judge by. */
export interface Evidence {
  code: TraceErrorCode;
  /** Whether the format is lines of text. */
  isText: boolean;
  /** Whether it is a container, of blocks that are checked each by itself. @default false */
  hasBlocks?: boolean;
  /** Bytes in front of the bad place, and from it on: the bad line or record, and what comes after. */
  before: Uint8Array;
  from: Uint8Array;
}

/** Fewer zeros may be a record. */
const MANY_ZEROS = 16;
/** Lines on each side that are looked at. */
const LINES_NEAR = 8;

/** In the order in which they are asked. */
const RECOGNISERS: readonly { cause: Cause; applies: (evidence: Evidence) => boolean }[] = [
  { cause: "container-cut-off", applies: ({ code, hasBlocks }) => hasBlocks === true && code === "truncated" },
  {
    cause: "damaged-block",
    applies: ({ code, hasBlocks }) => hasBlocks === true && (code === "corrupt" || code === "bad-record"),
  },
  { cause: "incomplete-download", applies: ({ code }) => code === "truncated" },
  { cause: "damaged-file", applies: ({ code }) => code === "corrupt" },
  { cause: "disk-full", applies: endsInZeros },
  { cause: "cut-off", applies: ({ code }) => code === "torn-line" || code === "torn-record" },
  { cause: "binary-inside-text", applies: ({ isText, from }) => isText && hasControls(firstLine(from)) },
  { cause: "program-output", applies: (evidence) => evidence.isText && (isGlued(evidence) || hasNoiseNear(evidence)) },
];

/** The likely cause; `null` if nothing tells of one. */
export function likelyCause(evidence: Evidence): Cause | null {
  return RECOGNISERS.find(({ applies }) => applies(evidence))?.cause ?? null;
}

/** From the bad place on, or in a torn line, there is nothing but zeros. */
function endsInZeros({ code, from }: Evidence): boolean {
  const zerosFrom = from.indexOf(0);
  if (zerosFrom < 0 || from.length - zerosFrom < MANY_ZEROS) return false;
  const isAll = from.subarray(zerosFrom).every((byte) => byte === 0);
  return isAll && (zerosFrom === 0 || code === "torn-line" || code === "torn-record");
}

/** Whether the bad line is a record and something behind it: longer than lines near it, or one of them and more. */
function isGlued({ before, from }: Evidence): boolean {
  const near = linesBefore(before).filter((line) => line.trim() !== "");
  if (near.length === 0) return false;
  const line = firstLine(from);
  const shape = shapeOf(line);
  const shapes = near.map(shapeOf);
  const isLonger = line.length > Math.max(...near.map(({ length }) => length)) + 2;
  return isLonger || (!shapes.includes(shape) && shapes.some((one) => shape.startsWith(one)));
}

/** A line with every number, hexadecimal or not, as one digit. */
function shapeOf(line: string): string {
  return line.replace(/\b(0x)?[\da-f]+/gi, "0");
}

/** Whether a line near the bad one is prose: words, none of which is in any other line. */
function hasNoiseNear({ before, from }: Evidence): boolean {
  const after = textOf(from).split("\n").slice(0, LINES_NEAR);
  const lines = [...linesBefore(before), ...after].filter((line) => !isRecorders(line));
  const words = lines.map((line) => line.match(/[a-z]{3,}/gi)?.filter((word) => /[g-z]/i.test(word)) ?? []);
  return words.some((own, line) => {
    const others = words.filter((_, other) => other !== line).flat();
    return own.length > 1 && own.every((word) => !others.includes(word));
  });
}

/** What recorders print between the records. */
function isRecorders(line: string): boolean {
  return /^(==|--)\d+(==|--)|^SYSCALL\[/.test(line);
}

function linesBefore(before: Uint8Array): string[] {
  // The first of the bytes is not the first of a line; the last is its newline.
  return textOf(before).split("\n").slice(1, -1).slice(-LINES_NEAR);
}

function firstLine(from: Uint8Array): string {
  return textOf(from).split("\n", 1)[0]?.replace(/\r$/, "") ?? "";
}

function hasControls(line: string): boolean {
  return /[^\t\x20-\x7e]/.test(line) && /[^\t\x20-\x7e\x80-\xff]/.test(line);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
