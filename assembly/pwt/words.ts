/**
 * Units of the full form of `.pwt` into words of the batch, without entries in between. Most sequences fetch from one
 * page, which was fetched from last, so that only the addresses of their operands have to be looked at.
 */
import {
  DATA_OFFSET,
  LATEST,
  beginWords,
  endWords,
  passRecords,
  put,
  putRecord,
  putUnmap,
  putWord,
  keepsTwo,
  slots,
  untilMark,
  wantedKinds,
  wordsMade,
} from "../decoders/words";
import { input } from "../input";
import { BATCH_WORDS, KIND_FETCH, STATUS_MORE, STATUS_OK } from "../layout";
import { PAGE_SHIFT } from "../paging";
import { hasVmas, isAllowed } from "../vma-table";
import {
  NO_FETCH,
  OPERAND_BYTES,
  Operand,
  SEQUENCE_BYTES,
  STEP_BYTES,
  Sequence,
  Step,
  wordOfFetch,
} from "./dictionary";
import {
  MAX_RUN,
  MOVE_RUN,
  MOVE_THREAD,
  MOVE_UNMAP,
  OPERANDS,
  OPERAND_AGAIN,
  OPERAND_CODES,
  OPERAND_SAME,
  OPERAND_WIDE,
  STEP_FETCH,
  STEP_TYPE_MASK,
  WIDE,
  historyAfter,
  unzigzag,
  wideBytes,
} from "./layout";
import { WRONG, beginUnit, failInUnit, readMove, sequenceOf } from "./moves";
import {
  closeUnit,
  columnAt,
  columnEnd,
  dictionary,
  hasMove,
  isOpen,
  nextAddress,
  noteRecords,
  readThread,
  readUnmap,
  setColumnAt,
  takeWrongDelta,
  unmapFirst,
  unmapLast,
} from "./unit";

/** Words that a move can make at most: a run of sequences of 64 records, each with a mark. */
const MOVE_WORDS: u32 = MAX_RUN * 128;

let instructions: u32 = 0;

/** Decodes until the batch is full or the unit has ended. Returns a STATUS_. */
export function decodeUnitToWords(): u32 {
  beginWords();
  instructions = 0;
  if (!isOpen && input.at < input.end) {
    if (beginUnit() == WRONG) failInUnit();
  }
  while (isOpen && input.status == STATUS_OK) {
    if (wordsMade() + MOVE_WORDS > BATCH_WORDS) break;
    if (hasMove()) {
      decodeMove();
    } else {
      if (closeUnit()) input.at = input.end;
      else failInUnit();
    }
  }
  endWords(instructions);
  if (input.status != STATUS_OK) return input.status;
  return isOpen ? STATUS_MORE : STATUS_OK;
}

function decodeMove(): void {
  const move = readMove();
  if (move >= MOVE_RUN) {
    decodeRun(dictionary.foreseenId(), move - MOVE_RUN + 1);
  } else if (move == MOVE_THREAD) {
    if (!readThread()) failInUnit();
  } else if (move == MOVE_UNMAP) {
    if (readUnmap()) putUnmap(unmapFirst, unmapLast);
    else failInUnit();
  } else {
    decodeRun(sequenceOf(move), 1);
  }
  if (takeWrongDelta()) failInUnit();
}

const DATA_KINDS: u32 = 14;

/** How the code of an operand is read. */
@final
@unmanaged
class Reading {
  /** Of the next 8 bytes of the wide column. */
  mask: u64;
  /** What is added to that: the zigzag number. */
  value: u16;
  /** Of the wide column that are used up. */
  bytes: u8;
  wrong: u8;
  unused: u32;
}

/** A Reading for each code. */
const READINGS: usize = memory.data(256 * 16, 64);
let readingsAreFilled: bool = false;

/** Fills the table of this file. */
export function resetUnitWords(): void {
  if (readingsAreFilled) return;
  readingsAreFilled = true;
  for (let code: u32 = 0; code < 256; code++) {
    const reading = changetype<Reading>(READINGS + ((<usize>code) << 4));
    const bytes = wideBytes(code);
    reading.mask = bytes == 0 ? 0 : u64.MAX_VALUE >> (64 - (bytes << 3));
    reading.value = <u16>(code == OPERAND_SAME || code >= OPERAND_WIDE ? 0 : code - 1);
    reading.bytes = <u8>bytes;
    reading.wrong = <u8>(code >= OPERAND_CODES);
  }
}

