/**
 * A unit that is being decoded: its columns, and what they say, checked before it is believed. Whatever bytes it is made
 * of, nothing is read outside of it, and every loop ends with it.
 */
import { input } from "../input";
import { MAX_RECORD_BYTES } from "../layout";
import {
  DICTIONARY_BYTES,
  Dictionary,
  OPERAND_BYTES,
  Operand,
  SEQUENCE_BYTES,
  STEP_BYTES,
  Sequence,
  Step,
} from "./dictionary";
import {
  COLUMNS,
  DEFINITIONS,
  IDS,
  MANY_OPERANDS,
  MAX_SEQUENCE_ENTRIES,
  MAX_SEQUENCE_STEPS,
  MOVES,
  OPERANDS,
  OPERAND_AGAIN,
  OPERAND_HAS_PC,
  OPERAND_SAME,
  OPERAND_SIZE_SHIFT,
  OPERAND_WIDE,
  SIZE_32,
  SIZE_64,
  SIZE_FOLLOWS,
  STEP_FETCH,
  STEP_FOLLOWS,
  STEP_HAS_PC,
  STEP_INSTRUCTION,
  STEP_NONE,
  STEP_OPERANDS_SHIFT,
  STEP_TYPE_MASK,
  UNIT_COLUMNS,
  UNIT_FIRST,
  UNIT_FLAGS,
  UNIT_HAS_THREAD,
  UNIT_HEADER_BYTES,
  UNIT_PID,
  UNIT_RECORDS,
  UNIT_TID,
  WIDE,
  unzigzag,
  wideBytes,
} from "./layout";

const TABLES: usize = memory.data(DICTIONARY_BYTES, 64);

export const dictionary = changetype<Dictionary>(memory.data(offsetof<Dictionary>(), 8));

/** Where each column goes on, and where it ends: u32 each. */
const COLUMN_AT: usize = memory.data(8 * 4, 4);
const COLUMN_END: usize = memory.data(8 * 4, 4);

/** Whether a unit has been begun and not ended. */
export let isOpen: bool = false;
/** Foreseen sequences that are still to come of a run. */
export let runLeft: u32 = 0;
/** Records of the unit that were decoded, and that there must be. */
let records: u32 = 0;
let expectedRecords: u32 = 0;
/** The thread that the latest entries are of, if any was told. */
export let hasThread: bool = false;
export let pid: u64 = 0;
export let tid: u64 = 0;

/** Starts at the beginning of a trace. */
export function resetUnit(): void {
  dictionary.place(TABLES);
  isOpen = false;
  hasThread = false;
  runLeft = 0;
}

/** Where column `column` goes on, and ends. */
export function columnAt(column: u32): usize {
  return <usize>load<u32>(COLUMN_AT + ((<usize>column) << 2));
}

export function columnEnd(column: u32): usize {
  return <usize>load<u32>(COLUMN_END + ((<usize>column) << 2));
}

export function setColumnAt(column: u32, at: usize): void {
  store<u32>(COLUMN_AT + ((<usize>column) << 2), <u32>at);
}

export function setRunLeft(left: u32): void {
  runLeft = left;
}

/** Notes that `count` more records were decoded. */
export function noteRecords(count: u32): void {
  records += count;
}

/** What the latest openUnit() or readThread() says: that an ENTRY_THREAD is due. */
export let tellsThread: bool = false;

/** Begins the unit that is the input. Returns whether there is nothing wrong with its header. */
export function openUnit(): bool {
  const unit = input.at;
  const bytes = input.end - unit;
  if (bytes < <usize>UNIT_HEADER_BYTES || <usize>load<u32>(unit) != bytes) return false;
  const flags = load<u32>(unit, UNIT_FLAGS);
  if ((flags & ~(UNIT_FIRST | UNIT_HAS_THREAD)) != 0) return false;
  let at = <u64>unit + UNIT_HEADER_BYTES;
  for (let column: u32 = 0; column < COLUMNS; column++) {
    const columnBytes = <u64>load<u32>(unit + UNIT_COLUMNS + ((<usize>column) << 2));
    if (columnBytes > <u64>input.end - at) return false;
    setColumnAt(column, <usize>at);
    at += columnBytes;
    store<u32>(COLUMN_END + ((<usize>column) << 2), <u32>at);
  }
  if (at != <u64>input.end) return false;
  if ((flags & UNIT_FIRST) != 0) dictionary.clear();
  tellsThread = false;
  if ((flags & UNIT_HAS_THREAD) != 0) noteThread(load<u64>(unit, UNIT_PID), load<u64>(unit, UNIT_TID), false);
  records = 0;
  expectedRecords = load<u32>(unit, UNIT_RECORDS);
  runLeft = 0;
  isOpen = true;
  return true;
}

/** Ends the unit. Returns whether all of it was used up, and it had as many records as it says. */
export function closeUnit(): bool {
  isOpen = false;
  for (let column: u32 = 0; column < COLUMNS; column++) if (columnAt(column) != columnEnd(column)) return false;
  return records == expectedRecords;
}

function noteThread(newPid: u64, newTid: u64, always: bool): void {
  tellsThread = always || !hasThread || newPid != pid || newTid != tid;
  hasThread = true;
  pid = newPid;
  tid = newTid;
}

/** Whether the column of definitions ended before a number did. */
let isCut: bool = false;

/** Reads what a MOVE_THREAD says. Returns whether it is whole. */
export function readThread(): bool {
  isCut = false;
  const newPid = readNumber();
  const newTid = readNumber();
  noteThread(newPid, newTid, true);
  return !isCut;
}

/** The first and the last byte of what a MOVE_UNMAP takes away. */
export let unmapFirst: u64 = 0;
export let unmapLast: u64 = 0;

