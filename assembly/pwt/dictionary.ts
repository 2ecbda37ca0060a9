/**
 * What a unit's sequences are: instructions that ran one after the other, with the shapes of the records that they
 * made. A *step* is an instruction, fetched or not, or none, and the *operands* after it: its loads, stores and modifies,
 * each with the address that it had the last time. Decoder and encoder have a dictionary each, which grow alike.
 */
import { KIND_FETCH, WORD_PAGE_SHIFT } from "../layout";
import { PAGE_SHIFT, isCanonical } from "../paging";
import {
  MAX_OPERANDS,
  MAX_SEQUENCES,
  MAX_STEPS,
  STEP_FETCH,
  STEP_INSTRUCTION,
  STEP_NONE,
  STEP_TYPE_MASK,
  historyAfter,
} from "./layout";

/** No sequence. */
export const NO_ID: u32 = 0xffff;
/** Sequence.fetchKey of one that fetches nothing. */
export const NO_FETCH: u64 = 1 << 63;

@final
@unmanaged
export class Sequence {
  /** Addresses of its first Step and Operand. */
  steps: u32;
  operands: u32;
  stepCount: u8;
  operandCount: u8;
  instructions: u8;
  records: u8;
  /** The sequence that came after it the last time, or NO_ID. */
  successor: u16;
  unused: u16;
  /** Records by kind, 16 bits each. */
  counts: u64;
  /**
   * Its page number plus 1 if its fetches are all of one canonical page, and the first of them is its first record;
   * NO_FETCH; or 0, if its records have to be looked at one by one.
   */
  fetchKey: u64;
}

@final
@unmanaged
export class Step {
  address: u64;
  size: u32;
  /** A STEP_, and STEP_HAS_PC. */
  type: u8;
  operands: u8;
  unused: u16;
}

@final
@unmanaged
export class Operand {
  /** Its address the last time. */
  last: u64;
  size: u16;
  kind: u8;
  hasPc: u8;
  unused: u32;
}

export const SEQUENCE_BYTES: usize = 32;
export const STEP_BYTES: usize = 16;
export const OPERAND_BYTES: usize = 16;
const HISTORIES: usize = 1 << 16;
/** Of the tables of a dictionary: sequences, steps, operands, and what each history foresees. */
export const DICTIONARY_BYTES: i32 = 16384 * 32 + 65536 * 16 + 65536 * 16 + (2 << 16);

@final
@unmanaged
export class Dictionary {
  /** Addresses of the tables, and of the end of their contents. */
  sequences: usize;
  steps: usize;
  operands: usize;
  /** u16 for each history: the sequence that came after it, or NO_ID. */
  foreseen: usize;
  stepsEnd: usize;
  operandsEnd: usize;
  count: u32;
  history: u32;
  /** The latest sequence, or 0. */
  latest: usize;
  /** The latest difference that was written out. */
  delta: u64;
  /** The latest address of an operand. */
  address: u64;

  /** Takes DICTIONARY_BYTES at `memory` for its tables, and forgets everything. */
  place(memory: usize): void {
    this.sequences = memory;
    this.steps = this.sequences + <usize>MAX_SEQUENCES * SEQUENCE_BYTES;
    this.operands = this.steps + <usize>MAX_STEPS * STEP_BYTES;
    this.foreseen = this.operands + <usize>MAX_OPERANDS * OPERAND_BYTES;
    assert(this.foreseen + (HISTORIES << 1) == memory + <usize>DICTIONARY_BYTES);
    this.clear();
  }

  /** Forgets everything. */
  clear(): void {
    this.stepsEnd = this.steps;
    this.operandsEnd = this.operands;
    this.count = 0;
    this.history = 0;
    this.latest = 0;
    this.delta = 0;
    this.address = 0;
    memory.fill(this.foreseen, 0xff, HISTORIES << 1);
  }

  @inline
  at(id: u32): Sequence {
    return changetype<Sequence>(this.sequences + <usize>id * SEQUENCE_BYTES);
  }

  /** The sequence that is foreseen, or NO_ID. */
  @inline
  foreseenId(): u32 {
    return <u32>load<u16>(this.foreseen + ((<usize>this.history) << 1));
  }

