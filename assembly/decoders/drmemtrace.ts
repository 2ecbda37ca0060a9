/**
 * DynamoRIO drmemtrace, offline: trace_entry_t of clients/drcachesim/common/trace_entry.h at commit 4f0e90ba of
 * github.com/DynamoRIO/dynamorio, read as clients/drcachesim/reader/reader.cpp at commit 00d78a17 does. Little-endian, packed, of 12 bytes:
 *
 *   0      2      4                          12   byte
 *   ├──────┼──────┼──────────────────────────┤
 *   │ type │ size │ address                  │
 *   └──────┴──────┴──────────────────────────┘
 *
 * | type                          | size              | address      | here                                         |
 * |-------------------------------|-------------------|--------------|----------------------------------------------|
 * | 0 READ, 1 WRITE               | bytes             | first byte   | a load, a store                              |
 * | 10..16, 31, 48, 49 INSTR…     | length            | of it        | a fetch; of length 0: whose the data are     |
 * | 17 INSTR_BUNDLE               | how many, 1..8    | their lengths, a byte each | fetches, one behind the other  |
 * | 29 INSTR_NO_FETCH             | length            | of it        | an instruction that is not fetched           |
 * | 30 INSTR_MAYBE_FETCH          | length            | of it        | 29 if it has the address of the one before, else 10 |
 * | 22 THREAD, 24 PID             | 4 or 8            | its id       | whose the entries after them are             |
 * | 2..9, 27, 32..46 PREFETCH…    | bytes             | first byte   | counted: a TLB may drop a prefetch           |
 * | 18..21 …FLUSH, …FLUSH_END     | bytes, or 0       | first byte   | counted: of caches, not of TLBs              |
 * | 47 ENCODING                   | bytes             | the bytes    | counted                                      |
 * | 28 MARKER                     | which             | its value    | counted; 9 FILETYPE and 12 VERSION are checked |
 * | 23 THREAD_EXIT                | 4 or 8            | thread id    | nothing                                      |
 * | 25 HEADER                     | 0                 | version      | checked                                      |
 * | 26 FOOTER                     | 0                 | 0            | the end, without which the trace is cut off  |
 *
 * Data of size 0 are those whose size DynamoRIO does not know (xsave, xrstor): one byte here. What the kernel executed or
 * accessed, in traces that have it, is among the rest. A THREAD that no PID follows is of the process that was told last.
 * The value of a TIMESTAMP marker is not used here: src/trace/merge.ts merges files by it.
 */
import { addInstruction, addRecord, addRecordOf, addThread } from "../entries";
import { counters } from "../counters";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_STORE,
  MAX_RECORD_BYTES,
  STATUS_BAD_RECORD,
  STATUS_FILTERED,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
  STATUS_TORN_RECORD,
  STATUS_UNSUPPORTED,
} from "../layout";

export const DRMEMTRACE_BYTES: usize = 12;

const READ: u32 = 0;
const WRITE: u32 = 1;
const INSTR: u32 = 10;
const INSTR_RETURN: u32 = 16;
const INSTR_BUNDLE: u32 = 17;
const THREAD: u32 = 22;
const THREAD_EXIT: u32 = 23;
const PID: u32 = 24;
const HEADER: u32 = 25;
const FOOTER: u32 = 26;
const HARDWARE_PREFETCH: u32 = 27;
const MARKER: u32 = 28;
const INSTR_NO_FETCH: u32 = 29;
const INSTR_MAYBE_FETCH: u32 = 30;
const INSTR_SYSENTER: u32 = 31;
const ENCODING: u32 = 47;
const INSTR_TAKEN_JUMP: u32 = 48;
const INSTR_UNTAKEN_JUMP: u32 = 49;
/** Types beyond are not known. */
const LAST_TYPE: u32 = 49;

const MARKER_FILETYPE: u32 = 9;
const MARKER_VERSION: u32 = 12;

/** Versions that are read. Of version 1 there were no markers for it; later ones add markers. */
const FIRST_VERSION: u64 = 1;
const LAST_VERSION: u64 = 8;

/** Bits of the file type: FILTERED, IFILTERED, DFILTERED, BIMODAL_FILTERED_WARMUP. */
const FILETYPE_FILTERED: u64 = 0x1 | 0x80 | 0x100 | 0x2000;
/** ARCH_AARCH64, ARCH_ARM32, ARCH_X86_32, ARCH_REGDEPS. */
const FILETYPE_OTHER_ARCH: u64 = 0x8 | 0x10 | 0x20 | 0x20000;

const MAX_BUNDLE: u32 = 8;

