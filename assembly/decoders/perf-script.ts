/**
 * Memory samples of Linux perf, as `perf script` prints them: text, one sample a line. Samples, not a trace: format.ts.
 * Specification: Linux 6.12, tools/perf/builtin-script.c, perf_sample__fprintf_start() and process_event(); operations in
 * tools/perf/util/mem-events.c, perf_mem__op_scnprintf().
 *
 *   Web Content 46572/46580 [002] 544966.882384: 10000 cpu/mem-loads/P: 7ffdf1391b0c 10268100142 |OP LOAD|LVL … 5
 *     7fad7c47425d [unknown] (libxul.so)                                                           (goes on)
 *
 * Which fields there are is up to `-F`; they always come in this order: comm, pid/tid (or one of them), [cpu], time:,
 * period, event:, addr, data_src, weights, ip, symbol, (dso), phys_addr, page sizes. The address is the field after
 * `event:`, or after `time:` where there is no event. Either of the two must be there; an event without a time only after
 * a thread, or else any text with a colon would be a sample. The command may have spaces and colons.
 *
 * The kind is that of data_src (OP LOAD, STORE, EXEC; a prefetch is no record), else a store if the event's name has
 * "store" in it, else a load. The instruction is taken where a symbol or another address follows it: alone it could as
 * well be a physical address. There are no sizes: 1. Samples of address 0 had none; they, and lines that are no samples
 * (call chains), are skipped and counted. Lines that begin with # are perf's header.
 */
import { counters } from "../counters";
import { addRecord, addRecordOf } from "../entries";
import { KIND_FETCH, KIND_LOAD, KIND_STORE, STATUS_OK } from "../layout";
import { isTooWide, readDecimal, readHex, skipGap, skipWord, value } from "./numbers";
import { HASH } from "./pinatrace";
import { DIGIT_0 } from "./text";
import { enterThread } from "./thread";

const COLON: u32 = 0x3a;
const DOT: u32 = 0x2e;
const SLASH: u32 = 0x2f;
const BAR: u32 = 0x7c;
const OPEN_BRACKET: u32 = 0x5b;
const CLOSE_BRACKET: u32 = 0x5d;
/** `|OP `, and the beginnings of what may follow. */
const BAR_OP: u32 = 0x20_504f7c;
const OP_STORE: u32 = 0x524f_5453; // STOR
const OP_EXEC: u32 = 0x4345_5845; // EXEC
const OP_PREFETCH: u32 = 0x5445_4650; // PFET
/** `stor` and `e`, and the bits of small letters. */
const STORE_WORD: u32 = 0x726f_7473;
const LETTER_E: u32 = 0x65;
const SMALL: u32 = 0x2020_2020;
/** Shortest that an address of code can be. */
const MIN_PC_DIGITS: usize = 6;

function isDecimal(at: usize, end: usize): bool {
  return end > at && readDecimal(at, end) == end;
}

/** Whether the word ends with a colon. */
function endsWithColon(at: usize, end: usize): bool {
  return end - at > 1 && <u32>load<u8>(end - 1) == COLON;
}

/** Whether the word is seconds, a dot, their fraction and a colon. */
function isTime(at: usize, end: usize): bool {
  if (!endsWithColon(at, end) || <u32>load<u8>(at) - DIGIT_0 > 9) return false;
  const dot = readDecimal(at, end);
  return <u32>load<u8>(dot) == DOT && dot + 2 < end && readDecimal(dot + 1, end) == end - 1;
}

/** Whether the word is the number of a CPU in brackets. */
function isCpu(at: usize, end: usize): bool {
  if (end - at < 3 || <u32>load<u8>(at) != OPEN_BRACKET) return false;
  return <u32>load<u8>(end - 1) == CLOSE_BRACKET && isDecimal(at + 1, end - 1);
}

/** Process and thread of the word that was taken for one. */
let pid: u64 = 0;
let tid: u64 = 0;

/** Whether the word is pid/tid, or, if `mayBeOne`, one number. */
function isThread(at: usize, end: usize, mayBeOne: bool): bool {
  if (end == at) return false;
  const firstEnd = readDecimal(at, end);
  if (firstEnd == at || isTooWide) return false;
  pid = 0;
  tid = value;
  if (firstEnd == end) return mayBeOne;
  pid = value;
  if (<u32>load<u8>(firstEnd) != SLASH || !isDecimal(firstEnd + 1, end) || isTooWide) return false;
  tid = value;
  return true;
}

/** The event's name, or nothing. */
let eventAt: usize = 0;
let eventEnd: usize = 0;
/** There was a thread. */
let hasThread: bool = false;

