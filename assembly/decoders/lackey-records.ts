/**
 * Valgrind lackey into entries; lackey.ts has the format. Usual lines are read sixteen characters at a time, all others
 * one after the other.
 */
import {
  ENTRY_BYTES,
  FULL,
  addCall,
  addProtect,
  addRecord,
  addUnmap,
  entriesAreFull,
  entriesEnd,
  setEntriesEnd,
} from "../entries";
import { counters } from "../counters";
import { input } from "../input";
import {
  KIND_FETCH,
  KIND_LOAD,
  KIND_MODIFY,
  KIND_STORE,
  MAX_RECORD_BYTES,
  STATUS_ADDRESS_TOO_WIDE,
  STATUS_OK,
  STATUS_SIZE_OUT_OF_RANGE,
} from "../layout";
import { PAGE_BYTES, PAGE_SHIFT } from "../paging";
import { HEAD_BYTES, NO_KIND, beginsLikeRecord, isSize, kindAt } from "./lackey";
import { decodeLine, isAtLine, lineNumber, passLines } from "./lines";
import { CALL_NONE, CALL_PROTECT, CALL_UNMAP, firstPage, lastPage, readCall, rightsNow } from "./syscalls";
import { COMMA, DIGIT_0, Hex, LETTER_L, LETTER_M, LETTER_S, NEWLINE, SPACE, hexDigit, skipHex } from "./text";

/** Bytes that reading a usual line may reach over: head, 16 digits, comma, two digits, newline, and a vector. */
const USUAL_BYTES: usize = 64;
/** u32 for the low five bits of a line's second character: what a record's line begins with, and its kind above. */
const HEADS: usize = memory.data(32 * 4, 4);
const HEAD_MASK: u32 = 0x00ff_ffff;

/** Whether calls that change no pages are to be entries, too. */
let tellsCalls: bool = false;

/** Starts at the beginning of a trace. `calls`: whether there are to be entries of every system call. */
export function resetLackeyRecords(calls: bool): void {
  tellsCalls = calls;
  memory.fill(HEADS, 0xff, 32 * 4);
  setHead(0x20_20_49, SPACE, KIND_FETCH); // "I  "
  setHead(0x20_4c_20, LETTER_L, KIND_LOAD); // " L "
  setHead(0x20_53_20, LETTER_S, KIND_STORE); // " S "
  setHead(0x20_4d_20, LETTER_M, KIND_MODIFY); // " M "
}

function setHead(head: u32, letter: u32, kind: u32): void {
  store<u32>(HEADS + ((<usize>letter & 31) << 2), head | (kind << 24));
}

/** Decodes lines until the entries are full or the input is used up. */
export function decodeLackeyRecords(): void {
  while (!entriesAreFull() && input.status == STATUS_OK) {
    if (isAtLine()) decodeUsual();
    if (entriesAreFull() || !decodeLine<LackeyRecords>()) return;
  }
}

/** Decodes usual lines: records with an address of at most 16 digits and a size of one or two. Stops before any other. */
function decodeUsual(): void {
  const end = input.end;
  let at = input.at;
  let out = entriesEnd();
  const first = out;
  while (out < FULL && at + USUAL_BYTES <= end) {
    const head = load<u32>(at);
    const known = load<u32>(HEADS + ((<usize>(head >> 8) & 31) << 2));
    const text = v128.load(at, HEAD_BYTES);
    // Branches, so that the next line can be fetched before this one's digits are looked at.
    let digits: usize;
    if (load<u8>(at, HEAD_BYTES + 8) == COMMA) digits = 8;
    else if (load<u8>(at, HEAD_BYTES + 10) == COMMA) digits = 10;
    else digits = <usize>ctz(Hex.lanesNotHex(text) | 0x10000);
    const tail = load<u32>(at + digits, HEAD_BYTES);
    const notHex = Hex.lanesNotHex(text) & ((1 << (<u32>digits)) - 1);
    let size = ((tail >> 8) & 0xff) - DIGIT_0;
    if ((((head ^ known) & HEAD_MASK) | notHex) != 0 || (tail & 0xff) != COMMA || digits == 0 || size - 1 > 8) break;
    let next = at + digits + HEAD_BYTES + 3;
    if (((tail >> 16) & 0xff) != NEWLINE) {
      const units = ((tail >> 16) & 0xff) - DIGIT_0;
      if (units > 9 || tail >> 24 != NEWLINE) break;
      size = size * 10 + units;
      next++;
    }
    store<u64>(out, Hex.hexValue(text, <u32>digits));
    store<u64>(out, 0, 8);
    store<u64>(out, <u64>size | ((<u64>(known >> 24)) << 32), 16);
    out += <usize>ENTRY_BYTES;
    at = next;
  }
  passLines(<u32>((out - first) / ENTRY_BYTES));
  setEntriesEnd(out);
  input.at = at;
}

/** Adds the entry of the line that readCall() has just read as `call`. */
function takeCall(call: u32): void {
  const first = firstPage << PAGE_SHIFT;
  const last = (lastPage << PAGE_SHIFT) | <u64>(PAGE_BYTES - 1);
  if (call == CALL_UNMAP) addUnmap(first, last);
  else if (call == CALL_PROTECT) addProtect(first, last, rightsNow);
  else if (call != CALL_NONE && tellsCalls) addCall();
}

/** The line under way begins like a record, and is none. */
function noteDamage(): void {
  if (counters.damagedLines == 0) counters.firstDamagedLine = lineNumber();
  counters.damagedLines++;
}

@final
@unmanaged
export class LackeyRecords {
  line(at: usize, lineEnd: usize): u32 {
    const kind = kindAt(at, lineEnd);
    const digitsAt = at + HEAD_BYTES;
    const comma = kind == NO_KIND ? digitsAt : skipHex(digitsAt, lineEnd);
    if (comma == digitsAt || !isSize(comma, lineEnd)) {
      counters.skippedLines++;
      if (kind != NO_KIND) noteDamage();
      takeCall(readCall(at, lineEnd));
      return STATUS_OK;
    }
    let va: u64 = 0;
    for (let digit = digitsAt; digit < comma; digit++) {
      if (va >> 60 != 0) return STATUS_ADDRESS_TOO_WIDE;
      va = (va << 4) | hexDigit(<u32>load<u8>(digit));
    }
    let size: u32 = 0;
    for (let digit = comma + 1; digit < lineEnd; digit++) {
      size = size * 10 + (<u32>load<u8>(digit) - DIGIT_0);
      if (size > MAX_RECORD_BYTES) break;
    }
    if (size == 0 || size > MAX_RECORD_BYTES) return STATUS_SIZE_OUT_OF_RANGE;
    addRecord(kind, va, size);
    return STATUS_OK;
  }

  longLine(at: usize): u32 {
    if (kindAt(at, at + HEAD_BYTES) != NO_KIND) noteDamage();
    return STATUS_OK;
  }

  isTorn(at: usize, end: usize): bool {
    return beginsLikeRecord(at, end);
  }
}
