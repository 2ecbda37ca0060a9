/**
 * What TLBs that are simulated one by one are fed with: page numbers of one size, and what happens between them.
 *
 *   63      62            61..52 51                 0    bit
 *   ├───────┼─────────────┼──────┼──────────────────┤
 *   │ event │ first store │  0   │   page number    │    event: bits 62 and 61 are its kind instead
 *   └───────┴─────────────┴──────┴──────────────────┘
 */
import { place } from "../arena";
import { MAX_REFERENCES } from "../references";

export const KEY_FIRST_STORE: u64 = 1 << 62;
export const KEY_EVENT: u64 = 1 << 63;
export const KEY_FLUSH: u64 = KEY_EVENT;
/** Entries of the pages from this one on are invalidated, to that of the key that follows, itself included. */
export const KEY_UNMAP_FROM: u64 = KEY_EVENT | (1 << 61);
export const KEY_UNMAP_TO: u64 = KEY_EVENT | (1 << 62);
export const KEY_PAGE: u64 = (1 << 52) - 1;

/** Address of the first key. */
export let keys: usize = 0;
/** Where the next key goes. */
let out: usize = 0;

/** Makes room for all keys that one list of references makes. False if there is no memory left. */
export function configureKeys(): bool {
  keys = place((<usize>MAX_REFERENCES) << 3);
  return keys != 0;
}

export function clearKeys(): void {
  out = keys;
}

export function addKey(key: u64): void {
  store<u64>(out, key);
  out += 8;
}

/** Where the keys end. */
export function keysEnd(): usize {
  return out;
}
