/**
 * Entries into units of the full form of `.pwt`. A sequence is collected up to where the program goes back, as loops do,
 * or leaves the page, or jumps after a while: long enough that few moves are needed, and short enough that the same
 * sequences come again.
 */
import { LOSS_PROTECTS, lose, resetLosses } from "../encoders/losses";
import {
  ENTRY_BYTES,
  ENTRY_HAS_PC,
  ENTRY_INSTRUCTION,
  ENTRY_PROTECT,
  ENTRY_THREAD,
  ENTRY_UNMAP,
  Entry,
} from "../entries";
import { KIND_FETCH, KIND_MODIFY } from "../layout";
import { PAGE_SHIFT } from "../paging";
import { DICTIONARY_BYTES, Dictionary, NO_ID, OPERAND_BYTES, Operand, STEP_BYTES, Sequence, Step } from "./dictionary";
import {
  COLUMNS,
  DEFINITIONS,
  IDS,
  MANY_OPERANDS,
  MAX_RUN,
  MAX_SEQUENCE_ENTRIES,
  MAX_SEQUENCE_STEPS,
  MAX_UNIT_BYTES,
  MOVES,
  MOVE_ID,
  MOVE_NEW,
  MOVE_RUN,
  MOVE_SUCCESSOR,
  MOVE_THREAD,
  MOVE_UNMAP,
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
  STEP_PC,
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
  wideBytes,
  zigzag,
} from "./layout";

const TABLES: usize = memory.data(DICTIONARY_BYTES, 64);
const dictionary = changetype<Dictionary>(memory.data(offsetof<Dictionary>(), 8));

/** u16 for each hash of a sequence: its id plus 1; collisions go on at the next. */
const HASHES: usize = memory.data(2 << 15, 64);
const HASH_MASK: u32 = (1 << 15) - 1;
/** The columns of the unit, and the unit that is made of them. */
const COLUMN_BYTES: usize = 256 * 1024;
const COLUMN_AREA: usize = memory.data(5 * 256 * 1024 + 8, 64);
const ENDS: usize = memory.data(8 * 4, 4);
const UNIT: usize = memory.data(256 * 1024, 64);
/** Entries of a unit, about: so much the layers of pages (pages/layer.ts) have room for. */
const ENOUGH_RECORDS: u32 = 60 * 1024;
/** More than one sequence, its definition and an event can take. */
const MARGIN_BYTES: u32 = 4096;

/** The sequence that is being collected. */
const NEW_STEPS: usize = memory.data(32 * 16, 16);
const NEW_OPERANDS: usize = memory.data(64 * 16, 16);
let stepsEnd: usize = NEW_STEPS;
let operandsEnd: usize = NEW_OPERANDS;
/** Entries that it makes. */
let entries: u32 = 0;
/** Where its last instruction lies and ends. */
let instructionAt: u64 = 0;
let instructionEnd: u64 = 0;

/** A jump ends a sequence that makes so many entries. */
const ENOUGH_ENTRIES: u32 = 11;

/** Foreseen sequences that are to become a MOVE_RUN. */
let run: u32 = 0;
/** Bytes in all columns. */
let columnBytes: u32 = 0;
/** Entries in it. */
let unitEntries: u32 = 0;
let isFirst: bool = true;
/** The latest thread, and the one that the unit began with. */
let hasThread: bool = false;
let pid: u64 = 0;
let tid: u64 = 0;
let unitHasThread: bool = false;
let unitPid: u64 = 0;
let unitTid: u64 = 0;
/** Records by kind of the unit, and instructions: u32 each. */
const COUNTS: usize = memory.data(5 * 4, 4);
let at: usize = 0;
let end: usize = 0;
/** Bytes of the unit that is made; 0 if there is none. */
let unitBytes: u32 = 0;

/** Starts a file. */
export function pwtStart(): void {
  dictionary.place(TABLES);
  hasThread = false;
  resetLosses();
  clearSequence();
  pwtStartBlock();
  at = 0;
  end = 0;
}

/** Has the next unit begin a block. Only at the beginning, or when a unit has just been made. */
export function pwtStartBlock(): void {
  isFirst = true;
  dictionary.clear();
  memory.fill(HASHES, 0, 2 << 15);
  startUnit();
}

/** Has the entries from `from` to `to` encoded by the next calls of pwtEncode(). */
export function pwtTake(from: usize, to: usize): void {
  at = from;
  end = to;
}

