/** What a hit does to the order of a set, beside moving time on. */
export const HIT_CHANGES_NOTHING: u32 = 0;
/** It stamps the entry with the time, and nothing else. */
export const HIT_STAMPS: u32 = 1;
/** It changes more; but a second hit in a row on the most recent entry changes nothing. */
export const HIT_REORDERS: u32 = 2;