/** Reads what a MOVE_UNMAP says. Returns whether it is whole. */
export function readUnmap(): bool {
  isCut = false;
  unmapFirst = readNumber();
  unmapLast = unmapFirst + readNumber();
  return !isCut;
}

/** A number of 7 bits a byte, lowest first; bit 7 says that there is more. */
function readNumber(): u64 {
  let at = columnAt(DEFINITIONS);
  const end = columnEnd(DEFINITIONS);
  let value: u64 = 0;
  for (let shift: u64 = 0; shift < 70; shift += 7) {
    if (at == end) break;
    const byte = <u64>load<u8>(at);
    at++;
    if (shift == 63 && byte > 1) break; // more than 64 bits
    value |= (byte & 127) << shift;
    if (byte < 128) {
      setColumnAt(DEFINITIONS, at);
      return value;
    }
  }
  isCut = true;
  return 0;
}

function readByte(): u32 {
  const at = columnAt(DEFINITIONS);
  if (at == columnEnd(DEFINITIONS)) {
    isCut = true;
    return 0;
  }
  setColumnAt(DEFINITIONS, at + 1);
  return <u32>load<u8>(at);
}

/** The id that a MOVE_ID says, or dictionary.count if it is missing. */
export function readId(): u32 {
  const at = columnAt(IDS);
  if (at + 2 > columnEnd(IDS)) return dictionary.count;
  setColumnAt(IDS, at + 2);
  return <u32>load<u16>(at);
}

/** Reads the definition of a sequence. Returns its id, or dictionary.count if there is something wrong with it. */
export function readDefinition(): u32 {
  isCut = false;
  const wrong = dictionary.count;
  const stepCount = readByte();
  if (stepCount == 0 || stepCount > MAX_SEQUENCE_STEPS) return wrong;
  if (!dictionary.hasRoom(stepCount, MAX_SEQUENCE_ENTRIES)) return wrong;
  let operand = dictionary.operandsEnd;
  let entries: u32 = 0;
  let end = dictionary.latestEnd();
  for (let index: u32 = 0; index < stepCount; index++) {
    const head = readByte();
    const type = head & STEP_TYPE_MASK;
    let operandCount = head >> STEP_OPERANDS_SHIFT;
    if (operandCount == MANY_OPERANDS) operandCount = readByte();
    const step = changetype<Step>(dictionary.stepsEnd + <usize>index * STEP_BYTES);
    step.address = 0;
    step.size = 0;
    step.type = <u8>(type | (head & STEP_HAS_PC));
    step.operands = <u8>operandCount;
    step.unused = 0;
    if (type != STEP_NONE) {
      step.address = (head & STEP_FOLLOWS) != 0 ? end : end + unzigzag(readNumber());
      if (type == STEP_FETCH || type == STEP_INSTRUCTION) {
        const size = readNumber();
        if (size > <u64>u32.MAX_VALUE || (type == STEP_FETCH && !isRecordSize(size))) return wrong;
        step.size = <u32>size;
        entries++;
      }
      end = step.address + step.size;
    }
    entries += operandCount;
    if (entries > MAX_SEQUENCE_ENTRIES) return wrong;
    for (let left = operandCount; left > 0; left--) {
      const shape = readByte();
      const code = shape >> OPERAND_SIZE_SHIFT;
      const size: u64 = code == SIZE_FOLLOWS ? readNumber() : code == SIZE_32 ? 32 : code == SIZE_64 ? 64 : code;
      if (!isRecordSize(size)) return wrong;
      const added = changetype<Operand>(operand);
      added.last = dictionary.address;
      added.size = <u16>size;
      added.kind = <u8>(shape & 3);
      added.hasPc = <u8>((shape & OPERAND_HAS_PC) != 0);
      added.unused = 0;
      operand += OPERAND_BYTES;
    }
  }
  if (isCut) return wrong;
  return dictionary.add(stepCount, <u32>((operand - dictionary.operandsEnd) / OPERAND_BYTES));
}

function isRecordSize(size: u64): bool {
  return size >= 1 && size <= <u64>MAX_RECORD_BYTES;
}

/** Whether the difference that readDelta() read was not whole, or none. */
export let deltaIsWrong: bool = false;

/** The difference that the code of an operand, which is not OPERAND_SAME, says. */
export function readDelta(code: u32): u64 {
  if (code == OPERAND_AGAIN) return dictionary.delta;
  let value: u64 = code - 1;
  if (code >= OPERAND_WIDE) {
    const bytes = wideBytes(code);
    const at = columnAt(WIDE);
    if (bytes == 0 || at + bytes > columnEnd(WIDE)) return wrongDelta();
    setColumnAt(WIDE, at + bytes);
    value = load<u64>(at) & (u64.MAX_VALUE >> (64 - (bytes << 3)));
  }
  const delta = unzigzag(value);
  dictionary.delta = delta;
  return delta;
}

function wrongDelta(): u64 {
  deltaIsWrong = true;
  return 0;
}

/** Whether a difference was wrong since the last call. */
export function takeWrongDelta(): bool {
  const wrong = deltaIsWrong;
  deltaIsWrong = false;
  return wrong;
}

/** The next operand's address; the caller has seen that the column has its code. */
export function nextAddress(operand: Operand, code: u32): u64 {
  if (code == OPERAND_SAME) return operand.last;
  const address = operand.last + readDelta(code);
  operand.last = address;
  return address;
}

/** Whether all operands of `sequence` have a code. */
export function hasOperands(sequence: Sequence): bool {
  return columnAt(OPERANDS) + <usize>sequence.operandCount <= columnEnd(OPERANDS);
}

/** Whether there is another move. */
export function hasMove(): bool {
  return columnAt(MOVES) < columnEnd(MOVES);
}