/** Encodes until there is a unit, and then returns its bytes, or until all entries are used up: 0. */
export function pwtEncode(): u32 {
  unitBytes = 0;
  while (at < end) {
    collect();
    if (at == end) break;
    const entry = changetype<Entry>(at);
    const kind = <u32>entry.kind;
    if (kind == ENTRY_THREAD || kind == ENTRY_UNMAP) {
      if (stepsEnd != NEW_STEPS) endSequence();
      else putEvent(entry);
    } else if (kind == ENTRY_PROTECT) {
      lose(LOSS_PROTECTS); // docs/pwt.md has no move for it
      at += <usize>ENTRY_BYTES;
    } else if (kind == ENTRY_INSTRUCTION || isPlainFetch(entry)) {
      if (!beginStep(entry)) endSequence();
    } else if (!addOperand(entry)) {
      endSequence();
    }
    if (unitBytes != 0) return unitBytes;
  }
  return 0;
}

/**
 * Adds the usual entries from `at` on to the sequence: fetches and data that tell no pc. Stops before any other, and where
 * the sequence has to end.
 */
function collect(): void {
  const last = end;
  let entry = at;
  let step = stepsEnd;
  let operand = operandsEnd;
  let count = entries;
  let previous = instructionAt;
  let follows = instructionEnd;
  for (; entry < last; entry += <usize>ENTRY_BYTES) {
    const address = load<u64>(entry);
    const shape = load<u64>(entry, 16); // size, kind, flags
    const kind = <u32>(shape >> 32);
    if (count >= MAX_SEQUENCE_ENTRIES) break;
    if (kind == KIND_FETCH) {
      if (step != NEW_STEPS) {
        if (address <= previous || address >> PAGE_SHIFT != previous >> PAGE_SHIFT) break;
        if (address != follows && count >= ENOUGH_ENTRIES) break;
        if (step == NEW_STEPS + <usize>MAX_SEQUENCE_STEPS * STEP_BYTES) break;
      }
      store<u64>(step, address);
      store<u64>(step, <u64>(<u32>shape) | ((<u64>STEP_FETCH) << 32), 8);
      step += STEP_BYTES;
      previous = address;
      follows = address + <u64>(<u32>shape);
    } else {
      if (kind > KIND_MODIFY || step == NEW_STEPS) break;
      const owner = changetype<Step>(step - STEP_BYTES);
      if (owner.type == <u8>STEP_NONE) break;
      owner.operands++;
      store<u64>(operand, address);
      store<u64>(operand, <u64>(<u32>shape | (kind << 16)), 8);
      operand += OPERAND_BYTES;
    }
    count++;
  }
  at = entry;
  stepsEnd = step;
  operandsEnd = operand;
  entries = count;
  instructionAt = previous;
  instructionEnd = follows;
}

/** Ends the file: the unit of what is left, if there is anything; pwtEncode() first. Returns its bytes. */
export function pwtFinish(): u32 {
  unitBytes = 0;
  if (stepsEnd != NEW_STEPS) endSequence();
  if (unitBytes == 0 && (columnBytes != 0 || run != 0)) makeUnit();
  return unitBytes;
}

/** Whether there is so little room in the dictionary that the next unit had better begin a block. */
export function pwtIsCrowded(): bool {
  return !dictionary.hasRoom(8 * MAX_SEQUENCE_STEPS, 4 * MAX_SEQUENCE_ENTRIES);
}

/** Where the entries go on that no unit has: all before were put into units, but for the sequence under way. */
export function pwtTakenTo(): usize {
  return at;
}

export function pwtUnitAddress(): usize {
  return UNIT;
}

/** Four u32 of records by kind, and one of instructions, of the latest unit. */
export function pwtCountsAddress(): usize {
  return COUNTS;
}

/** A fetch that a step can stand for: its pc, if it tells one, is its address. */
function isPlainFetch(entry: Entry): bool {
  return entry.kind == <u8>KIND_FETCH && ((entry.flags & <u8>ENTRY_HAS_PC) == 0 || entry.pc == entry.address);
}

/** Begins the step of the instruction at `at` and goes on, unless the sequence has to end before it. */
function beginStep(entry: Entry): bool {
  const address = entry.address;
  if (stepsEnd != NEW_STEPS) {
    const staysInPage = address >> PAGE_SHIFT == instructionAt >> PAGE_SHIFT;
    const jumps = address != instructionEnd && entries >= ENOUGH_ENTRIES;
    if (!staysInPage || address <= instructionAt || jumps || isFull()) return false;
  }
  let type = entry.kind == <u8>KIND_FETCH ? STEP_FETCH : STEP_INSTRUCTION;
  if ((entry.flags & <u8>ENTRY_HAS_PC) != 0) type |= STEP_HAS_PC;
  addStep(type, address, entry.size);
  entries++;
  at += <usize>ENTRY_BYTES;
  return true;
}