/** Decodes sequence `first`, and after it those that are foreseen: `length` in all. */
function decodeRun(first: u32, length: u32): void {
  const wantsFetches = (wantedKinds & 1) != 0;
  const wantsData = (wantedKinds & DATA_KINDS) == DATA_KINDS;
  const isFast = slots != 0 && !keepsTwo && (wantsData || (wantedKinds & DATA_KINDS) == 0);
  const slotMask = <u64>slots - 1;
  const count = dictionary.count;
  const sequences = dictionary.sequences;
  const foreseen = dictionary.foreseen;
  const codesEnd = columnEnd(OPERANDS);
  let codeAt = columnAt(OPERANDS);
  const wideEnd = columnEnd(WIDE);
  let wideAt = columnAt(WIDE);
  let delta = dictionary.delta;
  let wrong: u32 = 0;
  let history = dictionary.history;
  let latest = dictionary.latest;
  let id = first;
  // Of the sequences whose words were put here: what of them is still to be counted.
  let counts: u64 = 0;
  let records: u32 = 0;
  for (let left = length; ; ) {
    if (id >= count) return failInUnit();
    const sequence = changetype<Sequence>(sequences + <usize>id * SEQUENCE_BYTES);
    store<u16>(foreseen + ((<usize>history) << 1), <u16>id);
    if (latest != 0) changetype<Sequence>(latest).successor = <u16>id;
    latest = changetype<usize>(sequence);
    history = historyAfter(history, id);
    let operand = <usize>sequence.operands;
    const operandsEnd = operand + <usize>sequence.operandCount * OPERAND_BYTES;
    if (codesEnd - codeAt < <usize>sequence.operandCount) return failInUnit();
    instructions += sequence.instructions;
    const fetchKey = sequence.fetchKey;
    if (isFast && fetchKey != 0 && <u64>(records + sequence.records) < untilMark && mayFetch(fetchKey)) {
      counts += sequence.counts;
      records += sequence.records;
      if (wantsFetches && fetchKey != NO_FETCH) {
        const slot = LATEST + ((<usize>((fetchKey - 1) & slotMask)) << 3);
        if (load<u64>(slot) != fetchKey) {
          store<u64>(slot, fetchKey);
          put(wordOfFetch(fetchKey));
        }
      }
      if (wideEnd - wideAt < (<usize>sequence.operandCount) << 3) {
        // Near the end of the column each read of it has to be looked at.
        setColumnAt(WIDE, wideAt);
        dictionary.delta = delta;
        for (; operand < operandsEnd; operand += OPERAND_BYTES) {
          const item = changetype<Operand>(operand);
          const va = nextAddress(item, <u32>load<u8>(codeAt++));
          if (wantsData) putWord(item.kind, va, item.size);
        }
        wideAt = columnAt(WIDE);
        delta = dictionary.delta;
      }
      for (; operand < operandsEnd; operand += OPERAND_BYTES) {
        const item = changetype<Operand>(operand);
        // Without branches, since what comes next is hard to foretell.
        const code = <u32>load<u8>(codeAt);
        codeAt++;
        let va = item.last;
        if (code != OPERAND_SAME) {
          const reading = changetype<Reading>(READINGS + ((<usize>code) << 4));
          const read = unzigzag((load<u64>(wideAt) & reading.mask) + <u64>reading.value);
          wideAt += <usize>reading.bytes;
          wrong |= reading.wrong;
          delta = code == OPERAND_AGAIN ? delta : read;
          va += delta;
          item.last = va;
        }
        if (!wantsData) continue;
        const kind = <u32>item.kind;
        const page = va >> PAGE_SHIFT;
        const writes = <u64>(kind >> 1); // of loads, stores and modifies
        const slot = LATEST + DATA_OFFSET + ((<usize>(page & slotMask)) << 3);
        // For a load, whether the page was written since does not matter.
        const differs = (load<u64>(slot) ^ ((page + 1) | (writes << 63))) << (writes ^ 1);
        if (differs != 0 || (<u32>va & 4095) + <u32>item.size > 4096) putWord(kind, va, item.size);
      }
      if (operandsEnd != <usize>sequence.operands) {
        dictionary.address = changetype<Operand>(operandsEnd - OPERAND_BYTES).last;
      }
    } else {
      if (records != 0) passRecords(records, counts);
      noteRecords(records + sequence.records);
      records = 0;
      counts = 0;
      setColumnAt(WIDE, wideAt);
      dictionary.delta = delta;
      putSequence(sequence, codeAt);
      wideAt = columnAt(WIDE);
      delta = dictionary.delta;
      codeAt += <usize>sequence.operandCount;
    }
    left--;
    if (left == 0) break;
    id = <u32>load<u16>(foreseen + ((<usize>history) << 1));
  }
  if (records != 0) passRecords(records, counts);
  noteRecords(records);
  if (wrong != 0) failInUnit();
  setColumnAt(WIDE, wideAt);
  dictionary.delta = delta;
  dictionary.history = history;
  dictionary.latest = latest;
  setColumnAt(OPERANDS, codeAt);
}

/** Whether VMAs allow the fetches of a sequence of `fetchKey`, so that one of them may stand for all. */
function mayFetch(fetchKey: u64): bool {
  return !hasVmas || fetchKey == NO_FETCH || isAllowed(fetchKey - 1, KIND_FETCH);
}

/** Puts the records of `sequence`, whose operands have their codes at `codesAt`, one by one. */
function putSequence(sequence: Sequence, codesAt: usize): void {
  let codeAt = codesAt;
  let operand = <usize>sequence.operands;
  const stepsEnd = <usize>sequence.steps + <usize>sequence.stepCount * STEP_BYTES;
  for (let at = <usize>sequence.steps; at < stepsEnd; at += STEP_BYTES) {
    const step = changetype<Step>(at);
    if ((step.type & STEP_TYPE_MASK) == STEP_FETCH) putRecord(KIND_FETCH, step.address, step.size);
    for (const end = operand + <usize>step.operands * OPERAND_BYTES; operand < end; operand += OPERAND_BYTES) {
      const item = changetype<Operand>(operand);
      const address = nextAddress(item, <u32>load<u8>(codeAt++));
      dictionary.address = address;
      putRecord(item.kind, address, item.size);
    }
  }
}
