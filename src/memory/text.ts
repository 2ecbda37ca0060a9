/** Text as it lies in memory. */
import { ConfigError } from "../errors.ts";

export const ENCODINGS = ["utf-8", "latin1"] as const;
export type Encoding = (typeof ENCODINGS)[number];

export function textOf(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding === "utf-8") return new TextDecoder().decode(bytes);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** Throws ConfigError for letters that `encoding` does not have. */
export function bytesOfText(text: string, encoding: Encoding): Uint8Array {
  if (encoding === "utf-8") return new TextEncoder().encode(text);
  const other = Array.from(text).find((letter) => (letter.codePointAt(0) ?? 0) > 255);
  if (other !== undefined) throw new ConfigError("text", other, "letters of latin1, up to U+00FF");
  return Uint8Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
}