  /** That after the latest one the last time, or NO_ID. */
  successorId(): u32 {
    return this.latest == 0 ? NO_ID : <u32>changetype<Sequence>(this.latest).successor;
  }

  /** Where the last instruction of the latest sequence ends; 0 if it has none. */
  latestEnd(): u64 {
    if (this.latest == 0) return 0;
    const sequence = changetype<Sequence>(this.latest);
    const first = <usize>sequence.steps;
    for (let at = first + <usize>sequence.stepCount * STEP_BYTES; at > first; at -= STEP_BYTES) {
      const step = changetype<Step>(at - STEP_BYTES);
      if ((step.type & STEP_TYPE_MASK) != STEP_NONE) return step.address + <u64>step.size;
    }
    return 0;
  }

  /** Notes that sequence `id` comes next. */
  @inline
  follow(id: u32): void {
    store<u16>(this.foreseen + ((<usize>this.history) << 1), <u16>id);
    if (this.latest != 0) changetype<Sequence>(this.latest).successor = <u16>id;
    this.latest = changetype<usize>(this.at(id));
    this.history = historyAfter(this.history, id);
  }

  /** Whether a sequence of the greatest length can be added. */
  hasRoom(steps: u32, operands: u32): bool {
    return (
      this.count < MAX_SEQUENCES &&
      this.stepsEnd + <usize>steps * STEP_BYTES <= this.steps + <usize>MAX_STEPS * STEP_BYTES &&
      this.operandsEnd + <usize>operands * OPERAND_BYTES <= this.operands + <usize>MAX_OPERANDS * OPERAND_BYTES
    );
  }

  /** Adds the sequence whose steps and operands have just been written at stepsEnd and operandsEnd. Returns its id. */
  add(steps: u32, operands: u32): u32 {
    const id = this.count++;
    const sequence = this.at(id);
    sequence.steps = <u32>this.stepsEnd;
    sequence.operands = <u32>this.operandsEnd;
    sequence.stepCount = <u8>steps;
    sequence.operandCount = <u8>operands;
    sequence.successor = <u16>NO_ID;
    this.stepsEnd += <usize>steps * STEP_BYTES;
    this.operandsEnd += <usize>operands * OPERAND_BYTES;
    this.summarize(sequence);
    return id;
  }

  /** Fills in what is known of the sequence as a whole. */
  private summarize(sequence: Sequence): void {
    const stepsEnd = <usize>sequence.steps + <usize>sequence.stepCount * STEP_BYTES;
    const operandsEnd = <usize>sequence.operands + <usize>sequence.operandCount * OPERAND_BYTES;
    let counts: u64 = 0;
    let instructions: u32 = 0;
    let records: u32 = sequence.operandCount;
    let fetchKey: u64 = NO_FETCH;
    for (let at = <usize>sequence.steps; at < stepsEnd; at += STEP_BYTES) {
      const step = changetype<Step>(at);
      const type = <u32>step.type & STEP_TYPE_MASK;
      if (type == STEP_INSTRUCTION) instructions++;
      if (type != STEP_FETCH) continue;
      instructions++;
      records++;
      counts += 1 << (KIND_FETCH << 4);
      const key = keyOfFetch(step.address, step.size);
      if (fetchKey == NO_FETCH) fetchKey = at == <usize>sequence.steps ? key : 0;
      else if (fetchKey != key) fetchKey = 0;
    }
    for (let at = <usize>sequence.operands; at < operandsEnd; at += OPERAND_BYTES) {
      const kind = <u32>changetype<Operand>(at).kind;
      counts += 1 << ((<u64>kind) << 4);
      if (kind != KIND_FETCH) continue;
      instructions++;
      fetchKey = 0;
    }
    sequence.counts = counts;
    sequence.instructions = <u8>instructions;
    sequence.records = <u8>records;
    sequence.fetchKey = fetchKey;
  }
}

/** See Sequence.fetchKey. */
function keyOfFetch(address: u64, size: u32): u64 {
  const page = address >> PAGE_SHIFT;
  return (<u32>address & 4095) + size > 4096 || !isCanonical(page) ? 0 : page + 1;
}

/** The word of a fetch from the page that `fetchKey` tells of. */
export function wordOfFetch(fetchKey: u64): u64 {
  return (fetchKey - 1) << WORD_PAGE_SHIFT;
}
