/** Units of the full form of `.pwt` into entries. words.ts makes words of them at once. */
import { KIND_FETCH, STATUS_OK } from "../layout";
import { addInstruction, addRecord, addRecordOf, addThread, addUnmap, entriesAreFull } from "../entries";
import { input } from "../input";
import { OPERAND_BYTES, Operand, STEP_BYTES, Sequence, Step } from "./dictionary";
import {
  MOVE_RUN,
  MOVE_THREAD,
  MOVE_UNMAP,
  OPERANDS,
  STEP_FETCH,
  STEP_HAS_PC,
  STEP_INSTRUCTION,
  STEP_TYPE_MASK,
} from "./layout";
import { PASSED, WRONG, beginUnit, failInUnit, readMove, sequenceOf } from "./moves";
import {
  closeUnit,
  columnAt,
  dictionary,
  hasMove,
  hasOperands,
  isOpen,
  nextAddress,
  noteRecords,
  pid,
  readThread,
  readUnmap,
  runLeft,
  setColumnAt,
  setRunLeft,
  takeWrongDelta,
  tellsThread,
  tid,
  unmapFirst,
  unmapLast,
} from "./unit";

/** Decodes until the entries are full or the unit has ended. */
export function decodeUnit(): void {
  if (!isOpen) {
    if (input.at == input.end) return;
    const begun = beginUnit();
    if (begun == WRONG) failInUnit();
    if (begun == WRONG || begun == PASSED) return;
    if (tellsThread) addThread(pid, tid);
  }
  while (!entriesAreFull() && input.status == STATUS_OK) {
    if (runLeft == 0 && !hasMove()) {
      if (closeUnit()) input.at = input.end;
      else failInUnit();
      return;
    }
    decodeMove();
  }
}

function decodeMove(): void {
  let id: u32 = 0;
  if (runLeft == 0) {
    const move = readMove();
    if (move == MOVE_THREAD) {
      if (!readThread()) return failInUnit();
      return addThread(pid, tid);
    }
    if (move == MOVE_UNMAP) {
      if (!readUnmap()) return failInUnit();
      return addUnmap(unmapFirst, unmapLast);
    }
    if (move >= MOVE_RUN) setRunLeft(move - MOVE_RUN + 1);
    else id = sequenceOf(move);
  }
  if (runLeft > 0) {
    setRunLeft(runLeft - 1);
    id = dictionary.foreseenId();
  }
  if (id >= dictionary.count) return failInUnit();
  const sequence = dictionary.at(id);
  dictionary.follow(id);
  if (!hasOperands(sequence)) return failInUnit();
  addSequence(sequence);
  noteRecords(sequence.records);
  if (takeWrongDelta()) failInUnit();
}

/** Adds the entries of `sequence`, whose operands are all there. */
function addSequence(sequence: Sequence): void {
  let operand = <usize>sequence.operands;
  let codeAt = columnAt(OPERANDS);
  const stepsEnd = <usize>sequence.steps + <usize>sequence.stepCount * STEP_BYTES;
  for (let at = <usize>sequence.steps; at < stepsEnd; at += STEP_BYTES) {
    const step = changetype<Step>(at);
    const type = <u32>step.type & STEP_TYPE_MASK;
    const pc = step.address;
    if (type == STEP_INSTRUCTION) addInstruction(pc, step.size);
    else if (type == STEP_FETCH && (step.type & STEP_HAS_PC) != 0) addRecordOf(pc, KIND_FETCH, pc, step.size);
    else if (type == STEP_FETCH) addRecord(KIND_FETCH, pc, step.size);
    for (const end = operand + <usize>step.operands * OPERAND_BYTES; operand < end; operand += OPERAND_BYTES) {
      const item = changetype<Operand>(operand);
      const address = nextAddress(item, <u32>load<u8>(codeAt++));
      dictionary.address = address;
      if (item.hasPc) addRecordOf(pc, item.kind, address, item.size);
      else addRecord(item.kind, address, item.size);
    }
  }
  setColumnAt(OPERANDS, codeAt);
}
