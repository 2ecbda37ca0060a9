/** Ticks of logarithmic axes, for pictures of characters and of lines. */

const TICK_PERCENT = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 1 });

/** Whether `entries` are among the first to get a tick, a mark or a row. */
export function isPowerOfTwo(entries: number): boolean {
  return Number.isInteger(Math.log2(entries));
}

/** The label of one of ratioTicks(): `20%`. */
export function ratioLabel(ratio: number): string {
  return TICK_PERCENT.format(ratio);
}

/**
 * Round ratios from at or below the least of `ratios` to at or above the greatest, two at least: 1, 2, 5 of each decade,
 * or the ends and 1 of each decade where that is enough.
 */
export function ratioTicks(ratios: readonly number[]): number[] {
  const least = Math.min(...ratios);
  const greatest = Math.max(...ratios);
  const round: number[] = [];
  for (let exponent = Math.floor(Math.log10(least)) - 1; exponent <= Math.ceil(Math.log10(greatest)); exponent++) {
    // From text, as 10 ** -3 is not the number that 0.001 is.
    round.push(Number(`1e${exponent}`), Number(`2e${exponent}`), Number(`5e${exponent}`));
  }
  const last = round.findIndex((ratio) => ratio >= greatest);
  const first = Math.min(
    round.findLastIndex((ratio) => ratio <= least),
    last - 1,
  );
  const ticks = round.slice(first, last + 1);
  if (ticks.length <= 8) return ticks;
  return ticks.filter((ratio, index) => index === 0 || index === ticks.length - 1 || /^[0.]*1/.test(String(ratio)));
}
