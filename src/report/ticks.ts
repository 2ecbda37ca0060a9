/** Ticks of axes, for pictures of characters and of lines. */

const TICK_PERCENT = new Intl.NumberFormat("en-US", { style: "percent", maximumSignificantDigits: 3 });
const TICK_NUMBER = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** Ticks of one axis, not many more or fewer. */
const LINEAR_TICKS = 6;

/** Whether `entries` are among the first to get a tick, a mark or a row. */
export function isPowerOfTwo(entries: number): boolean {
  return Number.isInteger(Math.log2(entries));
}

/** The label of a tick that is a ratio: `20%`. */
export function ratioLabel(ratio: number): string {
  return TICK_PERCENT.format(ratio);
}

/** The label of a tick that is a number: `0.05`, `2,000`. */
export function numberLabel(value: number): string {
  return TICK_NUMBER.format(value);
}

/** Round numbers at equal distances, from 0 to at or above the greatest of `values`, which are not negative; two at least. */
export function linearTicks(values: readonly number[]): number[] {
  const greatest = values.reduce((most, value) => Math.max(most, value), 0) || 1;
  const step = ratioTicks([greatest / LINEAR_TICKS]).at(-1) ?? 1;
  // Divided by what 1 is a multiple of, as 3 * 0.1 is not the number that 0.3 is.
  const [times, parts] = step < 1 ? [1, Math.round(1 / step)] : [step, 1];
  return Array.from({ length: Math.ceil(greatest / step) + 1 }, (_, index) => (index * times) / parts);
}

/** Round whole numbers at equal distances within `least` and `most`, which are not negative. */
export function wholeTicks(least: number, most: number): number[] {
  const step = Math.max(1, ratioTicks([(most - least || 1) / LINEAR_TICKS]).at(-1) ?? 1);
  const first = Math.ceil(least / step);
  return Array.from({ length: Math.max(0, Math.floor(most / step) - first + 1) }, (_, index) => (first + index) * step);
}

/**
 * Round numbers from at or below the least of `ratios` to at or above the greatest, two at least: 1, 2, 5 of each decade,
 * or the ends and 1 of each decade where that is enough. For logarithmic axes: all numbers are positive.
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
