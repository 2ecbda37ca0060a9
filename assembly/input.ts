/**
 * The bytes of the trace that are to be decoded next. What a decoder cannot use up, since it is part of a line or of a
 * binary record that goes on in the next input, is carried over in front of that, so that nothing is in two pieces.
 *
 *   CARRY                       INPUT                              INPUT + INPUT_BYTES
 *   ├──────────────┬────────────┼──────────────────┬───────────────┤
 *   │              │  carried   │  bytes           │               │
 *   └──────────────┴────────────┴──────────────────┴───────────────┘
 *                  input.at                        input.end
 */
import { counters } from "./counters";
import { INPUT_BYTES, MAX_LINE_BYTES, STATUS_OK } from "./layout";

/** Room behind the input for loads of vectors that begin in it. */
const SLACK_BYTES: i32 = 64;
const CARRY: usize = memory.data(<i32>(MAX_LINE_BYTES + INPUT_BYTES) + SLACK_BYTES, 64);
/** Where the host writes the next INPUT_BYTES at most. */
export const INPUT: usize = CARRY + MAX_LINE_BYTES;

@final
@unmanaged
class Input {
  /** The first byte that is not used up. */
  at: usize;
  end: usize;
  /** Offset in the trace of the byte at INPUT. */
  offset: u64;
  /** Bytes in front of INPUT that the next input goes on from. */
  carried: u32;
  /** The trace ends at `end`. */
  isLast: bool;
  /** Where decoding ended with an error, and the bytes that are to be shown of it. */
  errorAt: usize;
  errorBytes: u32;
  /** Stays an error once one was met: a STATUS_. */
  status: u32;
}

export const input = changetype<Input>(memory.data(offsetof<Input>(), 8));

/** Starts at the beginning of a trace. */
export function resetInput(): void {
  memory.fill(changetype<usize>(input), 0, offsetof<Input>());
  input.at = INPUT;
  input.end = INPUT;
}

/** Takes the `bytes` bytes at INPUT; `last`: the trace ends with them. */
export function takeInput(bytes: u32, last: bool): void {
  input.offset += <u64>(input.end - INPUT);
  input.at = INPUT - <usize>input.carried;
  input.end = INPUT + <usize>bytes;
  input.isLast = last;
  input.carried = 0;
}

/** Keeps what is left, MAX_LINE_BYTES at most, for the next input. */
export function carryRest(): void {
  const bytes = input.end - input.at;
  input.carried = <u32>bytes;
  memory.copy(INPUT - bytes, input.at, bytes);
  input.at = input.end;
}

/** Has the next input begin a line or record: what was carried is dropped. */
export function dropCarried(): void {
  input.carried = 0;
}

/** Ends decoding with an error at `at`, of whose bytes `bytes` are to be shown. */
export function failAt(error: u32, at: usize, bytes: usize): void {
  assert(error != STATUS_OK);
  input.status = error;
  input.errorAt = at;
  input.errorBytes = <u32>min(bytes, input.end - at);
  counters.errorOffset = input.offset + <u64>at - <u64>INPUT;
}
