/**
 * What the records of a lackey log are interspersed with: flushes at fixed distances, and the pages that Valgrind's lines
 * of `--trace-syscalls=yes` tell of. Read the plain way, by regular expressions.
 */
import type { Access } from "./access.ts";
import { isCanonical } from "./access.ts";
import { parseLackey } from "./lackey.ts";

/** A record, a flush, or the first and last page of what was unmapped. */
export type Item = Access | "flush" | { from: bigint; to: bigint };

const CALL = String.raw`SYSCALL\[(?:\d+),(?:\d+)\]\(\d+\)`;
const MUNMAP = new RegExp(
  String.raw`^${CALL} sys_munmap \( 0x([\da-fA-F]+), (\d+) \)\[sync\] --> Success\(0x0\) *\r?$`,
);
const MREMAP = new RegExp(
  String.raw`^${CALL} sys_mremap \( 0x([\da-fA-F]+), (\d+), (\d+), 0x([\da-fA-F]+)(?:, 0x([\da-fA-F]+))? \)` +
    String.raw` --> \[pre-success\] Success\(0x([\da-fA-F]+)\) *\r?$`,
);
const MAX_LINE_BYTES = 4096;
/** Larger numbers are not what Valgrind prints. */
const HEX_LIMIT = 1n << 64n;
const DECIMAL_LIMIT = 10n ** 19n;

/** Records and events of `text`, which must end with a newline, in their order. Throws as parseLackey() does. */
export function parseItems(text: string, flushEvery: number): { items: Item[]; skippedLines: number } {
  const items: Item[] = [];
  let records = 0;
  let skippedLines = 0;
  for (const line of text.split("\n").slice(0, -1)) {
    const [record] = parseLackey(`${line}\n`).records;
    if (record !== undefined) {
      items.push(record);
      records++;
      if (flushEvery > 0 && records % flushEvery === 0) items.push("flush");
      continue;
    }
    skippedLines++;
    const unmapped = line.length <= MAX_LINE_BYTES ? unmappedBy(line) : null;
    if (unmapped !== null) items.push(unmapped);
  }
  return { items, skippedLines };
}

function unmappedBy(line: string): { from: bigint; to: bigint } | null {
  const decimals = [...line.matchAll(/(?<![\da-fA-Fx])\d+/g)].map(([digits]) => BigInt(digits));
  if (decimals.some((number) => number >= DECIMAL_LIMIT)) return null;
  const munmap = MUNMAP.exec(line);
  if (munmap !== null) return pagesOf(BigInt(`0x${munmap[1]}`), BigInt(munmap[2] ?? 0));
  const mremap = MREMAP.exec(line);
  if (mremap === null) return null;
  const [old, flags, fixed, now] = [mremap[1], mremap[4], mremap[5] ?? "0", mremap[6]].map((hex) => BigInt(`0x${hex}`));
  if (old === undefined || now === undefined) return null;
  if ([old, flags, fixed, now].some((number) => (number ?? 0n) >= HEX_LIMIT)) return null;
  const oldBytes = BigInt(mremap[2] ?? 0);
  const newBytes = BigInt(mremap[3] ?? 0);
  if (now !== old) return pagesOf(old, oldBytes);
  const kept = ((newBytes + 4095n) / 4096n) * 4096n;
  return kept < oldBytes ? pagesOf(old + kept, oldBytes - kept) : null;
}

function pagesOf(va: bigint, bytes: bigint): { from: bigint; to: bigint } | null {
  const last = va + bytes - 1n;
  if (va % 4096n !== 0n || bytes === 0n || bytes > 1n << 63n || last >= HEX_LIMIT) return null;
  return isCanonical(va) && isCanonical(last) ? { from: va >> 12n, to: last >> 12n } : null;
}
