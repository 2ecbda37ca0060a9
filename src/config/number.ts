/** Numbers as people and kernels write addresses and registers. */

/** What parseNumber() takes, for messages and help. */
export const NUMBER_FORMS =
  "0x7f12 in hexadecimal; without 0x if it has 8 digits or more, or begins with 0; else decimal; _ ' ` may group digits";

/**
 * The number that `text` writes, not negative; `null` if it is none.
 *
 * /proc/PID/maps, kernel logs, emulators and lackey print hexadecimal numbers without 0x, and with 8 digits at least.
 * Shorter words with a-f are none: `add` and `bad` are words, and `0b1` is somebody's binary.
 */
export function parseNumber(text: string): bigint | null {
  const digits = text.replace(/(?<=[0-9a-f])[_'`](?=[0-9a-f])/gi, "");
  if (/^0x[0-9a-f]+$/i.test(digits)) return BigInt(digits);
  if (/^([0-9a-f]{8,}|0(?!b)[0-9a-f]+)$/i.test(digits)) return BigInt(`0x${digits}`);
  return /^\d+$/.test(digits) ? BigInt(digits) : null;
}
