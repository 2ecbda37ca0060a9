/** Characters and numbers in text, for the decoders of text formats. */

export const NEWLINE: u32 = 0x0a;
export const RETURN: u32 = 0x0d;
export const SPACE: u32 = 0x20;
export const COMMA: u32 = 0x2c;
export const DIGIT_0: u32 = 0x30;
export const LETTER_I: u32 = 0x49;
export const LETTER_L: u32 = 0x4c;
export const LETTER_M: u32 = 0x4d;
export const LETTER_S: u32 = 0x53;

/** u8 for each character: 1 if it is a hexadecimal digit. */
const HEX_DIGITS: usize = memory.data(256);

/** Whether `character`, a byte, is one. */
export function isHexDigit(character: u32): bool {
  return load<u8>(HEX_DIGITS + character) != 0;
}

/** Value of `character`, a hexadecimal digit. */
export function hexDigit(character: u32): u32 {
  return (character & 15) + (character >> 6) * 9;
}

/** Fills the tables of this file. */
export function resetText(): void {
  for (let character: u32 = 0; character < 256; character++) {
    const isHex = character - DIGIT_0 <= 9 || (character | 0x20) - 0x61 <= 5;
    store<u8>(HEX_DIGITS + character, <u8>isHex);
  }
}

/** The first byte from `start` that is no hexadecimal digit, or `end`. */
export function skipHex(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    const c = <u32>load<u8>(at);
    if (!isHexDigit(c)) break;
    at++;
  }
  return at;
}

/** The first byte from `start` that is no decimal digit, or `end`. */
export function skipDecimal(start: usize, end: usize): usize {
  let at = start;
  while (at < end && <u32>load<u8>(at) - DIGIT_0 <= 9) at++;
  return at;
}

/** Where `byte` is first found from `start`, or `end`. */
export function find(byte: u32, start: usize, end: usize): usize {
  let at = start;
  while (at < end && <u32>load<u8>(at) != byte) at++;
  return at;
}

/** The functions that take vectors; asc warns of those that stand alone as if the host could call them. */
export abstract class Hex {
  /** Bit i is set unless lane i is a hexadecimal digit. */
  @inline
  static lanesNotHex(text: v128): u32 {
    const decimal = i8x16.lt_u(i8x16.sub(text, i8x16.splat(0x30)), i8x16.splat(10));
    const letter = i8x16.lt_u(i8x16.sub(v128.or(text, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(6));
    return <u32>i8x16.bitmask(v128.or(decimal, letter)) ^ 0xffff;
  }

  /** The number that the first `digits` lanes (1..16) spell. Lanes are turned round, right-aligned and packed by nibble. */
  @inline
  static hexValue(text: v128, digits: u32): u64 {
    const letter = i8x16.gt_s(text, i8x16.splat(0x40));
    const nibbles = i8x16.add(v128.and(text, i8x16.splat(15)), v128.and(letter, i8x16.splat(9)));
    const lanes = i8x16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const reversed = i8x16.swizzle(nibbles, i8x16.sub(i8x16.splat(<i8>(digits - 1)), lanes)); // out of range: 0
    const bytes = v128.and(v128.or(reversed, i16x8.shr_u(reversed, 4)), i16x8.splat(0xff));
    return i64x2.extract_lane(i8x16.narrow_i16x8_u(bytes, bytes), 0);
  }
}
