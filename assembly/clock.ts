/**
 * Time, as replacement policies see it. A stamp is a time with the low bits of its entry's number, so that the least
 * stamp of a set, whose entries are numbered from a multiple of a power of two up to 16, names its entry:
 *
 *   63       52 51                                4 3   0   bit
 *   ├──────────┼───────────────────────────────────┼─────┤
 *   │ 0x3ff    │               time               entry│
 *   └──────────┴───────────────────────────────────┴─────┘
 *
 * The top bits make every stamp a double in [1, 2), whose order is that of the integers: SIMD has a minimum of two
 * doubles but not of two u64. 2^48 times last for 10^14 references.
 */
const AS_DOUBLE: u64 = 0x3ff0_0000_0000_0000;
/** Bits of a stamp below the time. */
export const TICK_SHIFT: u32 = 4;
export const ENTRY_MASK: u32 = 15;
/** The time of entries never used, before any other. */
export const NEVER: u64 = AS_DOUBLE;
const START: u64 = AS_DOUBLE + (1 << TICK_SHIFT);

/** The time now, as a stamp of entry 0. Every reference has a time of its own. */
export let now: u64 = START;

export function resetClock(): void {
  now = START;
}

export function setNow(time: u64): void {
  now = time;
}

/** Lets one reference's time pass. */
export function tick(): void {
  now += 1 << TICK_SHIFT;
}
