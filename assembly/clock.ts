/** Time, as the order of entries sees it: one tick for each reference. */

/** The time before any reference. */
export const BEFORE_ALL: u64 = 0;

/** The time now. Every reference has a time of its own. */
export let now: u64 = BEFORE_ALL + 1;

export function resetClock(): void {
  now = BEFORE_ALL + 1;
}

export function setNow(time: u64): void {
  now = time;
}

/** Lets one reference's time pass. */
export function tick(): void {
  now++;
}
