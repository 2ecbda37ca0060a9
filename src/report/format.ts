/**
 * Numbers and names as people read them. A number that is not 0 never prints as 0, and a share that is not the whole
 * never prints as 100%.
 */

/** What stands where a number is not known or has no meaning. */
export const NOT_AVAILABLE = "n/a";

const INTEGER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** A count with commas between thousands: `1,234,567`. Fractions are rounded to the nearest integer. */
export function count(value: number): string {
  return INTEGER.format(value);
}

/** A count and its noun: `1 walk`, `2 walks`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** A non-negative number with exactly `decimals` decimals, or `<0.001` (for 3) rather than a false 0; `n/a` for null. */
export function decimal(value: number | null, decimals: number): string {
  if (value === null) return NOT_AVAILABLE;
  const least = 10 ** -decimals;
  if (value > 0 && value < least / 2) return `<${least.toFixed(decimals)}`;
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

/** Decimals, 2..4, that show two significant digits of the distance of `ratio` (0..1) to 0% or 100%, the nearer one. */
export function percentDecimals(ratio: number): number {
  const distancePercent = Math.min(ratio, 1 - ratio) * 100;
  if (distancePercent === 0 || distancePercent >= 0.1) return 2;
  return distancePercent >= 0.01 ? 3 : 4;
}

/**
 * `ratio` (0..1) in percent: `39.35%`, `99.9980%`; `n/a` for null.
 *
 * `100.00%` and `0.00%` only for exactly 1 and 0: where rounding would print them, `>99.99%` and `<0.01%` (with as many
 * decimals as asked for) stand instead.
 *
 * @param decimals for the cells of one column; @default `percentDecimals(ratio)`
 */
export function percent(ratio: number | null, decimals?: number): string {
  if (ratio === null) return NOT_AVAILABLE;
  const places = decimals ?? percentDecimals(ratio);
  const text = (ratio * 100).toFixed(places);
  const least = 10 ** -places;
  if (ratio > 0 && Number(text) === 0) return `<${least.toFixed(places)}%`;
  if (ratio < 1 && Number(text) === 100) return `>${(100 - least).toFixed(places)}%`;
  return `${text}%`;
}

const RATE = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });

/** A rate that somebody chose, as short as it is: `99%`, `99.9%`. */
export function wholeRate(rate: number): string {
  return RATE.format(rate);
}

/** Ratios as the cells of one column: all with the decimals that the most demanding one needs. */
export function percentColumn(ratios: readonly (number | null)[]): string[] {
  const decimals = ratios.reduce<number>(
    (most, ratio) => Math.max(most, ratio === null ? 2 : percentDecimals(ratio)),
    2,
  );
  return ratios.map((ratio) => percent(ratio, decimals));
}

/** A size with its binary unit: `512 B`, `4 KiB`, `12.3 MiB`. One decimal unless it is exact without. */
export function bytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = "B";
  for (const next of ["KiB", "MiB", "GiB", "TiB", "PiB"]) {
    // 1023.95 would print as 1,024.0 of a unit of which there are only 1,023.
    if (value < 1023.95) break;
    value /= 1024;
    unit = next;
  }
  return `${Number.isInteger(value) ? count(value) : decimal(value, 1)} ${unit}`;
}

/** A 64-bit address: `0x7ffc12345000`. Negative values are the upper half of the address space. */
export function hexAddress(address: bigint | number): string {
  return `0x${BigInt.asUintN(64, BigInt(address)).toString(16)}`;
}

/** A duration in seconds: `0.012 s`, `75.30 s`. */
export function seconds(durationSeconds: number): string {
  return `${decimal(durationSeconds, durationSeconds < 1 ? 3 : 2)} s`;
}

/** `name`, which came from outside, as it may be printed, in `most` columns. */
export function shortened(name: string, most: number): string {
  const text = printable(name);
  return text.length <= most ? text : `${text.slice(0, most - 3)}...`;
}

/**
 * `text` with everything that a terminal would obey rather than show written out: `\x1b`, `\u{202e}`.
 *
 * For names that came from outside. Replaces control characters (C0, DEL, C1), format characters (among them those
 * that reverse the direction of writing), line and paragraph separators and lone surrogates.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`;
  });
}
