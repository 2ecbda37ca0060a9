/**
 * The words for kinds of records that plain text and CSV may have (docs/formats.md has the list), in letters of either
 * case. Numbers are those of Dinero: 0, 1, 2.
 */
import { KIND_FETCH, KIND_LOAD, KIND_MODIFY, KIND_STORE } from "../layout";

/** No word for a kind. */
export const UNKNOWN_KIND: u32 = 0xff;
const MAX_WORD_BYTES: usize = 8;
/** Sets the bit that tells small letters from capitals, in each byte. */
const SMALL: u64 = 0x2020_2020_2020_2020;

/** u8 for each character: the kind that it stands for by itself. */
const LETTERS: usize = memory.data(256);

/** Fills the table of this file. */
export function resetKindWords(): void {
  memory.fill(LETTERS, <u8>UNKNOWN_KIND, 256);
  setLetter(0x72, KIND_LOAD); // r
  setLetter(0x6c, KIND_LOAD); // l
  setLetter(0x30, KIND_LOAD); // 0
  setLetter(0x77, KIND_STORE); // w
  setLetter(0x73, KIND_STORE); // s
  setLetter(0x31, KIND_STORE); // 1
  setLetter(0x78, KIND_FETCH); // x
  setLetter(0x69, KIND_FETCH); // i
  setLetter(0x66, KIND_FETCH); // f
  setLetter(0x32, KIND_FETCH); // 2
  setLetter(0x6d, KIND_MODIFY); // m
}

function setLetter(character: usize, kind: u32): void {
  store<u8>(LETTERS + character, <u8>kind);
  if (character >= 0x61) store<u8>(LETTERS + (character ^ 0x20), <u8>kind);
}

/** The kind that `letter` stands for by itself, or UNKNOWN_KIND. */
export function kindOfLetter(letter: u32): u32 {
  return <u32>load<u8>(LETTERS + <usize>letter);
}

/** The kind that the word from `at` to `end` stands for, or UNKNOWN_KIND. */
export function kindOfWord(at: usize, end: usize): u32 {
  const bytes = end - at;
  if (bytes == 1) return kindOfLetter(<u32>load<u8>(at));
  if (bytes == 0 || bytes > MAX_WORD_BYTES) return UNKNOWN_KIND;
  // Past the end of the input is room for the load.
  const used: u64 = u64.MAX_VALUE >> (64 - ((<u64>bytes) << 3));
  const word = (load<u64>(at) | SMALL) & used;
  if (
    word == 0x6461_6572 || // read
    word == 0x6461_6f6c || // load
    word == 0x646c || // ld
    word == 0x6472 || // rd
    word == 0x64_6461_6572 // readd, of oslab memtrace
  ) {
    return KIND_LOAD;
  }
  if (
    word == 0x65_7469_7277 || // write
    word == 0x65_726f_7473 || // store
    word == 0x7473 || // st
    word == 0x7277 // wr
  ) {
    return KIND_STORE;
  }
  if (
    word == 0x6863_7465_6669 || // ifetch
    word == 0x68_6374_6566 || // fetch
    word == 0x6365_7865 || // exec
    word == 0x65_7475_6365_7865 || // execute
    word == 0x72_7473_6e69 || // instr
    word == 0x7473_6e69 || // inst
    word == 0x69_6461_6572 // readi, of oslab memtrace
  ) {
    return KIND_FETCH;
  }
  return word == 0x7966_6964_6f6d || word == 0x7772 ? KIND_MODIFY : UNKNOWN_KIND; // modify, rw
}