/** Where the field of the address should begin, after time and event; 0 if the line is no sample. */
function afterEvent(start: usize, end: usize): usize {
  eventAt = 0;
  eventEnd = 0;
  hasThread = false;
  // The words before the one looked at, the latest first.
  let at1: usize = start;
  let end1: usize = start;
  let at2: usize = start;
  let end2: usize = start;
  let at3: usize = start;
  let end3: usize = start;
  // Of the first word that may be an event, if there will be no time: what stands after it.
  let afterUntimed: usize = 0;
  let untimedAt: usize = 0;
  let untimedEnd: usize = 0;
  for (let at = skipGap(start, end); at < end; ) {
    const wordEnd = skipWord(at, end);
    if (isTime(at, wordEnd)) {
      hasThread = isCpu(at1, end1) ? isThread(at2, end2, true) : isThread(at1, end1, true);
      return afterTime(skipGap(wordEnd, end), end);
    }
    if (afterUntimed == 0 && endsWithColon(at, wordEnd)) {
      if (isCpu(at1, end1)) hasThread = isThread(at2, end2, true);
      else if (isCpu(at2, end2)) hasThread = isThread(at3, end3, true);
      else if (isThread(at1, end1, false)) hasThread = true;
      else hasThread = isDecimal(at1, end1) && (isThread(at2, end2, true) || isThread(at1, end1, true));
      if (hasThread) {
        afterUntimed = skipGap(wordEnd, end);
        untimedAt = at;
        untimedEnd = wordEnd;
      }
    }
    at3 = at2;
    end3 = end2;
    at2 = at1;
    end2 = end1;
    at1 = at;
    end1 = wordEnd;
    at = skipGap(wordEnd, end);
  }
  eventAt = untimedAt;
  eventEnd = untimedEnd;
  return afterUntimed;
}

/** The same, from behind the time on: period and event, either of which may be missing. */
function afterTime(start: usize, end: usize): usize {
  let at = start;
  let wordEnd = skipWord(at, end);
  if (isDecimal(at, wordEnd)) {
    const next = skipGap(wordEnd, end);
    const nextEnd = skipWord(next, end);
    if (!endsWithColon(next, nextEnd)) return start;
    at = next;
    wordEnd = nextEnd;
  }
  if (!endsWithColon(at, wordEnd)) return start;
  eventAt = at;
  eventEnd = wordEnd;
  return skipGap(wordEnd, end);
}

/** Whether "store" is in the event's name. */
function isStoreEvent(): bool {
  for (let at = eventAt; at + 5 <= eventEnd; at++) {
    if ((load<u32>(at) | SMALL) == STORE_WORD && (<u32>load<u8>(at, 4) | 0x20) == LETTER_E) return true;
  }
  return false;
}

/** The instruction, if `hasPc`. */
let pc: u64 = 0;
let hasPc: bool = false;

/** Looks for the instruction among the fields from `start` on. */
function findPc(start: usize, end: usize): void {
  hasPc = false;
  for (let at = skipGap(start, end); at < end; ) {
    const wordEnd = skipWord(at, end);
    const next = skipGap(wordEnd, end);
    if (wordEnd - at >= MIN_PC_DIGITS && readHex(at, wordEnd) == wordEnd && !isTooWide) {
      pc = value;
      // A page size follows a physical address.
      const nextEnd = skipWord(next, end);
      const isAddress = nextEnd - next >= MIN_PC_DIGITS && readHex(next, nextEnd) == nextEnd;
      hasPc = next < end && (isAddress || <u32>load<u8>(next) - DIGIT_0 > 9);
      return;
    }
    at = next;
  }
}

@final
@unmanaged
export class PerfScript {
  line(start: usize, end: usize): u32 {
    const first = skipGap(start, end);
    if (first == end || <u32>load<u8>(first) == HASH) return STATUS_OK;
    const at = afterEvent(start, end);
    const wordEnd = at == 0 ? at : skipWord(at, end);
    if (wordEnd == at || readHex(at, wordEnd) != wordEnd || isTooWide || value == 0) {
      counters.skippedLines++;
      return STATUS_OK;
    }
    const address = value;
    let kind = KIND_LOAD;
    let hasOperation = false;
    let rest = wordEnd;
    for (let bar = wordEnd; bar < end; bar++) {
      if (<u32>load<u8>(bar) != BAR) continue;
      rest = bar + 1;
      if (hasOperation || end - bar < 8 || load<u32>(bar) != BAR_OP) continue;
      hasOperation = true;
      const operation = load<u32>(bar, 4);
      if (operation == OP_PREFETCH) return STATUS_OK;
      if (operation == OP_STORE) kind = KIND_STORE;
      else if (operation == OP_EXEC) kind = KIND_FETCH;
    }
    if (!hasOperation && isStoreEvent()) kind = KIND_STORE;
    findPc(rest, end);
    if (hasThread) enterThread(pid, tid);
    if (hasPc && kind != KIND_FETCH) addRecordOf(pc, kind, address, 1);
    else addRecord(kind, address, 1);
    return STATUS_OK;
  }

  longLine(_at: usize): u32 {
    return STATUS_OK;
  }

  isTorn(start: usize, end: usize): bool {
    const at = skipGap(start, end);
    return at == end || <u32>load<u8>(at) != HASH; // the command is behind a gap
  }
}