function isFull(): bool {
  return stepsEnd == NEW_STEPS + <usize>MAX_SEQUENCE_STEPS * STEP_BYTES || entries == MAX_SEQUENCE_ENTRIES;
}

function addStep(type: u32, address: u64, size: u32): void {
  const step = changetype<Step>(stepsEnd);
  step.address = address;
  step.size = size;
  step.type = <u8>type;
  step.operands = 0;
  step.unused = 0;
  stepsEnd += STEP_BYTES;
  if ((type & STEP_TYPE_MASK) == STEP_NONE) return;
  instructionAt = address;
  instructionEnd = address + <u64>size;
}

/** Adds the record at `at` and goes on, unless the sequence has to end before it. */
function addOperand(entry: Entry): bool {
  if (entries == MAX_SEQUENCE_ENTRIES) return false;
  const hasPc = (entry.flags & <u8>ENTRY_HAS_PC) != 0;
  if (hasPc ? !isOf(entry.pc) : stepsEnd == NEW_STEPS) {
    // Without instructions there is nothing to tell records apart by but their shapes, so each is a sequence of its own.
    if (stepsEnd != NEW_STEPS) return false;
    if (hasPc) addStep(STEP_PC, entry.pc, 0);
    else addStep(STEP_NONE, 0, 0);
  } else if (changetype<Step>(stepsEnd - STEP_BYTES).type == STEP_NONE) {
    return false;
  }
  const operand = changetype<Operand>(operandsEnd);
  operand.last = entry.address;
  operand.size = <u16>entry.size;
  operand.kind = entry.kind;
  operand.hasPc = <u8>hasPc;
  operand.unused = 0;
  operandsEnd += OPERAND_BYTES;
  const step = changetype<Step>(stepsEnd - STEP_BYTES);
  step.operands++;
  entries++;
  at += <usize>ENTRY_BYTES;
  return true;
}

/** Whether the last step is of the instruction at `pc`. */
function isOf(pc: u64): bool {
  if (stepsEnd == NEW_STEPS) return false;
  const step = changetype<Step>(stepsEnd - STEP_BYTES);
  return (step.type & STEP_TYPE_MASK) != STEP_NONE && step.address == pc;
}

function clearSequence(): void {
  stepsEnd = NEW_STEPS;
  operandsEnd = NEW_OPERANDS;
  entries = 0;
}

/** Writes the move to the sequence that was collected. */
function endSequence(): void {
  const steps = <u32>((stepsEnd - NEW_STEPS) / STEP_BYTES);
  const operands = <u32>((operandsEnd - NEW_OPERANDS) / OPERAND_BYTES);
  let id = dictionary.foreseenId();
  if (id != NO_ID && equals(id, steps, operands)) {
    run++;
    if (run == MAX_RUN) endRun();
  } else {
    endRun();
    id = dictionary.successorId();
    if (id != NO_ID && equals(id, steps, operands)) {
      putByte(MOVES, MOVE_SUCCESSOR);
    } else {
      id = find(steps, operands);
    }
  }
  dictionary.follow(id);
  const sequence = dictionary.at(id);
  putOperands(sequence);
  count(sequence);
  unitEntries += entries;
  clearSequence();
  if (unitIsFull() || !dictionary.hasRoom(MAX_SEQUENCE_STEPS, MAX_SEQUENCE_ENTRIES)) makeUnit();
}

function unitIsFull(): bool {
  return columnBytes + MARGIN_BYTES > MAX_UNIT_BYTES || unitEntries >= ENOUGH_RECORDS;
}

function count(sequence: Sequence): void {
  const counts = i32x4.extend_low_i16x8_u(i64x2.splat(<i64>sequence.counts));
  v128.store(COUNTS, i32x4.add(v128.load(COUNTS), counts));
  store<u32>(COUNTS, load<u32>(COUNTS, 16) + sequence.instructions, 16);
}

/** Whether sequence `id` has the steps that were collected, and operands of those shapes. */
function equals(id: u32, steps: u32, operands: u32): bool {
  const sequence = dictionary.at(id);
  if (<u32>sequence.stepCount != steps || <u32>sequence.operandCount != operands) return false;
  let known = <usize>sequence.steps;
  for (let step = NEW_STEPS; step < stepsEnd; step += STEP_BYTES) {
    if (load<u64>(step) != load<u64>(known) || load<u64>(step, 8) != load<u64>(known, 8)) return false;
    known += STEP_BYTES;
  }
  known = <usize>sequence.operands;
  for (let operand = NEW_OPERANDS; operand < operandsEnd; operand += OPERAND_BYTES) {
    if (load<u64>(operand, 8) != load<u64>(known, 8)) return false;
    known += OPERAND_BYTES;
  }
  return true;
}

