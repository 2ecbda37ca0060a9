/**
 * Several machines fed with the words of one batch. What one of them may have left out (decoders/known-lines.ts has the rule, and
 * os/recent.ts the same one for a machine), another may not: so there is a sieve for each way to leave words out, and each machine
 * is given what is left in its sieve. The batch itself must have all words.
 *
 *   a sieve: u64 for each slot of fetches, then of data, then of stores where these have L1 TLBs of their own
 *   63         62..52 51                      0   bit
 *   ├─────────┬──────┬─────────────────────────┤
 *   │ written │  0   │ latest 4 KiB page + 1   │   0: none
 *   └─────────┴──────┴─────────────────────────┘
 */
import { WORDS, wordCount } from "./batch";
import { EVENT_MASK, KIND_FETCH, KIND_MASK, KIND_WRITES, WORD_KIND_SHIFT, WORD_PAGE_SHIFT } from "./layout";
import { isPlain } from "./records";
import { REFERENCES } from "./references";

/** Sieves that there can be: as many as there are powers of two up to MAX_SIEVE_SLOTS, twice. */
export const MAX_SIEVES: u32 = 14;
export const MAX_SIEVE_SLOTS: u32 = 64;

const DATA_OFFSET: usize = 64 << 3;
const STORE_OFFSET: usize = 2 * (64 << 3);
const SIEVE_BYTES: usize = 3 * (64 << 3);
const SIEVES: usize = memory.data(14 * 3 * (64 << 3), 8);
const WRITTEN: u64 = 1 << 63;

/** Words that the latest call of siftWords() left. */
let left: u32 = 0;

/** Starts before the first word. */
export function resetSieves(): void {
  memory.fill(SIEVES, 0, <usize>MAX_SIEVES * SIEVE_BYTES);
}

/** Where siftWords() puts what is left. */
export function siftedAddress(): usize {
  return REFERENCES;
}

/**
 * Sifts the words of the batch, or with `again` those that the latest call left, by sieve number `sieve`, of `slots` slots, a power of
 * two. `again` only where that sieve had a divisor of the slots and stores were apart in both or neither: it left all that this one
 * is to leave. Returns how many words are left.
 */
export function siftWords(sieve: u32, slots: u32, storesApart: bool, again: bool): u32 {
  const at = SIEVES + <usize>sieve * SIEVE_BYTES;
  const stores = storesApart ? STORE_OFFSET : DATA_OFFSET;
  const mask = <u64>(slots - 1);
  const from = again ? REFERENCES : WORDS;
  const end = from + ((<usize>(again ? left : wordCount())) << 3);
  let out = REFERENCES;
  for (let next = from; next < end; next += 8) {
    const word = load<u64>(next);
    if ((<u32>word & EVENT_MASK) != 0 || !isPlain(word)) {
      memory.fill(at, 0, SIEVE_BYTES);
    } else {
      const kind = (<u32>word >> WORD_KIND_SHIFT) & KIND_MASK;
      const page = word >> WORD_PAGE_SHIFT;
      const written = kind & KIND_WRITES ? WRITTEN : 0;
      const slot = at + (kind == KIND_FETCH ? 0 : written ? stores : DATA_OFFSET) + ((<usize>(page & mask)) << 3);
      const held = load<u64>(slot);
      const isSame = (held & ~WRITTEN) == page + 1;
      if (isSame && (held & written) == written) continue;
      store<u64>(slot, (page + 1) | written | (isSame ? held & WRITTEN : 0));
    }
    store<u64>(out, word);
    out += 8;
  }
  left = <u32>((out - REFERENCES) >> 3);
  return left;
}
