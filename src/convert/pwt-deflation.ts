/** How the blocks of `.pwt` files are compressed, as it is asked for. */
import { oneOf } from "../config/lists.ts";
import { ConfigError } from "../errors.ts";
import { COMPRESSIONS, type PwtCompression } from "../trace/pwt/layout.ts";
import type { EncoderOptions } from "./options.ts";

/**
 * zlib's, of pages: 10 to 35 % smaller than with 1 on real traces. It takes two or three times as long, but they are few, and
 * read more often than written.
 */
export const PAGES_LEVEL = 6;

/** Throws ConfigError. */
export function resolveDeflation({ compression, level }: EncoderOptions): {
  compression?: PwtCompression;
  level?: number;
} {
  const named = compression === undefined ? undefined : oneOf(PWT_COMPRESSIONS, compression, "compression");
  if (level === undefined) return named === undefined ? {} : { compression: named };
  if (named === "none") throw new ConfigError("level", level, "none, where blocks are not compressed");
  if (!/^[1-9]$/.test(String(level))) throw new ConfigError("level", level, "1 (fast) to 9 (small)");
  return { compression: named ?? "deflate", level: Number(level) };
}

export const PWT_COMPRESSIONS = Object.keys(COMPRESSIONS) as PwtCompression[];