/** The id of the sequence that was collected, known or new, whose move it writes. */
function find(steps: u32, operands: u32): u32 {
  let hash: u64 = 0;
  for (let step = NEW_STEPS; step < stepsEnd; step += STEP_BYTES) {
    hash = mixed(mixed(hash ^ load<u64>(step)) ^ load<u64>(step, 8));
  }
  for (let operand = NEW_OPERANDS; operand < operandsEnd; operand += OPERAND_BYTES) {
    hash = mixed(hash ^ load<u64>(operand, 8));
  }
  let place = <u32>(hash >> 32) & HASH_MASK;
  for (;;) {
    const found = <u32>load<u16>(HASHES + ((<usize>place) << 1));
    if (found == 0) break;
    if (equals(found - 1, steps, operands)) {
      putByte(MOVES, MOVE_ID);
      putIdColumn(found - 1);
      return found - 1;
    }
    place = (place + 1) & HASH_MASK;
  }
  putByte(MOVES, MOVE_NEW);
  store<u16>(HASHES + ((<usize>place) << 1), <u16>(dictionary.count + 1));
  return define(steps, operands);
}

function mixed(value: u64): u64 {
  const product = value * 0x9e3779b97f4a7c15;
  return product ^ (product >> 29);
}

/** Writes the definition of the sequence that was collected, and adds it. */
function define(steps: u32, operands: u32): u32 {
  putByte(DEFINITIONS, steps);
  let operand = NEW_OPERANDS;
  let added = dictionary.operandsEnd;
  let previousEnd = dictionary.latestEnd();
  for (let at = NEW_STEPS; at < stepsEnd; at += STEP_BYTES) {
    const step = changetype<Step>(at);
    const type = <u32>step.type & STEP_TYPE_MASK;
    const follows = type != STEP_NONE && step.address == previousEnd;
    const many = <u32>step.operands >= MANY_OPERANDS;
    const operandBits = (many ? MANY_OPERANDS : <u32>step.operands) << STEP_OPERANDS_SHIFT;
    putByte(DEFINITIONS, <u32>step.type | (follows ? STEP_FOLLOWS : 0) | operandBits);
    if (many) putByte(DEFINITIONS, step.operands);
    if (type != STEP_NONE) {
      if (!follows) putNumber(zigzag(step.address - previousEnd));
      if (type != STEP_PC) putNumber(step.size);
      previousEnd = step.address + <u64>step.size;
    }
    for (const last = operand + <usize>step.operands * OPERAND_BYTES; operand < last; operand += OPERAND_BYTES) {
      const shape = changetype<Operand>(operand);
      const size = <u32>shape.size;
      const isShort = size > SIZE_FOLLOWS && size < SIZE_32;
      const code = isShort ? size : size == 32 ? SIZE_32 : size == 64 ? SIZE_64 : SIZE_FOLLOWS;
      putByte(DEFINITIONS, <u32>shape.kind | (shape.hasPc ? OPERAND_HAS_PC : 0) | (code << OPERAND_SIZE_SHIFT));
      if (code == SIZE_FOLLOWS) putNumber(size);
      store<u64>(added, dictionary.address);
      store<u64>(added, load<u64>(operand, 8), 8);
      added += OPERAND_BYTES;
    }
  }
  memory.copy(dictionary.stepsEnd, NEW_STEPS, stepsEnd - NEW_STEPS);
  return dictionary.add(steps, operands);
}

/** Writes where the operands that were collected lie, which are of `sequence`. */
function putOperands(sequence: Sequence): void {
  const place = ENDS + ((<usize>OPERANDS) << 2);
  const codes = <usize>load<u32>(place);
  let code = codes;
  let known = <usize>sequence.operands;
  for (let operand = NEW_OPERANDS; operand < operandsEnd; operand += OPERAND_BYTES) {
    const address = load<u64>(operand);
    const delta = address - load<u64>(known);
    store<u8>(code, <u8>(delta == 0 ? OPERAND_SAME : codeOf(delta)));
    store<u64>(known, address);
    known += OPERAND_BYTES;
    code++;
  }
  store<u32>(place, <u32>code);
  columnBytes += <u32>(code - codes);
  if (operandsEnd != NEW_OPERANDS) dictionary.address = load<u64>(operandsEnd - OPERAND_BYTES);
}

