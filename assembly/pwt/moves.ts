/** Which sequence comes next, or what happens: what both ways of decoding a unit share. */
import { countOthers, failUnit } from "../decoders/unit";
import { input } from "../input";
import { STATUS_BAD_RECORD } from "../layout";
import { passUnits } from "../selection";
import { MOVES, MOVE_ID, MOVE_NEW, MOVE_SUCCESSOR, PASSED_BYTES, UNIT_FLAGS, UNIT_PASSED } from "./layout";
import { columnAt, dictionary, openUnit, readDefinition, readId, setColumnAt } from "./unit";

/** What beginUnit() did. */
export const BEGUN: u32 = 0;
export const PASSED: u32 = 1;
export const WRONG: u32 = 2;

/** Begins the unit that is the input, or does what it says if it tells of blocks that were passed. */
export function beginUnit(): u32 {
  const unit = input.at;
  if (input.end - unit == <usize>PASSED_BYTES && load<u32>(unit, UNIT_FLAGS) == UNIT_PASSED) {
    passUnits(load<u64>(unit, 8), load<u64>(unit, 16));
    countOthers(load<u64>(unit, 8));
    input.at = input.end;
    return PASSED;
  }
  return openUnit() ? BEGUN : WRONG;
}

/** The next move; there must be one. */
export function readMove(): u32 {
  const at = columnAt(MOVES);
  setColumnAt(MOVES, at + 1);
  return <u32>load<u8>(at);
}

/** The sequence that `move` says, or dictionary.count if there is something wrong with it. */
export function sequenceOf(move: u32): u32 {
  if (move == MOVE_ID) return readId();
  if (move == MOVE_NEW) return readDefinition();
  return move == MOVE_SUCCESSOR ? dictionary.successorId() : dictionary.count;
}

/** Ends decoding: the unit contradicts itself. */
export function failInUnit(): void {
  failUnit(STATUS_BAD_RECORD, input.at, input.end - input.at, 0);
}
