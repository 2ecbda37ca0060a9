/** Addresses as people write them. */
import { ConfigError } from "../errors.ts";

/** What parseAddress() takes, for messages and help. */
export const ADDRESS_FORMS =
  "0x7f12 in hexadecimal; without 0x if it has 16 digits, or 8 and one of a-f; else decimal; _ ' ` may group digits";

const LAST_ADDRESS = 2n ** 64n - 1n;
const MAX_TEXT_TOLD = 64;

/**
 * The address that `text` writes. Throws ConfigError, which names it, if it is none.
 *
 * 16 digits without 0x are hexadecimal even if all are decimal: kernel logs print addresses so. From 8 digits on, since
 * `add` and `bad` are words.
 */
export function parseAddress(text: string): bigint {
  const digits = text.replace(/(?<=[0-9a-f])[_'`](?=[0-9a-f])/gi, "");
  if (/^0x[0-9a-f]+$/i.test(digits)) return checkAddress(BigInt(digits), text);
  const hexadecimal = /^[0-9a-f]{8,}$/i.test(digits) && (digits.length === 16 || /[a-f]/i.test(digits));
  if (hexadecimal) return checkAddress(BigInt(`0x${digits}`), text);
  if (/^\d+$/.test(digits)) return checkAddress(BigInt(digits), text);
  throw new ConfigError("address", told(text), ADDRESS_FORMS);
}

/** `address`, if it has 64 bits at most and is not negative. Throws ConfigError otherwise. */
export function checkAddress(address: bigint, text: string = String(address)): bigint {
  if (address >= 0n && address <= LAST_ADDRESS) return address;
  throw new ConfigError("address", told(text), "64 bits: 0 to 0xffffffffffffffff");
}

function told(text: string): string {
  return text.length > MAX_TEXT_TOLD ? `${text.slice(0, MAX_TEXT_TOLD)}…` : text;
}
