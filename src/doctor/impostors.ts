/**
 * Things that people hand over instead of a trace, by their first bytes. Told before the formats are asked: in a tar
 * archive of text traces they would find records, of all its members.
 */
import type { Cause } from "../report/cause-words.ts";

/** Bytes that are looked at. */
const HEAD_BYTES = 1024;
const EM_X86_64 = 62;

/** Each by the first bytes as text of Latin-1, whether the rest is text, and the bytes themselves. */
const IMPOSTORS: readonly { cause: Cause; is: (text: string, head: Uint8Array) => boolean }[] = [
  { cause: "tar-archive", is: (text) => text.startsWith("ustar", 257) },
  { cause: "utf-16", is: (text, head) => /^(\xff\xfe|\xfe\xff)/.test(text) || hasZeroEverySecondByte(head) },
  // A trace with a byte-order mark would lose its first line without a word.
  { cause: "byte-order-mark", is: (text) => text.startsWith("\xef\xbb\xbf") },
  { cause: "elf-of-other-machine", is: isElfOfOtherMachine },
  { cause: "elf-file", is: isElf },
  { cause: "gzip-twice", is: (text) => text.startsWith("\x1f\x8b\x08") },
  { cause: "zstd-twice", is: (text) => text.startsWith("\x28\xb5\x2f\xfd") },
  { cause: "xz-twice", is: (text) => text.startsWith("\xfd7zXZ\0") },
  { cause: "git-lfs-pointer", is: (text) => text.startsWith("version https://git-lfs.github.com/spec/") },
  { cause: "html-page", is: (text) => /^\s*(<!doctype html|<html|<\?xml)\b/i.test(text) },
  { cause: "pagewalk-experiment", is: (text) => schemaIn(text) === "experiment" },
  { cause: "pagewalk-plan", is: (text) => schemaIn(text) === "plan" },
  { cause: "pagewalk-json", is: (text) => schemaIn(text) !== null },
  { cause: "json-answer", is: (text) => /^\s*[{[]\s*("[^"\n]*"\s*[:,\]]|\{\s*"|\}\s*$)/.test(text) },
];

/** What `head`, the first bytes of a file, begins instead of a trace; `null` if it may be a trace. */
export function impostorIn(head: Uint8Array): Cause | null {
  const bytes = head.subarray(0, HEAD_BYTES);
  const text = new TextDecoder("latin1").decode(bytes);
  return IMPOSTORS.find(({ is }) => is(text, bytes))?.cause ?? null;
}

/** Which of pagewalk's own forms of JSON `text` begins; `null`: none. */
function schemaIn(text: string): string | null {
  const [, name = null] = /^\s*[{[].*?"schema"\s*:\s*"pagewalk\/([a-z-]+)@\d/s.exec(text) ?? [];
  return name;
}

function isElf(text: string): boolean {
  return text.startsWith("\x7fELF");
}

/** Whether it is one with a header, of 32 or 64 bits, that names another machine. */
function isElfOfOtherMachine(text: string, head: Uint8Array): boolean {
  // e_ident: class and byte order, each 1 or 2, then the version.
  const hasHeader = [1, 2].includes(head[4] ?? 0) && [1, 2].includes(head[5] ?? 0) && head[6] === 1;
  return isElf(text) && hasHeader && head.length > 19 && machineOf(head) !== EM_X86_64;
}

/** e_machine, in the byte order that e_ident tells (2: big-endian). */
function machineOf(head: Uint8Array): number {
  const [low = 0, high = 0] = head[5] === 2 ? [head[19], head[18]] : [head[18], head[19]];
  return low | (high << 8);
}

/** Whether it is ASCII in UTF-16 without a byte-order mark: of each two bytes one is a character, the other 0. */
function hasZeroEverySecondByte(head: Uint8Array): boolean {
  const pairs = head.length >> 1;
  if (pairs < 8) return false;
  const isText = (byte: number | undefined) =>
    byte !== undefined && ((byte >= 32 && byte < 127) || [9, 10, 13].includes(byte));
  for (const zero of [0, 1]) {
    let at = 0;
    while (at < pairs && head[2 * at + zero] === 0 && isText(head[2 * at + 1 - zero])) at++;
    if (at === pairs) return true;
  }
  return false;
}
