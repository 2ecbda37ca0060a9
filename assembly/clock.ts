/**
 * Time, as the order of entries sees it: one tick for each reference. The top bits make every time a double in [1, 2),
 * whose order is that of the integers: SIMD has a minimum of two doubles but not of two u64.
 *
 *   63       52 51                                      0   bit
 *   ├──────────┼─────────────────────────────────────────┤
 *   │  0x3ff   │                 ticks                   │
 *   └──────────┴─────────────────────────────────────────┘
 */
/** The time of entries never used, before any other. */
export const NEVER: u64 = 0x3ff0_0000_0000_0000;

/** The time now. Every reference has a time of its own. */
export let now: u64 = NEVER + 1;

export function resetClock(): void {
  now = NEVER + 1;
}

export function setNow(time: u64): void {
  now = time;
}

/** Lets one reference's time pass. */
export function tick(): void {
  now++;
}
