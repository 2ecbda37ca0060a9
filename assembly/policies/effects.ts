/** What a hit does to the order of a set, beside moving time on. */
export const HIT_CHANGES_NOTHING: u32 = 0;
/** It stamps the entry with the time, and nothing else. */
export const HIT_STAMPS: u32 = 1;
/** It changes more; but a hit on the entry that was used last, or filled, changes nothing. */
export const HIT_REORDERS: u32 = 2;
/** The same, but that the first hit after a fill changes something even on the entry that was used last. */
export const HIT_REORDERS_TWICE: u32 = 3;
