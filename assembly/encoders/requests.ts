/**
 * Entries to requests of libCacheSim's oracleGeneral, 24 bytes each, little-endian: one for each reference to a 4 KiB
 * page.
 *
 *   0          4             12           16               24   byte
 *   ├──────────┼─────────────┼────────────┼────────────────┤
 *   │ time u32 │ page number │ bytes u32  │ next i64       │
 *   └──────────┴─────────────┴────────────┴────────────────┘
 *
 * Time is the number of instructions begun so far, up to 2^32 - 1. `next` is the number, from 1, of the next request for
 * the same page, -1 if there is none. It is filled in by linkRequests(), which goes through all requests from the last.
 */
import { ENTRY_BYTES, ENTRY_PROTECT, ENTRY_THREAD, ENTRY_UNMAP, Entry, RECORD_KINDS, isInstruction } from "../entries";
import { KIND_FETCH, STATUS_OK, STATUS_OUT_OF_MEMORY, STREAM_DATA, STREAM_FETCH } from "../layout";
import { PAGE_BYTES, PAGE_SHIFT, isCanonical, nextPage } from "../paging";
import { Pages } from "../sweep/pages";
import { make } from "../arena";
import {
  LOSS_NON_CANONICAL,
  LOSS_PROTECTS,
  LOSS_UNMAPS,
  lose,
  loseRecord,
  noteThread,
  settleThread,
  threadChanged,
} from "./losses";
import { OUTPUT, OUTPUT_END, OUTPUT_FULL } from "./output";

export const REQUEST_BYTES: u32 = 24;
const NEVER: u64 = ~0;

/** The streams that are wanted, STREAM_. */
let streams: u32 = STREAM_FETCH | STREAM_DATA;
let instructions: u64 = 0;
/** The first entry that encodeRequests() has not encoded. */
export let requestsTo: usize = 0;
/** For each page, the number of its request met last; in the bytes of a record in which others keep two numbers. */
let latest: Pages | null = null;

/** Starts at the beginning of a trace of which the references of `wanted` are to be requests. */
export function resetRequests(wanted: u32): void {
  streams = wanted;
  instructions = 0;
  latest = null;
}

/** Writes the entries from `from` to `end`, or as many as there is room for, to `start` and on. Returns where they end. */
export function encodeRequests(from: usize, end: usize, start: usize, listStart: usize): usize {
  let at = from;
  let out = start;
  while (at < end && out < OUTPUT_FULL) {
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (isInstruction(kind)) instructions++;
    if (kind < RECORD_KINDS) {
      if ((streams & (kind == KIND_FETCH ? STREAM_FETCH : STREAM_DATA)) != 0) out = putRecord(at, out, listStart);
    } else if (kind == ENTRY_THREAD) {
      noteThread(entry.address);
    } else if (kind == ENTRY_UNMAP) {
      lose(LOSS_UNMAPS);
    } else if (kind == ENTRY_PROTECT) {
      lose(LOSS_PROTECTS);
    }
    at += <usize>ENTRY_BYTES;
  }
  requestsTo = at;
  assert(out <= OUTPUT_END);
  return out;
}

/** Requests for the pages of the record at `at`: as many as it makes references (records.ts). */
function putRecord(at: usize, out: usize, listStart: usize): usize {
  const entry = changetype<Entry>(at);
  const page = entry.address >> PAGE_SHIFT;
  const straddles = (<u32>entry.address & (PAGE_BYTES - 1)) + entry.size > PAGE_BYTES;
  if (!isCanonical(page) || (straddles && !isCanonical(nextPage(page)))) {
    loseRecord(LOSS_NON_CANONICAL, listStart, at);
    return out;
  }
  if (threadChanged) settleThread();
  putRequest(page, out);
  if (!straddles) return out + <usize>REQUEST_BYTES;
  putRequest(nextPage(page), out + <usize>REQUEST_BYTES);
  return out + <usize>(2 * REQUEST_BYTES);
}

function putRequest(page: u64, out: usize): void {
  store<u32>(out, <u32>min(instructions, <u64>u32.MAX_VALUE));
  store<u64>(out, page, 4);
  store<u32>(out, PAGE_BYTES, 12);
  store<u64>(out, NEVER, 16);
}

/**
 * Fills in `next` of the `count` requests at OUTPUT, of which the last is number `lastNumber`. To be called with all
 * requests of a trace, the last ones first. Returns STATUS_OK, or STATUS_OUT_OF_MEMORY if there are too many pages.
 */
export function linkRequests(count: u32, lastNumber: u64): u32 {
  let pages = latest;
  if (pages == null) {
    pages = make<Pages>();
    if (pages == null || !pages.configure()) return STATUS_OUT_OF_MEMORY;
    latest = pages;
  }
  let number = lastNumber;
  for (let at = OUTPUT + <usize>(count * REQUEST_BYTES); at > OUTPUT; number--) {
    at -= <usize>REQUEST_BYTES;
    const page = load<u64>(at, 4);
    const isKnown = load<u64>(pages.placeOf(page)) != 0;
    const record = pages.recordOf(page);
    if (record == 0) return STATUS_OUT_OF_MEMORY;
    if (isKnown) store<u64>(at, load<u64>(record, 8), 16);
    store<u64>(record, number, 8);
  }
  return STATUS_OK;
}