let tid: u64 = 0;
let pid: u64 = 0;
/** A THREAD or PID has come whose addThread() waits for the other one of the two. */
let threadChanges: bool = false;
/** The latest instruction, and the end of it. */
let pc: u64 = 0;
let nextPc: u64 = 0;
/** Whether `pc` is not an instruction of the list of entries, but told for the data alone. */
let pcIsApart: bool = false;
/** Whether an instruction came before: a bundle goes on from it. */
let hasPc: bool = false;
/** Whether the trace may end here. */
let isOver: bool = false;

/** Starts at the beginning of a trace. */
export function resetDrmemtrace(): void {
  tid = 0;
  pid = 0;
  threadChanges = false;
  pc = 0;
  nextPc = 0;
  pcIsApart = false;
  hasPc = false;
  isOver = false;
}

@final
@unmanaged
export class Drmemtrace {
  record(at: usize): u32 {
    const type = <u32>load<u16>(at);
    const size = <u32>load<u16>(at, 2);
    const address = load<u64>(at, 4);
    if (threadChanges && type != PID) putThread();
    if (type - INSTR <= INSTR_RETURN - INSTR) return putFetch(address, size);
    if (type <= WRITE) return putData(type == READ ? KIND_LOAD : KIND_STORE, address, size);
    if (type == ENCODING) {
      counters.encodings++;
      return STATUS_OK;
    }
    return putSeldom(type, size, address);
  }

  finish(): u32 {
    return isOver ? STATUS_OK : STATUS_TORN_RECORD;
  }
}

function putFetch(address: u64, size: u32): u32 {
  if (size - 1 >= MAX_RECORD_BYTES) {
    if (size != 0) return STATUS_SIZE_OUT_OF_RANGE;
    pc = address;
    pcIsApart = true;
    return STATUS_OK;
  }
  noteInstruction(address, size);
  addRecord(KIND_FETCH, address, size);
  return STATUS_OK;
}

function putData(kind: u32, address: u64, size: u32): u32 {
  if (size > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
  const bytes = max<u32>(size, 1);
  if (pcIsApart) addRecordOf(pc, kind, address, bytes);
  else addRecord(kind, address, bytes);
  return STATUS_OK;
}

function noteInstruction(address: u64, size: u32): void {
  pc = address;
  nextPc = address + <u64>size;
  pcIsApart = false;
  hasPc = true;
}

function putThread(): void {
  addThread(pid, tid);
  threadChanges = false;
}

function putSeldom(type: u32, size: u32, address: u64): u32 {
  if (type > LAST_TYPE) return STATUS_BAD_RECORD;
  if (type == MARKER) {
    counters.markers++;
    if (size == MARKER_VERSION) return checkVersion(address);
    return size == MARKER_FILETYPE ? checkFileType(address) : STATUS_OK;
  }
  if (type == INSTR_NO_FETCH || (type == INSTR_MAYBE_FETCH && hasPc && !pcIsApart && pc == address)) {
    if (size > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    noteInstruction(address, size);
    addInstruction(address, size);
    return STATUS_OK;
  }
  if (type >= INSTR_TAKEN_JUMP || type == INSTR_SYSENTER || type == INSTR_MAYBE_FETCH) return putFetch(address, size);
  if (type == INSTR_BUNDLE) return putBundle(size, address);
  if (type == THREAD || type == PID) {
    if (type == THREAD) tid = address;
    else pid = address;
    threadChanges = true;
    isOver = false;
  } else if (type == HEADER) {
    isOver = false;
    return checkVersion(address);
  } else if (type == FOOTER) {
    isOver = true;
  } else if (type > INSTR_BUNDLE && type < THREAD) {
    counters.cacheFlushes++;
  } else if (type != THREAD_EXIT) {
    counters.prefetches++; // 2..9, 27, 32..46
  }
  return STATUS_OK;
}

/** The instructions of the `count` lowest bytes of `lengths`. */
function putBundle(count: u32, lengths: u64): u32 {
  if (!hasPc || count - 1 >= MAX_BUNDLE) return STATUS_BAD_RECORD;
  for (let index: u32 = 0; index < count; index++) {
    const length = <u32>((lengths >> ((<u64>index) << 3)) & 0xff);
    if (length == 0) return STATUS_SIZE_OUT_OF_RANGE;
    noteInstruction(nextPc, length);
    addRecord(KIND_FETCH, pc, length);
  }
  return STATUS_OK;
}

function checkVersion(version: u64): u32 {
  return version - FIRST_VERSION <= LAST_VERSION - FIRST_VERSION ? STATUS_OK : STATUS_UNSUPPORTED;
}

/** One without an architecture, as of old traces, is taken for x86-64. */
function checkFileType(bits: u64): u32 {
  if ((bits & FILETYPE_FILTERED) != 0) return STATUS_FILTERED;
  return (bits & FILETYPE_OTHER_ARCH) != 0 ? STATUS_UNSUPPORTED : STATUS_OK;
}
