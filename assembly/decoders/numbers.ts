/** Numbers and gaps between fields in text, for the decoders of lines into entries. */
import { DIGIT_0, Hex, SPACE, hexDigit, skipHex } from "./text";

const TAB: u32 = 0x09;
const LETTER_X: u32 = 0x78;
/** Hexadecimal digits of 64 bits. */
const MAX_DIGITS: usize = 16;

/** What readHex() and readDecimal() read last. */
export let value: u64 = 0;
/** Whether it has more than 64 bits; `value` is then no number. */
export let isTooWide: bool = false;

/** Whether `character` separates fields. */
export function isGap(character: u32): bool {
  return character == SPACE || character == TAB;
}

/** The first byte from `start` that is neither space nor tab, or `end`. */
export function skipGap(start: usize, end: usize): usize {
  let at = start;
  while (at < end && isGap(<u32>load<u8>(at))) at++;
  return at;
}

/** The first space or tab from `start`, or `end`. */
export function skipWord(start: usize, end: usize): usize {
  let at = start;
  while (at < end && !isGap(<u32>load<u8>(at))) at++;
  return at;
}

/** Whether a field ends at `at`. */
export function endsField(at: usize, end: usize): bool {
  return at == end || isGap(<u32>load<u8>(at));
}

/** Where the digits after `0x` begin, if it stands at `at`; else `at`. */
export function skipPrefix(at: usize, end: usize): usize {
  const hasPrefix = end - at > 2 && <u32>load<u8>(at) == DIGIT_0 && (<u32>load<u8>(at, 1) | 0x20) == LETTER_X;
  return hasPrefix ? at + 2 : at;
}

/** Reads the hexadecimal digits at `at`, and returns where they end: at `at` if there are none. */
export function readHex(at: usize, end: usize): usize {
  const text = v128.load(at); // past the end of the input is room for that
  const digits = min(<usize>ctz(Hex.lanesNotHex(text) | 0x10000), end - at);
  if (digits == MAX_DIGITS) return readLongHex(at, end);
  value = Hex.hexValue(text, <u32>digits);
  isTooWide = false;
  return at + digits;
}

/** The same, of any number of digits. */
function readLongHex(at: usize, end: usize): usize {
  const digitsEnd = skipHex(at, end);
  let number: u64 = 0;
  isTooWide = false;
  for (let digit = at; digit < digitsEnd; digit++) {
    if (number >> 60 != 0) isTooWide = true;
    number = (number << 4) | hexDigit(<u32>load<u8>(digit));
  }
  value = number;
  return digitsEnd;
}

/** The same, of decimal digits. */
export function readDecimal(start: usize, end: usize): usize {
  let number: u64 = 0;
  let at = start;
  isTooWide = false;
  while (at < end) {
    const digit = <u32>load<u8>(at) - DIGIT_0;
    if (digit > 9) break;
    if (number > (u64.MAX_VALUE - digit) / 10) isTooWide = true;
    number = number * 10 + digit;
    at++;
  }
  value = number;
  return at;
}

/** Reads hexadecimal digits after `0x`, decimal ones otherwise. Returns where they end: at `start` if there are none. */
export function readNumber(start: usize, end: usize): usize {
  const digitsAt = skipPrefix(start, end);
  if (digitsAt == start) return readDecimal(start, end);
  const digitsEnd = readHex(digitsAt, end);
  return digitsEnd == digitsAt ? start : digitsEnd;
}
