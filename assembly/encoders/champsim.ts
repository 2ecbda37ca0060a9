/**
 * Entries to ChampSim's records of 64 bytes, `input_instr` of inc/trace_instruction.h, little-endian. One record is one
 * instruction, with what it loads and stores:
 *
 *   0        8          9       10          12         16                  32                      64   byte
 *   ├────────┼──────────┼───────┼───────────┼──────────┼───────────────────┼───────────────────────┤
 *   │ ip u64 │ is branch│ taken │ registers written, read │ stored to, u64 x 2│ loaded from, u64 x 4  │
 *   └────────┴──────────┴───────┴───────────┴──────────┴───────────────────┴───────────────────────┘
 *
 * An address of 0 means none. Of branches and registers entries do not tell; they stay 0. Instructions with more loads or
 * stores than a record holds get more records of the same ip.
 */
import {
  ENTRY_BYTES,
  ENTRY_HAS_PC,
  ENTRY_INSTRUCTION,
  ENTRY_PROTECT,
  ENTRY_THREAD,
  ENTRY_UNMAP,
  Entry,
} from "../entries";
import { KIND_FETCH, KIND_LOAD, KIND_MODIFY, KIND_STORE } from "../layout";
import { PAGE_BYTES } from "../paging";
import {
  LOSS_ADDED_FETCHES,
  LOSS_AT_ZERO,
  LOSS_INSTRUCTIONS,
  LOSS_MODIFIES,
  LOSS_ORDER,
  LOSS_PCS,
  LOSS_SIZES,
  LOSS_STRADDLES,
  LOSS_PROTECTS,
  LOSS_UNMAPS,
  LOSS_WITHOUT_FETCH,
  lose,
  loseRecord,
  noteThread,
  settleThread,
  threadChanged,
} from "./losses";
import { OUTPUT_END, OUTPUT_FULL } from "./output";

const RECORD_BYTES: usize = 64;
const STORES_OFFSET: usize = 16;
const LOADS_OFFSET: usize = 32;
const MAX_STORES: usize = 2;
const MAX_LOADS: usize = 4;

/** The record that is being made, if `hasRecord`, with so many loads and stores. */
const RECORD: usize = memory.data(64, 16);
let hasRecord: bool = false;
let loads: usize = 0;
let stores: usize = 0;
/** Where the next record goes. */
let out: usize = 0;
/** The first entry that encodeChampsim() has not encoded, and the first that it was given. */
export let champsimTo: usize = 0;
let givenFrom: usize = 0;

/** Starts at the beginning of a trace. */
export function resetChampsim(): void {
  hasRecord = false;
}

/** Writes the entries from `from` to `end`, or as many as there is room for, to `start` and on. Returns where they end. */
export function encodeChampsim(from: usize, end: usize, start: usize, listStart: usize): usize {
  givenFrom = listStart;
  out = start;
  let at = from;
  while (at < end && out < OUTPUT_FULL) {
    put(at);
    at += <usize>ENTRY_BYTES;
  }
  champsimTo = at;
  assert(out <= OUTPUT_END);
  return out;
}

/** Writes the last record to `start`. Returns where it ends. */
export function endChampsim(start: usize): usize {
  out = start;
  endRecord();
  return out;
}

function put(at: usize): void {
  const entry = changetype<Entry>(at);
  const kind = <u32>entry.kind;
  if (kind == KIND_FETCH) {
    putFetch(at, entry);
  } else if (kind <= KIND_MODIFY) {
    putData(at, entry, kind);
  } else if (kind == ENTRY_INSTRUCTION) {
    endRecord();
    if (entry.address == 0) return lose(LOSS_INSTRUCTIONS);
    begin(entry.address);
    lose(LOSS_ADDED_FETCHES);
  } else if (kind == ENTRY_THREAD) {
    noteThread(entry.address);
  } else if (kind == ENTRY_UNMAP) {
    lose(LOSS_UNMAPS);
  } else if (kind == ENTRY_PROTECT) {
    lose(LOSS_PROTECTS);
  }
}

function putFetch(at: usize, entry: Entry): void {
  endRecord();
  if (entry.address == 0) return loseRecord(LOSS_AT_ZERO, givenFrom, at);
  begin(entry.address);
  loseSize(entry);
}

function putData(at: usize, entry: Entry, kind: u32): void {
  if (!hasRecord) return loseRecord(LOSS_WITHOUT_FETCH, givenFrom, at);
  const va = entry.address;
  if (va == 0) return loseRecord(LOSS_AT_ZERO, givenFrom, at);
  if ((entry.flags & ENTRY_HAS_PC) != 0 && entry.pc != load<u64>(RECORD)) lose(LOSS_PCS);
  loseSize(entry);
  if (kind == KIND_MODIFY) lose(LOSS_MODIFIES);
  if (kind != KIND_STORE) {
    if (loads == MAX_LOADS) again();
    if (stores > 0) lose(LOSS_ORDER);
    store<u64>(RECORD + (loads++ << 3), va, LOADS_OFFSET);
  }
  if (kind != KIND_LOAD) {
    if (stores == MAX_STORES) again();
    store<u64>(RECORD + (stores++ << 3), va, STORES_OFFSET);
  }
}

function loseSize(entry: Entry): void {
  if (threadChanged) settleThread();
  if (entry.size > 1) lose(LOSS_SIZES);
  if ((<u32>entry.address & (PAGE_BYTES - 1)) + entry.size > PAGE_BYTES) lose(LOSS_STRADDLES);
}

/** Goes on with the instruction in another record. */
function again(): void {
  const ip = load<u64>(RECORD);
  endRecord();
  begin(ip);
  lose(LOSS_ADDED_FETCHES);
}

function begin(ip: u64): void {
  memory.fill(RECORD, 0, RECORD_BYTES);
  store<u64>(RECORD, ip);
  hasRecord = true;
  loads = 0;
  stores = 0;
}

/** Writes the record that is being made. */
function endRecord(): void {
  if (!hasRecord) return;
  hasRecord = false;
  memory.copy(out, RECORD, RECORD_BYTES);
  out += RECORD_BYTES;
}