/** The code of an operand whose address differs by `delta`, which is not 0; writes what does not fit into it. */
function codeOf(delta: u64): u32 {
  if (delta == dictionary.delta) return OPERAND_AGAIN;
  dictionary.delta = delta;
  const value = zigzag(delta);
  if (value < <u64>OPERAND_WIDE - 1) return <u32>value + 1;
  let code = OPERAND_WIDE;
  while (wideBytes(code) < 8 && value >> (wideBytes(code) << 3) != 0) code++;
  store<u64>(grow(WIDE, wideBytes(code)), value); // what is too much is written over
  return code;
}

function putIdColumn(id: u32): void {
  store<u16>(grow(IDS, 2), <u16>id);
}

/** Writes that the thread changes, or pages are unmapped. */
function putEvent(entry: Entry): void {
  endRun();
  if (<u32>entry.kind == ENTRY_THREAD) {
    hasThread = true;
    tid = entry.address;
    pid = entry.pc;
    putByte(MOVES, MOVE_THREAD);
    putNumber(pid);
    putNumber(tid);
  } else {
    putByte(MOVES, MOVE_UNMAP);
    putNumber(entry.address);
    putNumber(entry.pc - entry.address);
  }
  at += <usize>ENTRY_BYTES;
  unitEntries++;
  if (unitIsFull()) makeUnit();
}

function endRun(): void {
  if (run == 0) return;
  putByte(MOVES, MOVE_RUN + run - 1);
  run = 0;
}

/** Makes room for `bytes` bytes at the end of a column, and returns where. */
function grow(column: u32, bytes: u32): usize {
  const columnEnd = ENDS + ((<usize>column) << 2);
  const place = <usize>load<u32>(columnEnd);
  store<u32>(columnEnd, <u32>place + bytes);
  columnBytes += bytes;
  assert(columnBytes <= MAX_UNIT_BYTES);
  return place;
}

function putByte(column: u32, byte: u32): void {
  store<u8>(grow(column, 1), <u8>byte);
}

/** 7 bits a byte, lowest first; bit 7 says that there is more. */
function putNumber(number: u64): void {
  let rest = number;
  for (; rest >= 128; rest >>= 7) putByte(DEFINITIONS, <u32>(rest & 127) | 128);
  putByte(DEFINITIONS, <u32>rest);
}

function startUnit(): void {
  for (let column: u32 = 0; column < COLUMNS; column++) {
    store<u32>(ENDS + ((<usize>column) << 2), <u32>(COLUMN_AREA + <usize>column * COLUMN_BYTES));
  }
  columnBytes = 0;
  unitEntries = 0;
  run = 0;
  unitHasThread = hasThread;
  unitPid = pid;
  unitTid = tid;
}

/** Puts the columns together. What pwtCountsAddress() tells is that of this unit until the next one is begun. */
function makeUnit(): void {
  endRun();
  memory.fill(UNIT, 0, UNIT_HEADER_BYTES);
  let place = UNIT + <usize>UNIT_HEADER_BYTES;
  for (let column: u32 = 0; column < COLUMNS; column++) {
    const from = COLUMN_AREA + <usize>column * COLUMN_BYTES;
    const bytes = <usize>load<u32>(ENDS + ((<usize>column) << 2)) - from;
    store<u32>(UNIT + UNIT_COLUMNS + ((<usize>column) << 2), <u32>bytes);
    memory.copy(place, from, bytes);
    place += bytes;
  }
  unitBytes = <u32>(place - UNIT);
  store<u32>(UNIT, unitBytes);
  const tellsThread = isFirst && unitHasThread;
  store<u32>(UNIT, (isFirst ? UNIT_FIRST : 0) | (tellsThread ? UNIT_HAS_THREAD : 0), UNIT_FLAGS);
  if (tellsThread) {
    store<u64>(UNIT, unitPid, UNIT_PID);
    store<u64>(UNIT, unitTid, UNIT_TID);
  }
  let records: u32 = 0;
  for (let kind: usize = 0; kind < 4; kind++) records += load<u32>(COUNTS + (kind << 2));
  store<u32>(UNIT, records, UNIT_RECORDS);
  isFirst = false;
  startUnit();
}

/** Forgets the counts of the latest unit; the host has read them. */
export function pwtClearCounts(): void {
  memory.fill(COUNTS, 0, 5 * 4);
}
